"""Fake national login for the demo: an OpenID Connect provider that signs in any demo person without a password.

It checks what a provider checks (client and secret, redirect URI, PKCE, the code's age) and signs its tokens. The key
is derived from the installation's secret, so all processes share it. Sources: OpenID Connect Core 1.0 and Discovery
1.0; RFC 7636; RFC 8037.
"""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from kesher.accounts.models import NationalLogin
from kesher.core.db.agency_scope import everywhere
from kesher.demo.people import PEOPLE
from kesher.simulator.providers import stand_in

KEY_ID, ALGORITHM, CODE, TOKEN = "demo", "EdDSA", "kesher.demo.code", "kesher.demo.token"
CODE_SECONDS, TOKEN_SECONDS = 60, 300


def signing_key() -> Ed25519PrivateKey:
    """Return the fake provider's key that signs tokens, derived from the installation's secret."""
    return Ed25519PrivateKey.from_private_bytes(hmac.new(settings.SECRET_KEY.encode(), CODE.encode(), sha256).digest())


def find_login(client_id: str) -> NationalLogin | None:
    """Return the national login with this client id, if it points to this fake provider."""
    with everywhere("simulated provider"):
        rows = NationalLogin.objects.filter(client_id=client_id, is_active=True)
        return next((row for row in rows if urlsplit(row.issuer).path == reverse("simulator:nation")), None)


def is_our_callback(login: NationalLogin, back: str, request: HttpRequest) -> bool:
    """Return whether the redirect URI is our own callback page; no other may get a code."""
    hosts = {request.get_host(), urlsplit(settings.KESHER_PUBLIC_URL).netloc, *settings.KESHER_SSRF_ALLOW}
    parts = urlsplit(back)
    at_home = parts.scheme in ("http", "https") and parts.netloc in hosts
    return at_home and parts.path == reverse("accounts:national_back", args=[login.key])


@stand_in
def issuer(request: HttpRequest) -> HttpResponse:
    """Show a page about the fake identity provider at its issuer URL."""
    return render(request, "simulator/nation.html", {"people": []})


@stand_in
def configuration(request: HttpRequest) -> JsonResponse:
    """Return the fake provider's OpenID discovery document."""
    base = request.build_absolute_uri(reverse("simulator:nation"))
    return JsonResponse(
        {
            "issuer": base,
            "authorization_endpoint": settings.KESHER_PUBLIC_URL.rstrip("/") + reverse("simulator:nation_authorize"),
            "token_endpoint": f"{base}/token",
            "userinfo_endpoint": f"{base}/userinfo",
            "jwks_uri": f"{base}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


@stand_in
def keys(request: HttpRequest) -> JsonResponse:
    """Return the fake provider's public key as JWKS, for checking tokens."""
    public = jwt.algorithms.OKPAlgorithm.to_jwk(signing_key().public_key(), as_dict=True)
    return JsonResponse({"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": ALGORITHM}]})


@stand_in
def authorize(request: HttpRequest) -> HttpResponse:
    """Show the fake provider's login page, which asks which demo person to sign in as."""
    given = request.GET.dict()
    login = find_login(given.get("client_id", ""))
    back = given.get("redirect_uri", "")
    asked = given.get("response_type") == "code" and given.get("code_challenge_method") == "S256"
    if login is None or not is_our_callback(login, back, request) or not asked or not given.get("code_challenge"):
        return render(request, "simulator/nation.html", {"people": []}, status=400)
    state = {"state": given.get("state", "")}
    who = given.pop("who", "")
    if who in PEOPLE:
        kept = [given[name] for name in ("client_id", "redirect_uri", "code_challenge")]
        code = signing.dumps([who, given.get("nonce", ""), *kept], salt=CODE)
        return HttpResponseRedirect(f"{back}?{urlencode({**state, 'code': code})}")
    people = [(person, urlencode({**given, "who": person.key})) for person in PEOPLE.values()]
    away = f"{back}?{urlencode({**state, 'error': 'access_denied'})}"
    return render(request, "simulator/nation.html", {"people": people, "away": away})


@stand_in
def token(request: HttpRequest) -> JsonResponse:
    """Return an identity token in exchange for a code, if client secret and PKCE verifier are right."""
    given = request.POST
    login = find_login(given.get("client_id", ""))
    try:
        who, nonce, client, back, challenge = signing.loads(given.get("code", ""), salt=CODE, max_age=CODE_SECONDS)
    except (signing.BadSignature, ValueError):
        return JsonResponse({"error": "invalid_grant"}, status=400)
    secret = (login.secrets or {}).get("client", "") if login is not None else ""
    if not secret or not hmac.compare_digest(secret.encode(), given.get("client_secret", "").encode()):
        return JsonResponse({"error": "invalid_client"}, status=401)
    made = urlsafe_b64encode(sha256(given.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
    if (client, back, challenge) != (given.get("client_id"), given.get("redirect_uri"), made):
        return JsonResponse({"error": "invalid_grant"}, status=400)
    now = int(time.time())
    issued = request.build_absolute_uri(reverse("simulator:nation"))
    claims = {"iss": issued, "aud": client, "sub": who, "nonce": nonce, "iat": now, "exp": now + TOKEN_SECONDS}
    signed = jwt.encode({**claims, "acr": "demo"}, signing_key(), algorithm=ALGORITHM, headers={"kid": KEY_ID})
    access = signing.dumps(who, salt=TOKEN)
    return JsonResponse(
        {"access_token": access, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "id_token": signed}
    )


@stand_in
def userinfo(request: HttpRequest) -> JsonResponse:
    """Return the profile of the demo person whom the access token belongs to."""
    kind, _blank, given = request.headers.get("authorization", "").partition(" ")
    try:
        who: Any = signing.loads(given if kind == "Bearer" else "", salt=TOKEN, max_age=TOKEN_SECONDS)
    except signing.BadSignature:
        return JsonResponse({"error": "invalid_token"}, status=401)
    return JsonResponse({"sub": who, "name": PEOPLE[who].name})
