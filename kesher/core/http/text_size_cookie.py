"""Cookie that remembers a visitor's choice of large text."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse

COOKIE = "kesher_text"
SECONDS = 365 * 24 * 3600


def set_text_size_cookie[Response: HttpResponse](response: Response, *, large: bool) -> Response:
    """Set (or, if not `large`, delete) the cookie for large text, and return the response."""
    if large:
        response.set_cookie(COOKIE, "large", max_age=SECONDS, httponly=True, samesite="Lax", secure=settings.HTTPS)
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
