"""Signed cookie that lets only the browser that did something see its "done" page, for an hour."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

SALT = "kesher.confirmation"
SECONDS = 3600


def remember_done[Response: HttpResponseBase](response: Response, verb: str, subject: str, result: str) -> Response:
    """Set a cookie that records the result of this browser's `verb` on `subject`, and return the response.

    `verb` is what was done, `subject` the code of its subject, and `result` what came of it (a receipt, a number).
    """
    response.set_cookie(
        confirmation_cookie(verb, subject),
        signing.dumps(result, salt=f"{SALT}:{verb}:{subject}", compress=True),
        max_age=SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )
    return response


def find_done(request: HttpRequest, verb: str, subject: str) -> str | None:
    """Return the recorded result of `verb` on `subject` if this browser did it within the hour, else None."""
    try:
        kept = signing.loads(
            request.COOKIES.get(confirmation_cookie(verb, subject), ""),
            salt=f"{SALT}:{verb}:{subject}",
            max_age=SECONDS,
        )
    except signing.BadSignature:
        return None
    return str(kept)


def confirmation_cookie(verb: str, subject: str) -> str:
    """Return the name of the cookie that records the result of a verb on a subject."""
    return f"done-{verb}-{subject}"
