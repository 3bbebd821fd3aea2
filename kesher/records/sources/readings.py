"""Dataclasses of a reading of record sources (what to ask, what came back, its status), and their JSON in the cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from kesher.records.sources.base import Info, Reading, Row, Subject

Status = Literal["ok", "partial", "stale", "error", "off", "no_consent", "level", "waiting"]
Gate = Literal["", "off", "no_consent", "level"]
SHOWN_STATUSES: frozenset[Status] = frozenset(("ok", "partial", "stale"))
FAILED_STATUSES: frozenset[Status] = frozenset(("error", "stale", "partial", "waiting"))


@dataclass(frozen=True, slots=True)
class Order:
    """One source to read for one person.

    ``gate``: why it is not read at all; ``key``: of the cached reading; ``rest_until``: when it may be asked again, as
    other processes saw it (seconds since 1970); ``failing``: its last read failed, whoever asked.
    """

    pk: int
    info: Info
    adapter: str
    key: str = ""
    gate: Gate = ""
    ttl: float = 300
    stale_ttl: float = 86_400
    rest_until: float = 0
    failing: bool = False
    ask: bool = True  # False: only show the cached reading (another source is tried again)

    @property
    def code(self) -> str:
        """Return the code of the source to read."""
        return self.info.code


@dataclass(frozen=True, slots=True)
class Plan:
    """All sources to read for one person."""

    agency_id: int
    subject: Subject
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class CachedReading:
    """A reading from the cache."""

    reading: Reading
    read_at: datetime
    fresh: bool

    @property
    def as_of(self) -> datetime:
        """Return the date that the source gave its data, else when it was read."""
        return self.reading.as_of or self.read_at


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one read: a reading or an error. It is for the desk, and holds nothing of the person."""

    order: Order
    read_at: datetime
    seconds: float
    reading: Reading | None = None
    code: str = ""
    error: str = ""
    rest_until: float = 0


@dataclass(frozen=True, slots=True)
class Envelope:
    """What one source gave. If ``final`` is False, a newer one may follow at once."""

    code: str
    status: Status
    rows: tuple[Row, ...] = ()
    as_of: datetime | None = None
    missing: tuple[str, ...] = ()
    why: str = ""
    final: bool = True


CachedReadings = Mapping[str, CachedReading]


@dataclass(slots=True)
class PlanResult:
    """The latest envelope of each source of a plan, and the outcomes of the real reads, to be cached."""

    envelopes: dict[str, Envelope] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    def all(self) -> list[Envelope]:
        """Return the latest envelope (result) of each source."""
        return list(self.envelopes.values())


DAYS = ("due", "starts", "ends")


def reading_to_json(reading: Reading) -> dict[str, Any]:
    """Return a reading (what a source has of a person) as JSON data for the cache."""
    return {
        "rows": [row_to_json(row) for row in reading.rows],
        "missing": list(reading.missing),
        "as_of": reading.as_of.isoformat() if reading.as_of else None,
    }


def row_to_json(row: Row) -> dict[str, str]:
    """Return a record as JSON data, only with the fields that differ from an empty row."""
    blank = Row(key="", title="")
    names = [name for name in Row.__slots__ if getattr(row, name) != getattr(blank, name)]
    return {name: str(getattr(row, name)) for name in names}


def reading_from_json(kept: dict[str, Any]) -> Reading:
    """Return the reading that `reading_to_json` wrote. Raise KeyError or ValueError for other data."""
    as_of = datetime.fromisoformat(kept["as_of"]) if kept["as_of"] else None
    return Reading(tuple(row_from_json(row) for row in kept["rows"]), tuple(kept["missing"]), as_of)


def row_from_json(kept: dict[str, str]) -> Row:
    """Return the record that `row_to_json` wrote."""
    values: dict[str, Any] = dict(kept)
    for name in DAYS:
        if name in values:
            values[name] = date.fromisoformat(values[name])
    if "amount" in values:
        values["amount"] = Decimal(values["amount"])
    return Row(**values)
