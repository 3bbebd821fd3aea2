"""Pages that close a colleague's account, open it again, and reset their second step."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kesher.accounts.desk.passwords import show_password_link
from kesher.accounts.desk.staff_forms import OffBoardingForm
from kesher.accounts.models import FactorReset, StaffLink
from kesher.accounts.services import departures, factor_resets, keys_of
from kesher.accounts.services.staff_passwords import find_link
from kesher.agencies.models import Staff
from kesher.agencies.rules import clerk, needs_fresh_step, staff_only
from kesher.agencies.services import serves_elsewhere
from kesher.core.errors import Refused
from kesher.core.ui.flash_messages import tell_outcome


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("change_staff")
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a colleague holds, and close their account."""
    if step := needs_fresh_step(request):
        return step
    person = get_object_or_404(Staff.objects.select_related("user"), pk=pk)
    form = OffBoardingForm(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and form.is_valid():
        done = _("%(name)s no longer has an account here.") % {"name": person.name}
        with tell_outcome(request, done, form):
            departures.off_board(person, to=form.cleaned_data["to"], by=clerk(request))
        if not form.errors:
            return redirect("agencies:staff")
    context = {"form": form, "person": person, "held": departures.count_held_work(person)}
    return render(request, "accounts/staff_leave.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("change_staff")
def come_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a former colleague's account again, and send or show the link for a new password."""
    if step := needs_fresh_step(request, resolve_url("agencies:staff_edit", pk)):
        return step
    person = get_object_or_404(Staff.objects.select_related("user", "agency"), pk=pk)
    try:
        url = departures.reactivate(person, by=clerk(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("agencies:staff_edit", pk)
    return show_password_link(request, person, url)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("change_staff")
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask that a colleague's second step is deleted, or agree to it, or stop it."""
    person, me = get_object_or_404(Staff.objects.select_related("user"), pk=pk), clerk(request)
    row = factor_resets.find_open_reset(person)
    if request.method == "POST":
        doing = request.POST.get("do", "")
        if doing != "stop" and (step := needs_fresh_step(request)):
            return step
        decide(request, doing, person, row, me)
        return redirect("accounts:staff_forget", pk)
    context = {
        "person": person,
        "own": person.pk == me.pk,
        "elsewhere": serves_elsewhere(person),
        "keys": keys_of(person.user),
        "reset": row,
        "asked": row is not None and row.asked_by_id == me.pk,
        "alone": not factor_resets.other_administrators(person, row.asked_by if row else me),
    }
    return render(request, "accounts/staff_forget.html", context)


def decide(request: HttpRequest, what: str, person: Staff, row: FactorReset | None, me: Staff) -> None:
    """Ask for a reset, agree to the open one, or stop it, and show the outcome on the next page."""
    if row is None and what == "ask":
        with tell_outcome(request, _("Another administrator can agree to it now.")):
            factor_resets.ask_factor_reset(person, by=me)
    elif row is not None and what == "agree":
        done = _("%(name)s sets a new second step up at the next sign-in.") % {"name": person.name}
        with tell_outcome(request, done):
            factor_resets.confirm_factor_reset(row, by=me)
    elif row is not None and what == "stop":
        with tell_outcome(request, _("Stopped. Nothing was deleted.")):
            factor_resets.stop_factor_reset(row, by=me)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer_reset(request: HttpRequest, key: str) -> HttpResponse:
    """Let a person stop the reset of their second step by the mailed link; where it counts, also agree to it."""
    link = find_link(key, StaffLink.Purpose.RESET)
    row = link.reset if link else None
    if link is None or row is None or row.state != FactorReset.State.OPEN:
        return render(request, "accounts/staff_link_gone.html", {"what": "reset"}, status=410)
    alone = not factor_resets.other_administrators(row.person, row.asked_by)
    context = {"reset": row, "may_agree": alone and factor_resets.may_agree_by_mail(row.person, row.asked_by)}
    if request.method == "POST":
        agreed = request.POST.get("do") == "agree"
        try:
            (factor_resets.agree_by_mail if agreed else factor_resets.stop_by_mail)(key)
        except Refused as refusal:
            return render(request, "accounts/staff_reset_answer.html", {**context, "why": refusal.message}, status=422)
        return render(request, "accounts/staff_reset_answer.html", {"done": "agreed" if agreed else "stopped"})
    return render(request, "accounts/staff_reset_answer.html", context)
