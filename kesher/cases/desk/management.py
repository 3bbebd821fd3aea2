"""Staff pages of the call log, merged contacts, channel health and the manager's figures."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies.rules import clerk, has_right, needs_fresh_step, staff_only
from kesher.cases import channel_presenter, contact_panel, services
from kesher.cases import dashboard as figures
from kesher.cases.desk.conversations import redirect_to_case, staff_actor
from kesher.cases.desk.navigation import person_url
from kesher.cases.desk_panels import visible_panels
from kesher.cases.forms import CallForm
from kesher.channels import services as accounts
from kesher.channels.models import Account
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact, Merge
from kesher.conversations.models import Intake
from kesher.core.errors import Refused


@staff_only("log_call")
def log_call_page(request: HttpRequest) -> HttpResponse:
    """Show or save the form for a call or a visit; ``?contact=`` names the person if their page was open."""
    key = request.POST.get("contact") or request.GET.get("contact") or ""
    contact = get_object_or_404(Contact, key=key).root() if key else None
    form = CallForm(request.POST or None, contact=contact)
    if request.method == "POST" and form.is_valid():
        case = services.log_call(form.call(contact), staff=clerk(request), contact=contact)
        messages.success(request, _("The call is kept as request %(number)s.") % {"number": case.number})
        return redirect_to_case(request, case)
    context = {"form": form, "contact": contact}
    return render(request, "cases/call.html", context, status=422 if form.errors else 200)


@require_safe
@staff_only("merge")
def merges(request: HttpRequest) -> HttpResponse:
    """Render the page of contacts that may be one person, and of the last merges."""
    return render(request, "cases/merges.html", {**contact_panel.all_merges()})


@require_POST
@staff_only("merge")
def decide_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or reject the suggestion that two contacts are one person, and redirect back."""
    row = get_object_or_404(Merge.objects.select_related("kept__merged_into", "absorbed"), pk=pk)
    accept = request.POST.get("accept") == "yes"
    contacts.decide_merge(row, accept=accept, by=staff_actor(request))
    messages.success(request, _("They are one person now. It can be undone.") if accept else _("They stay two people."))
    return redirect_after_merge(request, row)


@require_POST
@staff_only("merge")
def undo_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Separate two contacts that were merged, and redirect back."""
    row = get_object_or_404(Merge.objects.select_related("kept__merged_into", "absorbed"), pk=pk)
    if contacts.undo_merge(row, by=staff_actor(request)):
        messages.success(request, _("They are two people again."))
    else:
        messages.error(request, _("This was undone already."))
    return redirect_after_merge(request, row)


def redirect_after_merge(request: HttpRequest, row: Merge) -> HttpResponse:
    """Redirect to the page on which the clerk decided about this merge."""
    return redirect("cases:merges" if request.POST.get("from") == "list" else person_url(row.kept))


@require_safe
@staff_only("see_channels")
def channels(request: HttpRequest) -> HttpResponse:
    """Render the health of every channel account, the events that could not be read, and what waits on disk."""
    pages = {name: request.GET.get(name, "") for name in ("odd", "lost")}
    context = {**channel_presenter.channels_context(request.agency, **pages)}  # type: ignore[attr-defined]
    context["may_change"] = has_right(clerk(request), "change_channels")
    context["may_replay"] = has_right(clerk(request), "replay")
    context["live_streams"] = ["channels"]
    template = "cases/channels.html"
    return render(request, f"{template}#health" if request.headers.get("HX-Target") == "health" else template, context)


@require_POST
@staff_only("change_channels")
def switch_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Enable or disable a channel account. A disabled account refuses every request."""
    account = get_object_or_404(Account, pk=pk, removed_at=None)
    if step := needs_fresh_step(request, resolve_url("cases:channel", pk)):
        return step
    active = request.POST.get("active") == "yes"
    accounts.set_active(account, active, by=staff_actor(request))
    messages.success(request, _("Switched on.") if active else _("Switched off. It can be switched on again here."))
    return redirect("cases:channel", pk)


@require_POST
@staff_only("see_channels")
def retry_request(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Queue a provider's stored request, whose processing failed, to be processed once more."""
    try:
        services.retry_intake(get_object_or_404(Intake.objects.defer("body"), pk=pk), staff=clerk(request))
        messages.success(request, _("It goes round again."))
    except Refused as error:
        messages.error(request, error.message)
    return redirect("cases:channels")


@require_POST
@staff_only("replay")
def read_again(request: HttpRequest) -> HttpResponse:
    """Read once more every stored request that could not be read, and report how many can be now."""
    read, left = services.replay_intake(staff=clerk(request))
    words = _("Read now: %(read)s. Still not readable: %(left)s.") % {"read": read, "left": left}
    messages.success(request, words) if read or not left else messages.warning(request, words)
    return redirect("cases:channels")


@require_safe
@staff_only("overview")
def overview(request: HttpRequest) -> HttpResponse:
    """Render the manager's dashboard of figures."""
    days = figures.parse_period(request.GET.get("days", ""))
    panels = list(visible_panels("overview", clerk(request)))
    return render(request, "cases/overview.html", {**figures.dashboard_context(days), "panels": panels})


@require_safe
@staff_only("overview")
def overview_csv(request: HttpRequest) -> HttpResponse:
    """Return the period's cases as a CSV file. Not streamed: a stream would outlive the agency's scope."""
    days = figures.parse_period(request.GET.get("days", ""))
    name = f"requests-{days}-days.csv"
    lines = "".join(figures.export(days))
    return HttpResponse(
        lines, "text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
