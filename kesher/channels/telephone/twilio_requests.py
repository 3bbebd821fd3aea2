"""Requests in Twilio's format, as its text messages and its calls have them: form fields, and their signature."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from kesher.channels.base import AccountInfo, BadSignature, Request

FORM = "application/x-www-form-urlencoded"
SIGNATURE = "x-twilio-signature"
SIGNATURE_SETTINGS = "x-twilio-webhooks-signature-settings"
ALGORITHMS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
PORT = re.compile(r":\d+$")


def verify_form(request: Request, account: AccountInfo) -> None:
    """Raise BadSignature unless one of the account's secrets signed the URL and form fields (Twilio's scheme)."""
    claimed = request.headers.get(SIGNATURE, "").encode()
    algorithm = ALGORITHMS.get(signature_algorithm(request.headers.get(SIGNATURE_SETTINGS, "")))
    if not claimed or algorithm is None:
        raise BadSignature("no signature that we know how to check")
    fields = parse_form(request.body)
    good = False
    # Always try every secret and both URLs, so that the time reveals nothing.
    for secret in filter(None, account.secrets):
        for url in port_variants(signed_url(request, account)):
            good |= hmac.compare_digest(signature(secret, url, fields, algorithm).encode(), claimed)
    if not good:
        raise BadSignature("the signature does not fit")


def parse_form(body: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form in order, blank ones too. Never raise."""
    text = body.decode("utf-8", "replace")
    return parse_qsl(text, keep_blank_values=True)


def signature_algorithm(settings: str) -> str:
    """Return the hash algorithm that a secret names (``key=…,algorithm=…``), else HMAC_SHA1."""
    for part in settings.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return "HMAC_SHA1"


def signature(secret: str, url: str, fields: Iterable[tuple[str, str]], algorithm: str) -> str:
    """Return the signature of a webhook: a base64 HMAC over its URL and sorted fields, each pair once.

    Source: twilio.com/docs/usage/webhooks/webhooks-security.
    """
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(secret.encode(), signed.encode("utf-8", "replace"), algorithm).digest()
    return base64.b64encode(digest).decode()


def signed_url(request: Request, account: AccountInfo) -> str:
    """Return the URL that the provider signed: our public one with the query; never built from the Host header."""
    if request.url or not request.query:
        return request.url or account.public_url
    return f"{account.public_url}?{request.query}"


def port_variants(url: str) -> tuple[str, str]:
    """Return a URL without and with its port: the provider's back ends sign either."""
    parts = urlsplit(url)
    bare = PORT.sub("", parts.netloc)
    port = parts.netloc[len(bare) :] or (":443" if parts.scheme == "https" else ":80")
    rest = url[len(parts.scheme) + 3 + len(parts.netloc) :]
    return f"{parts.scheme}://{bare}{rest}", f"{parts.scheme}://{bare}{port}{rest}"
