"""Confirmation pages: the browser that did something is thanked for an hour; whoever else opens the address is not."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

SALT = "kesher.confirmation"
SECONDS = 3600


def remember_done[Response: HttpResponseBase](response: Response, verb: str, subject: str, result: str) -> Response:
    """Note in the browser what it did: ``verb`` on ``subject`` (its code), with ``result`` (a receipt, a number)."""
    response.set_cookie(
        cookie_name(verb, subject),
        signing.dumps(result, salt=f"{SALT}:{verb}:{subject}"),
        max_age=SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )
    return response


def find_done(request: HttpRequest, verb: str, subject: str) -> str | None:
    """Return what came of ``verb`` on ``subject`` in this browser; None where it was not done here within the hour."""
    try:
        kept = signing.loads(
            request.COOKIES.get(cookie_name(verb, subject), ""), salt=f"{SALT}:{verb}:{subject}", max_age=SECONDS
        )
    except signing.BadSignature:
        return None
    return str(kept)


def cookie_name(verb: str, subject: str) -> str:
    return f"done-{verb}-{subject}"
