"""What is asked, and what came of it: plain dataclasses between the database, the runner and whoever shows it.

An envelope's status: ok; partial (some of it did not come); stale (an older answer, since the source does not give a
new one); error; off (switched off); no_consent; level (the person must show better who he is); waiting (not yet).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from kesher.records.base import Info, Reading, Row, Subject

Status = Literal["ok", "partial", "stale", "error", "off", "no_consent", "level", "waiting"]
Gate = Literal["", "off", "no_consent", "level"]
SHOWN: frozenset[Status] = frozenset(("ok", "partial", "stale"))
FAILED: frozenset[Status] = frozenset(("error", "stale", "partial", "waiting"))


@dataclass(frozen=True, slots=True)
class Order:
    """One source to be read for one person. ``gate``: why it is not read at all; ``key``: under which the answer is
    kept; ``rest_until``: when other processes let it be asked again (seconds since 1970); ``failing``: it gave nothing
    when it was asked last, whoever asked."""

    pk: int
    info: Info
    adapter: str
    key: str = ""
    gate: Gate = ""
    ttl: float = 300
    stale_ttl: float = 86_400
    rest_until: float = 0
    failing: bool = False
    ask: bool = True  # False: only what is kept is shown (another source is being tried again)

    @property
    def code(self) -> str:
        return self.info.code


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is asked for one person at once."""

    agency_id: int
    subject: Subject
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer of earlier."""

    reading: Reading
    read_at: datetime
    fresh: bool

    @property
    def as_of(self) -> datetime:
        return self.reading.as_of or self.read_at


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one read went: a reading, or how it failed (for the desk: it holds nothing of the person)."""

    order: Order
    read_at: datetime
    seconds: float
    reading: Reading | None = None
    code: str = ""
    error: str = ""
    rest_until: float = 0


@dataclass(frozen=True, slots=True)
class Envelope:
    """What one source gave. ``final`` False: a newer one may follow at once."""

    code: str
    status: Status
    rows: tuple[Row, ...] = ()
    as_of: datetime | None = None
    missing: tuple[str, ...] = ()
    why: str = ""
    final: bool = True


Shelf = Mapping[str, Kept]


@dataclass(slots=True)
class Answered:
    """All envelopes of a plan by their source, the latest each; and what was really read, to be kept."""

    envelopes: dict[str, Envelope] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    def all(self) -> list[Envelope]:
        return list(self.envelopes.values())
