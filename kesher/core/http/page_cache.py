"""Declare public pages that many visitors share: `server.lanes.shared_pages` makes each at most once a second.

A view under `shared_page` declares which parts of the query its page depends on. It sees nothing else of the visitor's
request: no cookie, address or header can get into a page that others see.

Such a page has no CSRF token; `core.middleware.accept_own_forms` checks where its forms come from (ADR 0016).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.cache import patch_vary_headers

type View = Callable[..., HttpResponse]

# A browser asks each time whether its copy still holds; a proxy in front may answer for a second.
CACHE_CONTROL = "public, max-age=0, s-maxage=1, must-revalidate"
VARY = ("Accept-Language", "Cookie", "HX-Request")
FLAG = "kesher.shared_page"  # in the ASGI scope and the WSGI environ, where no client can set it


@dataclass(frozen=True, slots=True)
class Sharing:
    """What a view declares: the parameters that its page depends on, and those with which it is not shared."""

    query: frozenset[str]
    unless: frozenset[str]


def shared_page(*query: str, unless: tuple[str, ...] = ()) -> Callable[[View], View]:
    """Return a decorator of a view whose page is the same for all visitors whom we do not know.

    The page depends on the parameters ``query`` and, with one of ``unless``, is not shared (a search that is recorded).
    The view sees no others, so that a forgotten one is noticed.
    """
    sharing = Sharing(frozenset(query), frozenset(unless))
    declared = sharing.query | sharing.unless

    def decorate(view: View) -> View:
        """Return the view with its declaration as the attribute ``sharing``."""

        @wraps(view)
        def shared(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            """Make the page, and say in its headers how it may be cached."""
            if not declared.issuperset(request.GET):
                request.GET = keep_declared(request.GET, declared)  # type: ignore[assignment]  # a copy
            response = view(request, *args, **kwargs)
            patch_vary_headers(response, VARY)
            if is_shared(request):
                response.headers.setdefault("Cache-Control", CACHE_CONTROL)
            return response

        shared.sharing = sharing  # type: ignore[attr-defined]
        return shared

    return decorate


def keep_declared(given: QueryDict, declared: frozenset[str]) -> QueryDict:
    """Return a request's parameters without those that the view does not declare."""
    kept = given.copy()
    for name in set(kept) - declared:
        del kept[name]
    return kept


def is_shared(request: HttpRequest) -> bool:
    """Return whether the page that is being made goes to everybody whom we do not know."""
    return bool(request.META.get(FLAG))
