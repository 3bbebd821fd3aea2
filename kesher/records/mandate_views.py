"""Citizens' pages of their consents, of who read their records, and of mandates to act for each other."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kesher.accounts.decorators import signed_in
from kesher.accounts.session_cookie import level_of
from kesher.agencies.models import in_language
from kesher.contacts.models import Contact
from kesher.core.errors import Refused
from kesher.core.ui.flash_messages import tell_outcome
from kesher.records import services
from kesher.records.formatting import join_words
from kesher.records.forms import MandateForm
from kesher.records.models import Look, Mandate, ReadingConsent, WardRequest
from kesher.records.no_javascript_page import LEVEL
from kesher.records.record_access import Access, current_language, get_access
from kesher.records.services.mandates import describe_sender, may_decide, typed_address
from kesher.records.source_selection import agreed_versions, sources_with_health

MOST = 100
MOST_REQUESTS = 10
LISTED_STATES = (WardRequest.State.ASKED, WardRequest.State.REFUSED)


def current_contact(request: HttpRequest) -> Contact:
    """Return the contact that is signed in with this request."""
    found: Contact = request.contact  # type: ignore[attr-defined]
    return found.root()


@signed_in(LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: HttpRequest) -> HttpResponse:
    """Show which sources are read of the person or their ward, and why; give or withdraw consents (POST)."""
    access = get_access(request)
    if not access.may_agree:
        raise Http404
    rows = list(sources_with_health().filter(asks_consent=True).defer("settings", "secrets"))
    rows = [row for row in rows if access.only is None or row.code in access.only]
    if request.method == "POST":
        return change_consents(request, access, rows)
    agreed = agreed_versions(access.contact.family_ids())
    items = [
        {
            "source": row,
            "purpose": in_language(row.purposes),
            "wording": in_language(row.wordings),
            "agreed": agreed.get(row.pk) == row.version,
            "older": row.pk in agreed and agreed[row.pk] != row.version,
        }
        for row in rows
    ]
    lines = ReadingConsent.objects.filter(contact__in=access.contact.family_ids(), source__in=rows)
    lines = lines.select_related("source").order_by("-pk")
    return render(request, "records/consents.html", {"items": items, "lines": lines[:MOST], "sight": access})


def change_consents(request: HttpRequest, access: Access, rows: list[Any]) -> HttpResponse:
    """Record consent to the ticked sources, or withdraw one, and redirect to the page."""
    if code := request.POST.get("withdraw"):
        for row in rows:
            if row.code == code:
                services.withdraw_consent(access.contact, row, by=access.viewer)
                messages.success(request, _("Taken back. It is not read any more, and what was kept of it is gone."))
        return redirect(access.url("consents"))
    ticked = set(request.POST.getlist("source"))
    wanted = [row for row in rows if row.code in ticked]
    count = services.give_consent(access.contact, wanted, lang=current_language(), by=access.viewer)
    if not count:
        messages.info(request, _("Nothing changed."))
        return redirect(access.url("consents"))
    messages.success(request, _("Thank you. Your word was written down, and you can take it back here."))
    return redirect(access.url("mine"))


@signed_in(LEVEL)
@require_GET
def looks(request: HttpRequest) -> HttpResponse:
    """Show the log of who looked at the person's records, when and why, newest first."""
    rows = Look.objects.filter(contact__in=current_contact(request).family_ids()).order_by("-pk")
    rows = rows.select_related("viewer__merged_into", "staff", "mandate")
    names = {row.code: row.name for row in sources_with_health().defer("settings", "secrets")}
    found = [
        {"look": row, "own": row.viewer_id is not None and row.mandate_id is None,
         "names": join_words(names.get(code, code) for code in row.sources)}
        for row in rows[:MOST]
    ]  # fmt: skip
    return render(request, "records/looks.html", {"rows": found})


@signed_in(LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def acting(request: HttpRequest) -> HttpResponse:
    """Show the mandates of the person on either side, and start one: offer or ask to see records."""
    contact = current_contact(request)
    form = MandateForm(request.POST or None, sources=sources_with_health().defer("settings", "secrets"))
    if request.method == "POST" and form.is_valid() and start_mandate(request, contact, form):
        return redirect("records:acting")
    family, now = contact.family_ids(), timezone.now()
    people = ("giver__merged_into", "taker__merged_into", "invited")
    rows = Mandate.objects.filter(ended_at=None, until__gt=now).select_related(*people).order_by("-pk")
    names = {row.code: row.name for row in sources_with_health().defer("settings", "secrets")}
    context = {
        "form": form,
        "given": [mandate_data(row, names) for row in rows.filter(giver__in=family)],
        "taken": [mandate_data(row, names) for row in rows.filter(taker__in=family)],
        "asked": [mandate_data(row, names) for row in rows.open(now).filter(invited__contact__in=family)[:MOST]],
        "requests": WardRequest.objects.filter(taker__in=family, state__in=LISTED_STATES).order_by("-pk")[
            :MOST_REQUESTS
        ],
    }
    return render(request, "records/acting.html", context, status=422 if form.errors else 200)


def start_mandate(request: HttpRequest, contact: Contact, form: MandateForm) -> bool:
    """Offer or request a mandate by the form. Return False if it was refused, with the reason in the form."""
    given = form.cleaned_data
    how = {"scope": given["scope"], "days": given["days"], "lang": current_language()}
    try:
        if given["side"] == Mandate.Side.GIVER:
            services.offer_mandate(contact, given["address"], level=level_of(request), **how)
        else:
            services.request_mandate(contact, given["address"], **how)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    messages.success(request, _("We wrote there. As soon as the other person agrees, you both see it here."))
    return True


def mandate_data(mandate: Mandate, names: dict[str, str]) -> dict[str, Any]:
    """Return a mandate as the page lists it; who has not agreed yet is shown by the typed address only."""
    there = typed_address(mandate)
    return {
        "mandate": mandate,
        "giver": mandate.giver.root().shown_name if mandate.giver else there,
        "taker": mandate.taker.root().shown_name if mandate.taker else there,
        "waits": mandate.accepted_at is None,
        "by_law": mandate.ward_id is not None,
        "names": join_words(names.get(code, code) for code in mandate.scope),
    }


def get_mandate(request: HttpRequest, key: str) -> Mandate:
    """Return the mandate with this key if the person is part of it or invited to it, or raise Http404."""
    rows = Mandate.objects.select_related("giver__merged_into", "taker__merged_into", "invited__contact__merged_into")
    found: Mandate = get_object_or_404(rows, key=key)
    invited = found.invited.contact if found.invited is not None else None
    people = {one.root().pk for one in (found.giver, found.taker, invited) if one is not None}
    if current_contact(request).pk not in people:
        raise Http404
    return found


@signed_in(LEVEL)
@require_http_methods(["GET", "HEAD", "POST"])
def mandate(request: HttpRequest, key: str) -> HttpResponse:
    """Show the invitation to a mandate (what may be seen, until when), and accept it (POST)."""
    found = get_mandate(request, key)
    if request.method == "POST":
        with tell_outcome(request, _("Agreed. Either of you can end it at any time.")):
            services.accept_mandate(found, current_contact(request), level=level_of(request))
        return redirect("records:acting")
    open_now = found.accepted_at is None and found.ended_at is None and found.until > timezone.now()
    names = {row.code: row.name for row in sources_with_health().defer("settings", "secrets")}
    may, sender = open_now and may_decide(found, current_contact(request)), found.giver or found.taker
    context = {"item": mandate_data(found, names), "mandate": found, "may": may}
    if may and sender is not None:
        context["sent_by"] = describe_sender(sender)
    return render(request, "records/mandate.html", context)


@require_POST
@signed_in(LEVEL)
def end(request: HttpRequest, key: str) -> HttpResponse:
    """End a mandate for the person who is signed in (either side), and return to the list."""
    with tell_outcome(request, _("Ended. From now on nothing is shown.")):
        services.end_mandate(get_mandate(request, key), current_contact(request))
    return redirect("records:acting")
