"""The public views of an initiative that are answered from a cache: its live numbers, and its share picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Agency
from kesher.initiatives.models import Initiative

COUNT_SECONDS, CARD_SECONDS = 1, 600
type View = Callable[[AgencyRequest, str], HttpResponse]
type Unknown = Callable[[AgencyRequest], HttpResponse]


def build_count_view(
    app: str, read: Callable[[str], Any], *, name: str, parts: tuple[str, ...], unknown: Unknown
) -> View:
    """Return the view of the live part of an app's page, with what ``read`` returns of a code, cached for a second.

    ``name``: what the template calls it. ``parts``: the fragments of the page; the query may name another than the
    first. ``unknown``: the view where ``read`` returns None. The page asks once more a little later, so that its last
    number is right.
    """

    @require_GET
    def count(request: AgencyRequest, code: str) -> HttpResponse:
        """Render a fragment of the page with the current numbers."""
        found = get_cached(f"{app}:count:{request.agency.pk}:{code[:8]}", COUNT_SECONDS, lambda: read(code))
        if found is None:
            return unknown(request)
        part = next((part for part in parts if part in request.GET), parts[0])
        response = render(request, f"{app}/detail.html#{part}", {name: found})
        response["Cache-Control"] = f"private, max-age={COUNT_SECONDS}"
        return response

    return count


def build_card_view[Found: Initiative](
    find: Callable[[str], Found | None], draw: Callable[[Agency, Found], bytes], *, unknown: Unknown
) -> View:
    """Return the view of the share picture of the initiative that ``find`` returns, drawn once in ten minutes.

    It is looked up each time: what the public may no longer read has no picture either.
    """

    @require_GET
    def card(request: AgencyRequest, code: str) -> HttpResponse:
        """Return the share picture as PNG."""
        found = find(code)
        if found is None:
            return unknown(request)
        key = f"{found._meta.app_label}:card:{found.pk}"
        drawn = get_cached(key, CARD_SECONDS, lambda: draw(request.agency, found))
        response = HttpResponse(drawn, content_type="image/png")
        response["Cache-Control"] = f"public, max-age={CARD_SECONDS}"
        return response

    return card


def get_cached[Value](key: str, seconds: int, make: Callable[[], Value | None]) -> Value | None:
    """Return the cached value of this key and language, else what ``make`` returns, stored unless it is None."""
    key = f"{key}:{get_language()}"
    found: Value | None = cache.get(key)
    if found is None:
        found = make()
        if found is not None:
            cache.set(key, found, seconds)
    return found
