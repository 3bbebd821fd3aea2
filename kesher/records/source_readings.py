"""Dataclasses of a reading of record sources: what to ask, what came back, and its status.

The status of an envelope: ok; partial (a part did not come); stale (an older reading, since there is no new one);
error; off (switched off); no_consent; level (the person must prove more); waiting (not yet).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from kesher.records.base import Info, Reading, Row, Subject

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
