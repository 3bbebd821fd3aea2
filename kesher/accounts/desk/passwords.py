"""Pages for one's own password, a lost one, and one's own mail address, by which a lost one is replaced."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kesher.accounts.desk.invitations import lead_to_second_step
from kesher.accounts.desk.staff_forms import MailForm, NewPasswordForm
from kesher.accounts.models import StaffAddress, StaffLink
from kesher.accounts.services import staff_passwords as services
from kesher.accounts.services.staff_mail import find_mailbox
from kesher.agencies.models import Staff, StaffSignIn
from kesher.agencies.rules import clerk, needs_fresh_step, staff_only
from kesher.agencies.sign_in_log import log_sign_in
from kesher.core.errors import Refused
from kesher.core.http.client_ip import allow_from
from kesher.core.http.throttle import allow

AN_HOUR, TRIES_AN_HOUR = 3600, 10


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lost(request: HttpRequest) -> HttpResponse:
    """Show and process the form for a lost password; the answer is the same for every address."""
    form = MailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if allow_from(request, "lost-password", TRIES_AN_HOUR, AN_HOUR):
            services.ask_for_password(form.cleaned_data["mail"])
        return render(request, "accounts/staff_lost.html", {"asked": True})
    context = {"form": form, "has_mail": find_mailbox() is not None}
    return render(request, "accounts/staff_lost.html", context, status=422 if form.errors else 200)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest, key: str) -> HttpResponse:
    """Show and process the form for a new password, by the key of a link; the second step follows."""
    link = services.find_link(key, StaffLink.Purpose.PASSWORD)
    if link is None:
        return render(request, "accounts/staff_link_gone.html", {"what": "password"}, status=410)
    form = NewPasswordForm(request.POST or None, user=link.staff.user)
    if request.method == "POST" and form.is_valid():
        try:
            staff = services.choose_password(key, form.cleaned_data["password"])
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            log_sign_in(request, StaffSignIn.Outcome.LOST_PASSWORD, staff.user)
            return lead_to_second_step(request, staff)
    context = {"form": form, "person": link.staff}
    return render(request, "accounts/staff_password.html", context, status=422 if form.errors else 200)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("desk")
def own_password(request: HttpRequest) -> HttpResponse:
    """Show and process the form for one's own new password, which signs out one's other browsers."""
    me = clerk(request)
    form = PasswordChangeForm(me.user, request.POST or None)
    if request.method == "POST" and not allow(f"own-password:{me.pk}", TRIES_AN_HOUR, AN_HOUR):
        messages.error(request, _("Too many tries. Please try again in an hour."))
        return redirect("accounts:staff_own_password")
    if request.method == "POST" and form.is_valid():
        key = request.session.session_key or ""
        services.change_own_password(me, form.cleaned_data["new_password1"], session_key=key)
        update_session_auth_hash(request, me.user)
        log_sign_in(request, StaffSignIn.Outcome.OWN_PASSWORD, me.user)
        messages.success(request, _("Your password has changed."))
        return redirect("cases:inbox")
    if "old_password" in form.errors:
        log_sign_in(request, StaffSignIn.Outcome.WRONG_PASSWORD, me.user)
    return render(request, "accounts/own_password.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@staff_only("change_staff")
def send_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a colleague a link for a new password; without outgoing mail, show it once."""
    if step := needs_fresh_step(request, resolve_url("agencies:staff_edit", pk)):
        return step
    person = get_object_or_404(Staff.objects.select_related("user", "agency"), pk=pk, is_active=True)
    try:
        url = services.offer_password(person, by=clerk(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("agencies:staff_edit", pk)
    return show_password_link(request, person, url)


def show_password_link(request: HttpRequest, person: Staff, url: str) -> HttpResponse:
    """Say that a link for a new password was mailed, or render the page that shows it once."""
    if url:
        return render(request, "accounts/staff_link.html", {"name": person.name, "url": url, "password": True})
    messages.success(request, _("A link for a new password is on its way to %(name)s.") % {"name": person.name})
    return redirect("agencies:staff_edit", person.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("desk")
def address(request: HttpRequest) -> HttpResponse:
    """Show and process the form for one's own mail address; changing it needs a fresh second step."""
    me = clerk(request)
    known = StaffAddress.objects.filter(staff=me).first()
    form = MailForm(request.POST or None, initial={"mail": known.mail if known else ""})
    if request.method == "POST" and (step := needs_fresh_step(request)):
        return step
    if request.method == "POST" and form.is_valid():
        try:
            services.set_own_address(me, form.cleaned_data["mail"])
        except Refused as refusal:
            form.add_error("mail", refusal.message)
        else:
            messages.success(request, _("We sent you a mail. Open the link in it within an hour."))
            return redirect("accounts:staff_address")
    waiting = services.find_waiting_mail(me)
    context = {"form": form, "known": known, "waiting": waiting, "has_mail": find_mailbox() is not None}
    return render(request, "accounts/staff_address.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def prove_address(request: HttpRequest, key: str) -> HttpResponse:
    """Ask whoever opened a mailed link to confirm the address, and store it."""
    link = services.find_link(key, StaffLink.Purpose.ADDRESS)
    if link is None:
        return render(request, "accounts/staff_link_gone.html", {"what": "address"}, status=410)
    if request.method == "POST":
        try:
            services.prove_own_address(key)
        except Refused:
            return render(request, "accounts/staff_link_gone.html", {"what": "address"}, status=410)
        return render(request, "accounts/staff_address_proof.html", {"done": True})
    return render(request, "accounts/staff_address_proof.html", {"mail": link.mail})
