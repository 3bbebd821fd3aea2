"""Public views of the counts (JSON) and rows (CSV) of an action, and their operations of the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypedDict

from django.core.cache import cache
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from kesher.core.api.api_operations import Operation, api_view
from kesher.core.api.json_api import error_response
from kesher.participation.action_kinds import PublicData, get_kind
from kesher.participation.models import Action
from kesher.participation.open_data_document import build_document, rows_path

JSON_SECONDS, CSV_SECONDS = 60, 3600


def build_views[Request: HttpRequest](
    meant: Callable[[Request, str], Action | None],
) -> tuple[Callable[..., HttpResponseBase], Callable[..., HttpResponseBase]]:
    """Return a feature's two public views of an action: its counts as JSON, and its participations as CSV.

    ``meant`` finds the action for the number on the page, None where there is none.
    """

    @api_view(COUNTS)
    def counts(request: Request, code: str) -> HttpResponse:
        """Answer with the public counts of the action of this code as JSON."""
        return counts_json(meant(request, code), code)

    @api_view(ROWS)
    def rows(request: Request, code: str) -> HttpResponseBase:
        """Answer with the public rows of the action of this code as a CSV file."""
        return rows_file(request, meant(request, code), code)

    return counts, rows


def find_public_data(action: Action) -> tuple[Action, PublicData] | None:
    """Return (the action that people mean by this one's code, its public data); None if nothing is public."""
    meant = get_kind(action).counted_action(action)
    told = get_kind(meant).public_data(meant) if meant is not None else None
    return (meant, told) if meant is not None and told is not None else None


def public_document(action: Action, told: PublicData, code: str) -> dict[str, Any]:
    """Return the public JSON document of an action, under the code that people know."""
    found = build_document(action, told.names, told.attributes)
    return {"data": {**found["data"], "id": int(code)}}


def counts_json(action: Action | None, code: str) -> HttpResponse:
    """Answer with an action's counts as JSON in the shape of British petitions; 404 or 409 if there are none.

    ``code``: the number on the page.
    """
    if action is None:
        return unknown()
    key = f"participation:open:{action.pk}:{get_language()}"
    body: str | None = cache.get(key)
    if body is None:
        told = get_kind(action).public_data(action)
        if told is None:
            return not_public()
        body = json.dumps(public_document(action, told, code), ensure_ascii=False)
        cache.set(key, body, JSON_SECONDS)
    response = HttpResponse(body, content_type="application/json")
    response["Cache-Control"] = f"public, max-age={JSON_SECONDS}"
    return response


def rows_file(request: HttpRequest, action: Action | None, code: str) -> HttpResponseBase:
    """Return the CSV file of an action's participations that the worker wrote last; 503 before the first time."""
    if action is None:
        return unknown()
    told = get_kind(action).public_data(action)
    if told is None or not told.rows:
        return not_public()
    path = rows_path(action)
    try:
        at = int(path.stat().st_mtime)
        if (same := get_conditional_response(request, last_modified=at)) is not None:
            return same
        response = FileResponse(path.open("rb"), filename=f"{code}.csv", as_attachment=True, content_type="text/csv")
    except FileNotFoundError:
        later = error_response(
            {"__all__": [gettext("The rows are written once a day. Please try again in an hour.")]}, 503
        )
        later["Retry-After"] = str(CSV_SECONDS)
        return later
    response["Last-Modified"] = http_date(at)
    response["Cache-Control"] = f"public, max-age={CSV_SECONDS}"
    return response


def unknown() -> HttpResponse:
    """Return the JSON response 404: there is no action with this number."""
    return error_response({"code": [gettext("There is nothing with this number.")]}, 404)


def not_public() -> HttpResponse:
    """Return the JSON response 409: the numbers of this action are not public now."""
    return error_response(
        {"__all__": [gettext("These numbers are not public now. They are when the vote is over.")]}, 409
    )


class OpenDataDocument(TypedDict):
    """What is public of an initiative and its counts."""

    type: str
    id: int
    attributes: dict[str, Any]


class OpenDataAnswer(TypedDict):
    """What is public of an initiative and its counts."""

    data: OpenDataDocument


COUNTS = Operation(
    title=_("Download the counts, in the shape of the British petitions."),
    answers={200: OpenDataAnswer},
    errors=(409,),
)
ROWS = Operation(
    title=_("Download a row for each person who took part, without anything that leads to them."),
    answers={200: "text/csv", 304: None},
    errors=(409, 503),
)
