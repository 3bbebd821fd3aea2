"""Pages of invitations to the desk: invite, send again, withdraw, and accept."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kesher.accounts.desk.staff_forms import InvitationForm, JoinForm
from kesher.accounts.models import StaffInvitation
from kesher.accounts.services import staff_invitations as services
from kesher.accounts.services.staff_mail import find_mailbox
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Staff
from kesher.agencies.rules import clerk, needs_fresh_step, staff_only
from kesher.agencies.staff_login import remember_password_step, sign_in_staff
from kesher.core.errors import Refused
from kesher.core.ui.flash_messages import tell_outcome


def staff_list_section(request: HttpRequest) -> dict[str, Any]:
    """Return what the page of the staff shows of invitations."""
    return {"invitations": services.open_invitations()}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("change_staff")
def invite(request: AgencyRequest) -> HttpResponse:
    """Show and process the form for an invitation; without outgoing mail, show the link once."""
    if step := needs_fresh_step(request):
        return step
    form = InvitationForm(request.POST or None, agency=request.agency)
    if request.method == "POST" and form.is_valid():
        try:
            invited = services.invite_staff(by=clerk(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("mail", refusal.message)
        else:
            return show_invited(request, invited)
    context = {"form": form, "has_mail": find_mailbox() is not None}
    return render(request, "accounts/staff_invite.html", context, status=422 if form.errors else 200)


def show_invited(request: HttpRequest, invited: services.Invited) -> HttpResponse:
    """Redirect to the list of the staff; if no mail can be sent, render the page with the link instead."""
    name = invited.invitation.name
    if invited.invitation.by_mail:
        messages.success(request, _("The invitation of %(name)s is on its way.") % {"name": name})
        return redirect("agencies:staff")
    context = {"name": name, "url": invited.url, "until": invited.invitation.expires_at}
    return render(request, "accounts/staff_link.html", context)


@require_POST
@staff_only("change_staff")
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an invitation again, with a new link."""
    if step := needs_fresh_step(request, resolve_url("agencies:staff")):
        return step
    row = get_object_or_404(StaffInvitation, pk=pk)
    try:
        return show_invited(request, services.send_invitation_again(row, by=clerk(request)))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("agencies:staff")


@require_POST
@staff_only("change_staff")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw an invitation."""
    with tell_outcome(request, _("The invitation was withdrawn.")):
        services.withdraw_invitation(get_object_or_404(StaffInvitation, pk=pk), by=clerk(request))
    return redirect("agencies:staff")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, key: str) -> HttpResponse:
    """Show an invited person the form for a user name and a password, and lead them on to the second step."""
    invitation = services.find_invitation(key)
    if invitation is None:
        return render(request, "accounts/staff_link_gone.html", {"what": "invitation"}, status=410)
    name = invitation.mail.partition("@")[0]
    form = JoinForm(request.POST or None, initial={"username": "".join(filter(is_plain, name))})
    if request.method == "POST" and form.is_valid():
        try:
            staff = services.accept_invitation(
                key, username=form.cleaned_data["username"], password=form.cleaned_data["password"]
            )
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            return lead_to_second_step(request, staff)
    context = {"form": form, "invitation": invitation}
    return render(request, "accounts/staff_join.html", context, status=422 if form.errors else 200)


def is_plain(letter: str) -> bool:
    """Return whether a character may stand in a user name."""
    return letter.isascii() and (letter.isalnum() or letter in "-_")


def lead_to_second_step(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Redirect a person who has just chosen their password to the second step, and from there to the desk."""
    after = resolve_url("cases:inbox")
    if settings.KESHER_SECOND_FACTOR:
        remember_password_step(request, staff.user, after)
        return redirect("accounts:staff_second")
    request.session.flush()
    sign_in_staff(request, staff.user, "none")
    return redirect(after)
