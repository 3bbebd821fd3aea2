"""Adapt django-allauth: encrypt its secrets, bind keys to the agency's host, guard its requests, create no user."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NoReturn

import requests
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from kesher.accounts import oidc_views, staff_provider_views
from kesher.accounts.models import Keyring, NationalLogin, StaffProvider
from kesher.agencies.models import Agency, Staff
from kesher.channels.base import ChannelError
from kesher.channels.http_client import GuardedClient
from kesher.core.secrets import secret_cipher


class KeyAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """The adapter for passkeys, authenticator apps and recovery codes."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is wrong, or was used. Wait for the next one and try again."),
    }

    def encrypt(self, text: str) -> str:
        """Return a second factor's secret, encrypted for the database."""
        return secret_cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a second factor's secret from the database, decrypted."""
        return secret_cipher().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """Return the agency's name, which an authenticator app shows above the code."""
        return agency().name

    def get_totp_label(self, user: User) -> str:
        """Return the name of the user, which an authenticator app shows beside the code."""
        return str(self.get_public_key_credential_user_entity(user)["display_name"])

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return the WebAuthn relying party: the host without its port, where alone a passkey works."""
        return {"id": context.request.get_host().partition(":")[0], "name": agency().name}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """Return the WebAuthn user entity: a citizen's own name, or a clerk's name and user name."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        ring = Keyring.objects.select_related("contact").filter(user=user).first()
        staff = None if ring else Staff.objects.filter(user=user).first()
        title = ring.contact.shown_name if ring else staff.name if staff else user.get_username()
        return {**entity, "display_name": title, "name": title if ring else user.get_username()}

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: a user has no address here, and changes are audited."""


class NationAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """The adapter for the national login."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """Return this agency's identity providers as allauth's models, made of our encrypted rows."""
        if provider == staff_provider_views.KEY:
            return [staff_provider_views.app_of(row) for row in StaffProvider.objects.filter(is_active=True)]
        rows = NationalLogin.objects.filter(is_active=True)
        if provider and provider != oidc_views.PROVIDER:
            rows = rows.filter(key=provider)
        return [oidc_views.app_of(row) for row in rows]

    def get_requests_session(self) -> requests.Session:
        """Return a `requests` session that cannot reach internal networks."""
        return guarded_session()

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> NoReturn:
        """Sign in the person whom the identity provider confirmed; allauth would create a user here."""
        is_staff = sociallogin.provider.app.provider_id == staff_provider_views.KEY
        sign_in = staff_provider_views.sign_in_by_provider if is_staff else oidc_views.sign_in_person
        raise ImmediateHttpResponse(sign_in(request, sociallogin))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **more: Any) -> NoReturn:
        """Redirect to the sign-in page after the identity provider reported a failure."""
        key = provider.app.provider_id
        raise ImmediateHttpResponse(self.redirect_after_failure(request, key, more.get("error"), more.get("exception")))

    def redirect_after_failure(self, request: HttpRequest, key: str, error: Any, exception: Any) -> HttpResponse:
        """Redirect to the sign-in page of citizens or of staff, with a message that the provider's login failed."""
        if key == staff_provider_views.KEY:
            return staff_provider_views.redirect_after_failure(request, error, exception)
        return oidc_views.redirect_after_failure(request, error, exception)


def agency() -> Agency:
    """Return the agency of the current request."""
    found = context.request.agency
    assert isinstance(found, Agency)
    return found


SECONDS = 8.0


class GuardedAdapter(BaseAdapter):
    """A transport for `requests` that uses `GuardedClient`."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a `requests` request with the guarded client. Raise requests.ConnectionError if it is refused."""
        try:
            status, headers, body = asyncio.run(fetch(request))
        except ChannelError as error:
            raise requests.ConnectionError(str(error)) from error
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = status, request.url or "", request
        answer.headers = CaseInsensitiveDict(headers)
        answer._content = body  # as every adapter of `requests` sets it
        return answer

    def close(self) -> None:
        """Do nothing: each request has its own connection."""


async def fetch(request: requests.PreparedRequest) -> tuple[int, Mapping[str, str], bytes]:
    """Send the request with the guarded client, and return (status, headers, body)."""
    sent = request.body.encode() if isinstance(request.body, str) else request.body
    headers = {name: str(value) for name, value in request.headers.items() if name.lower() != "accept-encoding"}
    async with GuardedClient(settings.KESHER_SSRF_ALLOW) as client:
        return await client.request(
            request.method or "GET",
            request.url or "",
            headers=headers,
            content=sent if isinstance(sent, bytes) else None,
            timeout=SECONDS,
        )


def guarded_session() -> requests.Session:
    """Return a `requests` session that cannot connect to private networks."""
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    for prefix in ("https://", "http://"):
        session.mount(prefix, GuardedAdapter())
    return session
