"""Views of single sign-on: staff sign in by the agency's own identity provider."""

from __future__ import annotations

import logging
from typing import Any, Final

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthError
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kesher.accounts import oidc_views, services
from kesher.accounts.decorators import next_of
from kesher.accounts.models import StaffProvider
from kesher.accounts.views import refuse_over_limit
from kesher.agencies.models import Staff, StaffSignIn
from kesher.agencies.rules import staff_of
from kesher.agencies.sign_in_log import log_sign_in
from kesher.agencies.staff_login import LoginWay, remember_password_step, sign_in_staff
from kesher.core.errors import Refused
from kesher.core.http.safe_paths import safe_path

KEY: Final = ":staff"  # among a request's providers; no short name of a national login has a colon
SIGN_INS: Final = 120  # in ten minutes, of one address: a whole office may have only one
log = logging.getLogger(__name__)


def app_of(row: StaffProvider) -> SocialApp:
    """Return the staff's identity provider as allauth's SocialApp, not saved."""
    claims = ["email", "email_verified"]
    return oidc_views.social_app(row, KEY, callback="accounts:staff_provider_back", callback_args=[], claims=claims)


def login_way() -> LoginWay | None:
    """Return the link of the sign-in page to the agency's identity provider, or None if there is none."""
    row = StaffProvider.objects.filter(is_active=True).first()
    if row is None:
        return None
    return LoginWay(_("Sign in with %(provider)s") % {"provider": row}, reverse("accounts:staff_provider"))


@never_cache
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Redirect to the identity provider; a GET, since our policy lets no form lead to another site."""
    get_object_or_404(StaffProvider, is_active=True)
    after = next_of(request)
    if staff_of(request):
        return redirect(after or "cases:inbox")
    try:
        refuse_over_limit(request, "staff-provider", SIGN_INS)
    except Refused as refusal:
        return refuse(request, None, StaffSignIn.Outcome.LOCKED, refusal.message)
    return oidc_views.redirect_to_provider(request, KEY, after)


@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Handle the redirect back from the identity provider; `sign_in_by_provider` follows."""
    get_object_or_404(StaffProvider, is_active=True)
    try:
        refuse_over_limit(request, "staff-provider-back", SIGN_INS)
    except Refused as refusal:
        return refuse(request, None, StaffSignIn.Outcome.LOCKED, refusal.message)
    return oidc_views.finish_at_provider(request, KEY)


def sign_in_by_provider(request: HttpRequest, sociallogin: Any) -> HttpResponse:
    """Sign in the member of staff whom the provider confirmed, or lead them to our second step first."""
    row = get_object_or_404(StaffProvider, is_active=True)
    claims = sociallogin.account.extra_data["id_token"]
    try:
        staff = services.find_staff(row, claims)
    except Refused as refusal:
        return refuse(request, None, StaffSignIn.Outcome.PROVIDER, refusal.message)
    user = staff.user
    if not (staff.is_active and user.is_active):
        return refuse(request, user, StaffSignIn.Outcome.CLOSED, _("This account is closed. Ask your administrator."))
    if settings.KESHER_SECOND_FACTOR and not services.keys_of(user):
        words = _("Sign in with your password this once, and set a second step up. Then the provider's button works.")
        return refuse(request, user, StaffSignIn.Outcome.PROVIDER, words)
    after = safe_path(str(sociallogin.state.get("next") or "")) or reverse("cases:inbox")
    if settings.KESHER_SECOND_FACTOR and not services.is_second_proved(row, claims):
        remember_password_step(request, user, after, provider=True)
        return redirect("accounts:staff_second")
    return sign_in_at_once(request, staff, after)


def sign_in_at_once(request: HttpRequest, staff: Staff, after: str) -> HttpResponse:
    """Sign a member of staff in without our second step, and redirect.

    The provider's second step may be of this morning: what asks for a fresh one asks for ours.
    """
    request.session.flush()  # somebody may have planted its key
    sign_in_staff(request, staff.user, "provider", fresh=False)
    return redirect(after)


def refuse(request: HttpRequest, user: User | None, outcome: StaffSignIn.Outcome, words: str) -> HttpResponse:
    """Log that somebody was not let in, and redirect to the sign-in page, which says why."""
    log_sign_in(request, outcome, user)
    messages.error(request, words)
    return redirect("agencies:login")


def redirect_after_failure(request: HttpRequest, error: Any, exception: Any) -> HttpResponse:
    """Redirect to the staff's sign-in page with a message; the cause is logged."""
    if error == AuthError.CANCELLED:
        messages.info(request, _("You came back from the provider without signing in."))
        return redirect("agencies:login")
    log.warning("single sign-on failed: %s", exception or error)
    words = _("The identity provider did not answer as it should. Try again, or sign in with your password.")
    return refuse(request, None, StaffSignIn.Outcome.PROVIDER, words)
