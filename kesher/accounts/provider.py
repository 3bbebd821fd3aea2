"""OpenID Connect provider class for django-allauth that allows only what a national login or single sign-on needs.

PKCE is always used; the identity token's signature and nonce are checked, and the issuer and level of assurance must be
those that were set up. allauth finds this module by its name.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import jwt
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import build_absolute_uri
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from kesher.agencies.base_url import base_url

WELL_KNOWN = "/.well-known/openid-configuration"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
# Neither "none" nor algorithms with a shared secret.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"})


def nonce_of(state: str) -> str:
    """Return the OpenID nonce that is computed from the state in the session, so that both are bound together."""
    return hmac.new(settings.SECRET_KEY.encode(), f"kesher.nonce:{state}".encode(), sha256).hexdigest()


def is_safe_endpoint(url: str) -> bool:
    """Return whether an address of a provider is https, or plain http on this machine, as the settings permit it."""
    parts = urlsplit(url)
    near = {*settings.KESHER_SSRF_ALLOW, urlsplit(base_url()).netloc}
    return bool(parts.netloc) and (parts.scheme == "https" or (parts.scheme == "http" and parts.netloc in near))


def discovery_url(issuer: str) -> str:
    """Return the URL of the discovery document of an issuer, which may end with a slash."""
    return issuer if issuer.endswith(WELL_KNOWN) else issuer.rstrip("/") + WELL_KNOWN


def find_fault(config: dict[str, Any], issuer: str) -> str:
    """Return what is wrong with the discovery document of this issuer, or ""."""
    if str(config.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
        return "another issuer than the one that was set up"
    missing = [name for name in ENDPOINTS if not config.get(name)]
    if missing:
        return f"no {missing[0]}"
    unsafe = [
        name for name in (*ENDPOINTS, "userinfo_endpoint") if not is_safe_endpoint(str(config.get(name) or "https://x"))
    ]
    return f"{unsafe[0]} is not https" if unsafe else ""


def with_checked_mail(claims: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of an identity token with `email_verified`, also where Microsoft Entra ID signed it.

    Entra has the claim `xms_edov` instead: whether the owner of the address's domain was verified. It says nothing
    where the provider says itself whether the address was checked.
    """
    if "email_verified" in claims or claims.get("xms_edov") not in (True, "true", "1"):
        return claims
    return {**claims, "email_verified": True}


class NationAuth(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth ships no types
    """One request to the provider and its answer. Raises OAuth2Error if anything differs from what was asked for."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """Return the provider's discovery document. Raise OAuth2Error if it is another issuer's, or is not safe."""
        try:
            config: dict[str, Any] = super().openid_config
        except AttributeError as error:  # JSON, but no object
            raise OAuth2Error("no discovery document") from error
        if fault := find_fault(config, str(self.get_provider().app.settings["issuer"])):
            raise OAuth2Error(fault)
        return config

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Return our URL to which the identity provider redirects back."""
        path = reverse(app.settings["callback"], args=app.settings["callback_args"])
        return str(build_absolute_uri(request, path, self.redirect_uri_protocol))

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Return allauth's login for the person of a checked identity token, with a name from the profile."""
        signed = self.claims(app, str(kwargs["response"].get("id_token") or ""), request.GET.get("state", ""))
        claims = with_checked_mail(signed)
        wanted = app.settings["claims"]
        if not all(claims.get(name) for name in wanted) and self.openid_config.get("userinfo_endpoint"):
            profile = self._fetch_user_info(token.token)
            if profile.get("sub") != claims["sub"]:
                raise OAuth2Error("the profile is somebody else's")
            # All from one source: whether an address was checked is said of that source's address.
            claims = {**claims, **{name: profile.get(name, "") for name in wanted}}
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def claims(self, app: Any, id_token: str, state: str) -> dict[str, Any]:
        """Return the identity token's claims after checking signature, issuer, audience, time, nonce and level."""
        try:
            algorithm = jwt.get_unverified_header(id_token).get("alg")
        except jwt.PyJWTError as error:
            raise OAuth2Error("no identity token") from error
        if algorithm not in ALGORITHMS:
            raise OAuth2Error(f"an identity token signed with {algorithm}")
        try:
            claims: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except (KeyError, ValueError) as error:
            raise OAuth2Error("keys that cannot be read") from error
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce_of(state).encode()):
            raise OAuth2Error("an identity token of another sign-in")
        if not claims.get("sub"):
            raise OAuth2Error("an identity token of nobody")
        wanted = str(app.settings.get("acr", "")).split()
        if wanted and claims.get("acr") not in wanted:
            raise OAuth2Error("a lower level of assurance than was asked for")
        return claims


class NationProvider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth ships no types
    """The provider class that allauth looks for."""

    id = "nation"
    name = "National login"
    oauth2_adapter_class = NationAuth
    pkce_enabled_default = True


provider_classes = [NationProvider]
