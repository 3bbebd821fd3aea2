"""Set ``request.sign_in`` and ``request.contact``, looked up at most once when first read; None for strangers.

A page that read them and found a person may show personal data, so it is not cached.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject

from kesher.accounts.models import SignIn
from kesher.accounts.session_cookie import contact_of, find_sign_in

Handler = Callable[[HttpRequest], HttpResponse]


def contact_of_cookie(get_response: Handler) -> Handler:
    """Set `request.sign_in` and `request.contact`, read lazily by the cookie; such pages are not cached."""

    def middleware(request: HttpRequest) -> HttpResponse:
        """Set the lazy attributes ``sign_in`` and ``contact`` of the request, and handle it."""
        known: list[SignIn] = []

        def look() -> SignIn | None:
            """Return the sign-in of the request's cookie, looked up once."""
            found = find_sign_in(request)
            known.extend([found] if found else [])
            return found

        request.sign_in = SimpleLazyObject(look)  # type: ignore[attr-defined]
        request.contact = SimpleLazyObject(lambda: contact_of(request))  # type: ignore[attr-defined]
        response = get_response(request)
        if known and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return middleware
