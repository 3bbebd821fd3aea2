"""``request.sign_in`` and ``request.contact``: looked up when a page first asks, at most once; None for strangers."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from kesher.accounts.cookie import contact_of, find

Handler = Callable[[HttpRequest], HttpResponse]


def contact_of_cookie(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponse:
        request.sign_in = SimpleLazyObject(lambda: find(request))  # type: ignore[attr-defined]
        request.contact = SimpleLazyObject(lambda: contact_of(request))  # type: ignore[attr-defined]
        return get_response(request)

    return middleware
