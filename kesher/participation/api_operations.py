"""Describe the operations of the API for open data: counts as JSON, rows as CSV."""

from __future__ import annotations

from typing import Any, TypedDict

from django.utils.translation import gettext_lazy as _

from kesher.core.api.api_operations import Operation


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
