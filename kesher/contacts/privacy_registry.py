"""Registry of the personal data that each app stores, and of how it is exported and erased.

An app registers in its ``apps.py:ready()``. `tests/test_structure_holdings.py` checks that no table with personal data
is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from kesher.core.models import Attachment

Ids = Sequence[int]


def find_nothing(ids: Ids) -> list[Any]:
    """Return [] as the obstacles or files of a kind of data that has none."""
    return []


def erase_nothing(ids: Ids) -> None:
    """Do nothing, as the erasure of tables without personal text."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of personal data that is stored. All functions get the ids of a person's contacts.

    ``tables``: the models that it covers. ``rows``: what is shown to the person, with ``fields`` {column: title}.
    ``erase``: removes the person from the rows and leaves stubs. ``keeps``: what stays and why, in plain words, ""
    where nothing does. ``waits``: the reasons why erasure has to wait. ``files``: the files that they sent.
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
    """Register a kind of personal data; one of the same name is replaced."""
    HOLDINGS[holding.name] = holding


def sorted_holdings() -> list[Holding]:
    """Return all registered kinds of personal data in the order in which they are exported and erased."""
    return sorted(HOLDINGS.values(), key=lambda holding: (holding.order, holding.name))


def read_rows(holding: Holding, ids: Ids) -> list[dict[str, Any]]:
    """Return these contacts' rows of one kind of personal data as {column: value}, oldest first, for the export."""
    return list(holding.rows(ids).order_by("pk").values(*holding.fields))


def find_obstacles(ids: Ids) -> list[str]:
    """Return the reasons why erasing this person needs a decision by staff; [] for none."""
    return [str(reason) for holding in sorted_holdings() for reason in holding.waits(ids)]
