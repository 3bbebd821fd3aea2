"""The API's list of initiatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import JsonResponse

from kesher.agencies.base_url import absolute
from kesher.agencies.middleware import AgencyRequest
from kesher.core.ui.list_search import page_number

PAGE = 50
FILTERS = ("state", "q")


def list_response(request: AgencyRequest, rows: Any, data: Callable[[Any], dict[str, Any]]) -> JsonResponse:
    """Return the requested page of these rows as JSON, with links to itself and its neighbours by the same filters."""
    page = page_number(request.GET)
    first = (page - 1) * PAGE
    found = list(rows[first : first + PAGE + 1])

    def link(to: int) -> str:
        """Return the URL of another page of the same list."""
        asked = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
        return absolute(f"{request.path}?{urlencode({**asked, 'page': to})}")

    links = {
        "self": link(page),
        "prev": link(page - 1) if page > 1 else None,
        "next": link(page + 1) if len(found) > PAGE else None,
    }
    return JsonResponse({"links": links, "data": [data(row) for row in found[:PAGE]]})
