"""Views of the national login (OpenID Connect): the redirect to it, and the handling of its answer."""

from __future__ import annotations

import logging
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from requests import RequestException

from kesher.accounts import services
from kesher.accounts.decorators import with_next
from kesher.accounts.models import IdentityProvider, NationalLogin
from kesher.accounts.provider import NationAuth, discovery_url, nonce_of
from kesher.accounts.session_cookie import set_token_cookie, sign_in_of
from kesher.agencies.models import in_language
from kesher.core.db.ids import token
from kesher.core.errors import Refused
from kesher.core.http.safe_paths import safe_path
from kesher.core.http.user_agent import describe_device

PROVIDER = "nation"
log = logging.getLogger(__name__)


def app_of(row: NationalLogin) -> SocialApp:
    """Return our row of a national login as allauth's SocialApp, not saved."""
    return social_app(row, row.key, callback="accounts:national_back", callback_args=[row.key], claims=["name"])


def social_app(row: IdentityProvider, key: str, **more: Any) -> SocialApp:
    """Return a row of an identity provider as allauth's SocialApp, not saved.

    ``callback`` and ``callback_args`` name our page for the way back, ``claims`` what else we read of the person.
    """
    return SocialApp(
        provider=PROVIDER,
        provider_id=key,
        name=str(row),
        client_id=row.client_id,
        secret=(row.secrets or {}).get("client", ""),
        settings={
            "server_url": discovery_url(row.issuer),
            "issuer": row.issuer,
            "acr": row.acr,
            "scope": row.scope.split(),
            "auth_params": {"acr_values": row.acr} if row.acr else {},
            **more,
        },
    )


def list_logins() -> list[NationalLogin]:
    """Return the active identity providers of this agency."""
    return list(NationalLogin.objects.filter(is_active=True).order_by("pk"))


def redirect_to_provider(request: HttpRequest, key: str, after: str) -> HttpResponse:
    """Redirect to the identity provider's login, to come back to ``after``."""
    state = token(32)
    provider = get_adapter().get_provider(request, key)
    params = {**provider.get_auth_params(), "nonce": nonce_of(state)}
    try:
        response = provider.redirect(
            request, process=AuthProcess.LOGIN, next_url=after or None, state_id=state, auth_params=params
        )
    except (OAuth2Error, RequestException, ValueError, KeyError) as error:
        response = get_adapter().redirect_after_failure(request, key, AuthError.UNKNOWN, error)
    assert isinstance(response, HttpResponse)
    return response


def finish_at_provider(request: HttpRequest, key: str) -> HttpResponse:
    """Handle the redirect back from the identity provider: check the state and exchange the code for tokens.

    `sign_in_person` or `redirect_after_failure` follows.
    """
    try:
        response = OAuth2CallbackView.adapter_view(NationAuth(request, key))(request)
    except (ValueError, KeyError) as error:
        response = get_adapter().redirect_after_failure(request, key, AuthError.UNKNOWN, error)
    assert isinstance(response, HttpResponse)
    return response


def sign_in_person(request: HttpRequest, sociallogin: Any) -> HttpResponse:
    """Sign in the person whom the identity provider confirmed, and redirect to the page that they wanted."""
    claims = sociallogin.account.extra_data["id_token"]
    row = NationalLogin.objects.get(key=sociallogin.provider.app.provider_id, is_active=True)
    try:
        entered = services.enter_by_national(
            row,
            str(claims["sub"]),
            name=str(claims.get("name", ""))[:120],
            device=describe_device(request.headers.get("user-agent", "")),
            before=sign_in_of(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("accounts:sign_in")
    after = safe_path(str(sociallogin.state.get("next") or "")) or reverse("accounts:me")
    return set_token_cookie(redirect(after), entered)


def redirect_after_failure(request: HttpRequest, error: Any, exception: Any) -> HttpResponse:
    """Redirect to the sign-in page with a message that the provider's login failed; the cause is logged."""
    if error == AuthError.CANCELLED:
        messages.info(request, _("You came back from the national login without signing in."))
    else:
        log.warning("national login failed: %s", exception or error)
        messages.error(request, _("The national login did not answer as it should. Please try again, or use a code."))
    return redirect(with_next("accounts:sign_in", ""))


def title_of(row: NationalLogin) -> str:
    """Return an identity provider's name in the reader's language."""
    return in_language(row.names) or row.key
