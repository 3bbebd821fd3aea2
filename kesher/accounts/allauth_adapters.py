"""Adapt django-allauth: encrypt its secrets, bind keys to the agency's host, and create no user for a national login.

Adapters are used, not signals: what happens is called by name.
"""

from __future__ import annotations

from typing import Any, NoReturn

import requests
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kesher.accounts import oidc_views
from kesher.accounts.models import Keyring, NationalLogin
from kesher.accounts.ssrf_adapter import guarded_session
from kesher.agencies.models import Agency, Staff
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
        rows = NationalLogin.objects.filter(is_active=True)
        if provider and provider != oidc_views.PROVIDER:
            rows = rows.filter(key=provider)
        return [oidc_views.app_of(row) for row in rows]

    def get_requests_session(self) -> requests.Session:
        """Return a `requests` session that cannot reach internal networks."""
        return guarded_session()

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> NoReturn:
        """Sign in the person whom the identity provider confirmed; allauth would create a user here."""
        raise ImmediateHttpResponse(oidc_views.sign_in_person(request, sociallogin))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **more: Any) -> NoReturn:
        """Redirect to the sign-in page after the identity provider reported a failure."""
        raise ImmediateHttpResponse(
            oidc_views.redirect_after_failure(request, more.get("error"), more.get("exception"))
        )


def agency() -> Agency:
    """Return the agency of the current request."""
    found = context.request.agency
    assert isinstance(found, Agency)
    return found
