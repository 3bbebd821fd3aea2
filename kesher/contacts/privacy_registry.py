"""What the house holds of a person: every room says so for its own tables, and how they are emptied. Export and erasure
walk this table, so neither knows a room above this floor.

A room registers in its ``apps.py:ready()``; `tests/test_structure_holdings.py` holds that no table with a person in
it is
forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from kesher.core.models import Attachment

Ids = Sequence[int]


def find_nothing(ids: Ids) -> list[Any]:
    return []


def erase_nothing(ids: Ids) -> None:
    """For tables in which no word of the person stands."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of thing that is held. All functions get the ids of a person's contacts.

    ``tables``: the models that it answers for. ``rows``: what is shown to the person, with ``fields`` {column: title}.
    ``erase``: takes the person out of the rows and leaves their stubs. ``keeps``: what stays and why, in plain words,
    "" where nothing does. ``waits``: why erasing has to wait, a reason a line. ``files``: what he sent.
    """

    name: str
    title: Any
    tables: tuple[str, ...]
    rows: Callable[[Ids], QuerySet[Any]]
    fields: Mapping[str, Any]
    erase: Callable[[Ids], None] = erase_nothing
    keeps: Any = ""
    waits: Callable[[Ids], Iterable[str]] = field(default=find_nothing)
    files: Callable[[Ids], Iterable[Attachment]] = field(default=find_nothing)
    order: int = 50


HOLDINGS: dict[str, Holding] = {}


def register(holding: Holding) -> None:
    """Adds a kind of thing; the same name again replaces it."""
    HOLDINGS[holding.name] = holding


def sorted_holdings() -> list[Holding]:
    return sorted(HOLDINGS.values(), key=lambda holding: (holding.order, holding.name))


def read_rows(holding: Holding, ids: Ids) -> list[dict[str, Any]]:
    """The rows as plain values under the names of their columns, oldest first."""
    return list(holding.rows(ids).order_by("pk").values(*holding.fields))


def find_obstacles(ids: Ids) -> list[str]:
    """Why erasing this person has to wait for somebody's decision; [] where nothing stands in the way."""
    return [str(reason) for holding in sorted_holdings() for reason in holding.waits(ids)]
