"""Large letters on every page, by a cookie: pages of strangers know nobody's wishes, and ask the database nothing."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse

COOKIE = "kesher_text"
SECONDS = 365 * 24 * 3600


def set_text_size_cookie[Response: HttpResponse](response: Response, *, large: bool) -> Response:
    """The browser remembers it, or forgets it. Returns the response."""
    if large:
        response.set_cookie(COOKIE, "large", max_age=SECONDS, httponly=True, samesite="Lax", secure=settings.HTTPS)
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
