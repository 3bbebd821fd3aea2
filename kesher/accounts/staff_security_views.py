"""Pages of the staff's second step and keys, and of the national logins that the agency offers."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kesher.accounts import services
from kesher.accounts.decorators import next_of, with_next
from kesher.accounts.forms import AddKeyForm, AppForm, FactorForm, KeyForm, NationalForm
from kesher.accounts.models import NationalLogin
from kesher.accounts.presenters import app_page, creation_options, key_name, request_options
from kesher.agencies.known_devices import place_of
from kesher.agencies.models import Staff, StaffSignIn
from kesher.agencies.rules import needs_fresh_step, staff_of, staff_only, to_login
from kesher.agencies.sign_in_log import log_sign_in
from kesher.agencies.staff_login import (
    find_pending_login,
    is_fresh,
    is_without_password,
    mark_second_step,
    sign_in_staff,
)
from kesher.core.audit import Actor
from kesher.core.errors import Refused
from kesher.core.http.user_agent import describe_device


@dataclass(frozen=True, slots=True)
class PendingStaff:
    """A member of staff at the second step.

    ``waiting``: they gave the password and are not signed in yet; else they are signed in, and confirm a key before
    they change keys.
    """

    user: User
    staff: Staff
    after: str
    waiting: bool

    @property
    def actor(self) -> Actor:
        """Return the member of staff as the audit log's actor."""
        return Actor("staff", self.staff.pk, "desk")


def find_pending_staff(request: HttpRequest) -> PendingStaff | None:
    """Return the member of staff who is signed in, or gave the password and owes the second step; else None.

    Raise PermissionDenied for a user who does not work here.
    """
    found = find_pending_login(request)
    if found and is_without_password(request) and not services.keys_of(found[0]):
        return None  # deleted meanwhile: only a password leads to a new one
    if found:
        user, after = found
        return PendingStaff(user, Staff.objects.get(user=user), after, waiting=True)
    staff = staff_of(request)
    if staff is None and request.user.is_authenticated:
        raise PermissionDenied
    return (
        PendingStaff(staff.user, staff, next_of(request) or reverse("accounts:staff_keys"), waiting=False)
        if staff
        else None
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """Show and check the second step of the staff login: an app's code, a recovery code or a passkey."""
    guest = find_pending_staff(request)
    if guest is None:
        return to_login(request)
    if not services.keys_of(guest.user):
        return redirect("accounts:staff_set_up")
    by_key = "credential" in request.POST
    posted = request.POST if request.method == "POST" else None
    form = (KeyForm if by_key else FactorForm)(posted, user=guest.user)
    if posted is not None:
        if not services.may_try(guest.user, place_of(request, guest.user)):
            log_sign_in(request, StaffSignIn.Outcome.LOCKED, guest.user)
            form.add_error(None, _("Too many tries. Please wait a quarter of an hour."))
        elif form.is_valid() and accept_factor(form, guest, by_key=by_key):
            services.uncount_factor_try(guest.user, place_of(request, guest.user))
            return finish_second_step(request, guest, "passkey" if by_key else "app")
        elif form.is_bound:
            log_sign_in(request, StaffSignIn.Outcome.WRONG_SECOND, guest.user)
    return render_second_step(request, guest, form, by_key=by_key)


def render_second_step(request: HttpRequest, guest: PendingStaff, form: forms.Form, *, by_key: bool) -> HttpResponse:
    """Render the page of the staff login's second step, with the form's errors."""
    kinds = {str(key.type) for key in services.keys_of(guest.user)}
    shown = FactorForm(user=guest.user) if by_key else form
    context = {
        "form": shown,
        "errors": [error for errors in form.errors.values() for error in errors] if by_key else form.non_field_errors(),
        "options": request_options(guest.user) if services.PASSKEY in kinds else "",
        "has_app": services.APP in kinds,
        "guest": guest,
        "next": "" if guest.waiting else guest.after,
    }
    return render(request, "accounts/staff_second.html", context, status=422 if form.errors else 200)


def accept_factor(form: forms.Form, guest: PendingStaff, *, by_key: bool) -> bool:
    """Audit the use of a valid second factor and return True; add an error and return False for a reused code."""
    if by_key:
        services.note_use(form.cleaned_data["credential"], by=guest.actor)
        return True
    if not services.is_first_use(guest.user, form.cleaned_data["code"]):
        form.add_error("code", _("This code was used. Wait for the next one."))
        return False
    assert isinstance(form, FactorForm)
    services.note_use(form.authenticator, by=guest.actor)
    return True


def finish_second_step(request: HttpRequest, guest: PendingStaff, way: str) -> HttpResponse:
    """Sign the member of staff in, or mark the second step as done again, and redirect."""
    if guest.waiting:
        sign_in_staff(request, guest.user, way)
    else:
        mark_second_step(request.session, way)
    return redirect(guest.after)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Set up a member of staff's first second factor after the password, or another after a fresh second step."""
    guest = find_pending_staff(request)
    if guest is None:
        return to_login(request)
    has_keys = bool(services.keys_of(guest.user))
    if has_keys and (guest.waiting or not is_fresh(request)):
        return redirect("accounts:staff_second" if guest.waiting else second_step_url(request))
    by_key = "credential" in request.POST
    posted = request.POST if request.method == "POST" else None
    form = (AddKeyForm if by_key else AppForm)(posted, user=guest.user)
    if posted is not None and services.may_try(guest.user, place_of(request, guest.user)) and form.is_valid():
        services.uncount_factor_try(guest.user, place_of(request, guest.user))
        if by_key:
            name = key_name(form.cleaned_data["name"], describe_device(request.headers.get("user-agent", "")))
            services.add_passkey(guest.user, name, form.cleaned_data["credential"], by=guest.actor)
        else:
            services.is_first_use(guest.user, form.cleaned_data["code"])
            services.add_app(guest.user, form.secret, by=guest.actor)
        return finish_first_key(request, guest, "passkey" if by_key else "app")
    shown = AppForm(user=guest.user) if by_key else form
    context = {"form": shown, "errors": form.errors if by_key else {}, "guest": guest, "has_keys": has_keys}
    context["steps"] = [_("Password"), _("Second step"), _("Recovery codes")]
    context |= {**app_page(guest.user, shown.secret), "options": creation_options(guest.user, alone=False)}
    return render(request, "accounts/staff_set_up.html", context, status=422 if form.errors else 200)


def second_step_url(request: HttpRequest) -> str:
    """Return the URL of the staff login's second step, which leads back to this page."""
    return with_next("accounts:staff_second", request.get_full_path())


def finish_first_key(request: HttpRequest, guest: PendingStaff, way: str) -> HttpResponse:
    """Finish the second step with the new key; if it is the first, show the recovery codes once."""
    if guest.waiting:
        sign_in_staff(request, guest.user, way)
    else:
        mark_second_step(request.session, way)
    if services.has_recovery_codes(guest.user):
        messages.success(request, _("Saved."))
        return redirect("accounts:staff_keys")
    codes = services.new_recovery_codes(guest.user, by=guest.actor)
    after = guest.after if guest.waiting else reverse("accounts:staff_keys")
    return render(request, "accounts/staff_codes.html", {"codes": codes, "after": after, "guest": guest})


@never_cache
@require_safe
@staff_only("desk")
def keys(request: HttpRequest) -> HttpResponse:
    """Show the member of staff's own passkeys and authenticator app."""
    staff = staff_of(request)
    assert staff is not None
    return render(request, "accounts/staff_keys.html", {"keys": services.keys_of(staff.user)})


@never_cache
@require_POST
@staff_only("desk")
def new_codes(request: HttpRequest) -> HttpResponse:
    """Make and show new recovery codes for the member of staff, after a fresh second step."""
    guest = find_pending_staff(request)
    if guest is None or not is_fresh(request):
        return redirect(with_next("accounts:staff_second", reverse("accounts:staff_keys")))
    codes = services.new_recovery_codes(guest.user, by=guest.actor)
    context = {"codes": codes, "after": reverse("accounts:staff_keys"), "guest": guest}
    return render(request, "accounts/staff_codes.html", context)


@require_POST
@staff_only("desk")
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one of the member of staff's second factors, but not the last one, which the login needs."""
    guest = find_pending_staff(request)
    if guest is None or not is_fresh(request):
        return redirect(with_next("accounts:staff_second", reverse("accounts:staff_keys")))
    if len(services.keys_of(guest.user)) < 2:
        messages.error(request, _("This is your last key. Add another one first."))
    elif not services.remove_key(guest.user, pk, by=guest.actor):
        raise Http404
    return redirect("accounts:staff_keys")


@require_safe
@staff_only("change_staff")
def national(request: HttpRequest) -> HttpResponse:
    """Show the agency's identity providers."""
    return render(request, "accounts/desk_national.html", {"logins": NationalLogin.objects.order_by("pk")})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("change_staff")
def national_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Show and save the form of an identity provider of the agency; a new one without ``pk``."""
    if step := needs_fresh_step(request):
        return step
    row = get_object_or_404(NationalLogin, pk=pk) if pk is not None else None
    me = staff_of(request)
    assert me is not None
    form = NationalForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_national_login(by=Actor("staff", me.pk, "desk"), **form.wanted)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:desk_national")
    path = reverse("accounts:national_back", args=[row.key if row else "KEY"])
    context = {"form": form, "row": row, "back_url": request.build_absolute_uri(path)}
    return render(request, "accounts/desk_national_form.html", context, status=422 if form.errors else 200)
