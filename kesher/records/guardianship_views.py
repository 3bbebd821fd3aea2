"""Pages of acting for a child or a ward: a citizen asks, a clerk checks and decides."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kesher.accounts.decorators import signed_in
from kesher.accounts.session_cookie import level_of
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, staff_only
from kesher.core.errors import Refused
from kesher.core.ui.flash_messages import tell_outcome
from kesher.records import services
from kesher.records.formatting import join_words
from kesher.records.forms import GrantForm, WardAddressForm, WardForm, WhyForm
from kesher.records.mandate_views import current_contact
from kesher.records.models import Look, Mandate, WardRequest
from kesher.records.no_javascript_page import LEVEL
from kesher.records.source_selection import sources_with_health

TITLE = gettext_lazy("Acting for a child or a ward")
RIGHT = "grant_mandates"
MOST = 100
State = WardRequest.State


@signed_in(LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Show the form of a request to act for a child or a ward, and store it (POST)."""
    form = WardForm(
        request.POST or None, request.FILES or None, sources=sources_with_health().defer("settings", "secrets")
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.ask_for_ward(current_contact(request), level=level_of(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Received. A clerk checks it, and we write to you."))
            return redirect("records:acting")
    return render(request, "records/ward.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@signed_in(LEVEL)
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Withdraw the person's own request to act for a ward."""
    contact = current_contact(request)
    row = get_object_or_404(WardRequest.objects.select_related("proof"), key=key, taker__in=contact.family_ids())
    with tell_outcome(request, _("The request was taken back.")):
        services.withdraw_ward_request(row, contact)
    return redirect("records:acting")


@require_GET
@staff_only(RIGHT)
def desk(request: AgencyRequest) -> HttpResponse:
    """Show the desk's list of ward requests: the open ones, those granted and in force, and the latest refused."""
    rows = select_requests().select_related("mandate")
    standing = rows.filter(state=State.GRANTED, mandate__ended_at=None, mandate__until__gt=timezone.now())
    context = {
        "waiting": rows.filter(state=State.ASKED).order_by("pk")[:MOST],
        "standing": standing.order_by("-decided_at")[:MOST],
        "past": rows.filter(state=State.REFUSED).order_by("-decided_at")[:20],
    }
    return render(request, "records/desk_wards.html", {**context, "title": TITLE})


def select_requests() -> QuerySet[WardRequest]:
    """Return a queryset of ward requests, with who asked and who decided."""
    return WardRequest.objects.select_related("taker__merged_into", "staff")


@require_GET
@staff_only(RIGHT)
def desk_ward(request: AgencyRequest, key: str) -> HttpResponse:
    """Show the desk a ward request, with what has to be checked, and record that it was opened."""
    row = get_request(key)
    services.open_ward_request(row, clerk(request))
    return render_request(request, row)


def get_request(key: str) -> WardRequest:
    """Return the ward request with this key, or raise Http404."""
    found: WardRequest = get_object_or_404(select_requests().select_related("proof", "mandate__ward__contact"), key=key)
    return found


def render_request(request: AgencyRequest, row: WardRequest, **forms: Any) -> HttpResponse:
    """Render the desk's page of a ward request; ``forms`` are those with errors."""
    names = {source.code: source.name for source in sources_with_health().defer("settings", "secrets")}
    others = Mandate.objects.standing(timezone.now()).filter(ward__digest=row.digest).exclude(pk=row.mandate_id or 0)
    mandate = row.mandate
    stands = mandate is not None and mandate.ended_at is None and mandate.until > timezone.now()
    context = {
        "row": row,
        "mandate": mandate,
        "stands": stands,
        "names": join_words(names.get(code, code) for code in row.scope),
        "others": others.select_related("taker__merged_into", "giver__merged_into"),
        "looks": recent_looks(mandate, names) if mandate is not None else [],
        "grant": GrantForm(initial={"until": timezone.localtime(row.until).date()}),
        "refuse": WhyForm(auto_id="no_%s"),
        "revoke": WhyForm(auto_id="end_%s"),
        "own": WardAddressForm(),
        "title": TITLE,
        **forms,
    }
    return render(request, "records/desk_ward.html", context, status=422 if forms else 200)


def recent_looks(mandate: Mandate, names: dict[str, str]) -> list[dict[str, Any]]:
    """Return when a ward's mandate was used, and for which sources, newest first."""
    rows = Look.objects.filter(mandate=mandate).order_by("-pk")[:20]
    return [{"at": row.at, "names": join_words(names.get(code, code) for code in row.sources)} for row in rows]


@require_POST
@staff_only(RIGHT)
def decide(request: AgencyRequest, key: str) -> HttpResponse:
    """Grant a ward request, or refuse it with a reason."""
    row, yes = get_request(key), request.POST.get("grant") == "yes"
    form = GrantForm(request.POST) if yes else WhyForm(request.POST, auto_id="no_%s")
    if form.is_valid():
        try:
            if yes:
                services.grant_ward(row, clerk(request), until=form.cleaned_data["until"])
                messages.success(request, _("Granted. We wrote to whoever asked."))
            else:
                services.refuse_ward(row, clerk(request), reason=form.cleaned_data["reason"])
                messages.success(request, _("Not granted. We wrote to whoever asked."))
            return redirect("records:desk_wards")
        except Refused as refusal:
            form.add_error(None, refusal.message)
    return render_request(request, row, **{"grant" if yes else "refuse": form})


@require_POST
@staff_only(RIGHT)
def revoke(request: AgencyRequest, key: str) -> HttpResponse:
    """End the mandate of a ward for the staff, with a reason."""
    row = get_request(key)
    form = WhyForm(request.POST, auto_id="end_%s")
    if form.is_valid() and row.mandate is not None:
        try:
            services.revoke_ward(row.mandate, clerk(request), reason=form.cleaned_data["reason"])
            messages.success(request, _("Ended. From now on nothing is shown."))
            return redirect("records:desk_ward", row.key)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    return render_request(request, row, revoke=form)


@require_POST
@staff_only(RIGHT)
def own_address(request: AgencyRequest, key: str) -> HttpResponse:
    """Store the ward's own address, by which the ward can sign in."""
    row = get_request(key)
    form = WardAddressForm(request.POST)
    if form.is_valid() and row.mandate is not None and row.mandate.ward is not None:
        try:
            services.give_ward_address(row.mandate.ward, form.cleaned_data["address"], clerk(request))
            messages.success(request, _("Written down. Whoever signs in with it sees who acts for this person."))
            return redirect("records:desk_ward", row.key)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    return render_request(request, row, own=form)
