"""The contract between Kesher and the places that hold what is a citizen's: plain dataclasses, no Django, no database.

A source reads what one person has in one system. It is told the addresses that this person proved and how well, his
name and his language, and nothing else. What it returns is checked (`sound`) before anybody sees it: a source that
sends garbage harms its own section of the page, and no other.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kesher.channels.base import Check as Check  # noqa: PLC0414 (re-exported: a word of this contract)
from kesher.channels.base import Client as Client  # noqa: PLC0414

# What a row may be about; a source may name others, which are shown as they are.
KINDS = (
    "bill",
    "fine",
    "insurance",
    "permit",
    "loan",
    "booking",
    "request",
    "petition",
    "purchase",
    "benefit",
    "other",
)
STATUSES = ("open", "paid", "due", "overdue", "active", "ended", "waiting", "missing", "")
NUMBER = "id"
MAX_ROWS = 500
MAX_TEXT = 400
JOINERS = "\u200c\u200d\u200e\u200f"  # unseen, but words and faces fall apart without them


class SourceError(Exception):
    """A read that did not work. ``code``: network, refused, garbage, limit, settings. The text is for the desk's eyes
    and holds nothing of the person; citizens see only that the source did not answer."""

    def __init__(self, message: str, *, code: str = "error") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is a person's. ``key`` names it within its source and stays the same from read to read;
    ``explanation`` says in plain words what it is; ``branch`` says it in a word on which sources agree ("home",
    "health.surgery"), however each titles it. Days are calendar days of the agency's place."""

    key: str
    title: str
    kind: str = "other"
    status: str = ""
    amount: Decimal | None = None
    currency: str = "ILS"
    due: date | None = None
    starts: date | None = None
    ends: date | None = None
    provider: str = ""
    url: str = ""
    explanation: str = ""
    number: str = ""  # as people and papers call it: a policy's, a bill's
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Proven:
    """An address that this person proved to be his. ``assurance`` 1: his channel vouches, 2: a code, 3: the state.
    Of a ward, who has none, the scheme is `NUMBER`: his number, as a clerk saw it in his papers."""

    scheme: str
    address: str
    assurance: int


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose things are read: what a source may know of him, and no more."""

    addresses: tuple[Proven, ...]
    name: str = ""
    lang: str = "he"

    def address(self, scheme: str, assurance: int = 0) -> str:
        """His best proved address of this scheme, or ""."""
        found = [one for one in self.addresses if one.scheme == scheme and one.assurance >= assurance]
        return max(found, key=lambda one: one.assurance).address if found else ""

    def fingerprint(self) -> str:
        """The same for the same person as he is known now. Not reversible by whoever lacks the list of all people;
        what is kept under it is kept under a keyed hash of it (`services.reading_key`)."""
        parts = [f"{one.scheme}:{one.address}:{one.assurance}" for one in sorted(self.addresses, key=repr)]
        return hashlib.sha256("\0".join([self.lang, self.name, *parts]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Info:
    """What an adapter may know of a source: never the row itself. ``secrets`` go out to the source and nowhere else."""

    code: str
    agency_id: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source said. ``missing``: parts of it that did not come, in plain words; ``as_of``: the source's own date,
    where it gives one."""

    rows: tuple[Row, ...] = ()
    missing: tuple[str, ...] = ()
    as_of: datetime | None = None


class Source(ABC):
    """A source's folder holds one subclass, named ``Adapter``, in ``adapter.py``."""

    name: str = ""
    titles: Mapping[str, str] = {}  # {language: what the desk calls it}, in he, ar, ru and en
    stand_in: bool = False  # for trying out and for tests; not for a real agency
    settings: Mapping[str, str] = {}  # what it must or may be told: name -> help text in English
    secrets: Mapping[str, str] = {}  # the same for what is kept encrypted

    @abstractmethod
    async def read(self, subject: Subject, info: Info, client: Client) -> Reading:
        """All that this person has here. Raises SourceError; whatever else it raises is taken for one. It may be
        cancelled at any moment, and must not block the event loop."""

    def check(self, info: Info) -> Sequence[Check]:
        """Is this source well configured? No network here."""
        return ()


def sound(reading: Any) -> Reading:
    """The reading, if it is one that can be shown. Raises SourceError (garbage) for anything else: wrong types, a key
    twice, too many rows, a link that is no web address. Long words are cut."""
    if not isinstance(reading, Reading) or not isinstance(reading.rows, tuple | list):
        raise SourceError("not a reading", code="garbage")
    if len(reading.rows) > MAX_ROWS:
        raise SourceError(f"{len(reading.rows)} rows", code="limit")
    rows = tuple(sound_row(row) for row in reading.rows)
    if len({row.key for row in rows}) != len(rows):
        raise SourceError("two rows with one key", code="garbage")
    if reading.as_of is not None and (not isinstance(reading.as_of, datetime) or reading.as_of.tzinfo is None):
        raise SourceError("a time without a zone", code="garbage")
    return Reading(rows, tuple(clean(part) for part in reading.missing), reading.as_of)


def sound_row(row: Any) -> Row:
    if not isinstance(row, Row):
        raise SourceError("a row that is none", code="garbage")
    words = {name: clean(getattr(row, name)) for name in WORDS}
    if not words["key"] or not words["title"]:
        raise SourceError("a row without a key or a title", code="garbage")
    for name in ("due", "starts", "ends"):
        day = getattr(row, name)
        if day is not None and (not isinstance(day, date) or isinstance(day, datetime)):
            raise SourceError(f"{name} is no day", code="garbage")
    amount = row.amount
    if amount is not None and (not isinstance(amount, Decimal) or not amount.is_finite() or abs(amount) > 10**12):
        raise SourceError("amount is no amount", code="garbage")
    if words["url"] and not words["url"].startswith(("https://", "http://", "/")):
        raise SourceError("a link that is none", code="garbage")
    if len(words["url"]) >= MAX_TEXT or words["url"].startswith("//"):
        words["url"] = ""
    return Row(amount=amount, due=row.due, starts=row.starts, ends=row.ends, **words)


WORDS = tuple(one.name for one in fields(Row) if one.name not in ("amount", "due", "starts", "ends"))


def clean(words: Any) -> str:
    """A text fit to be shown: one line, no control characters, not endless. Raises SourceError for what is none."""
    if not isinstance(words, str):
        raise SourceError("a text that is none", code="garbage")
    kept = words
    if not words.isprintable():
        kept = "".join(letter if letter.isprintable() or letter in JOINERS else " " for letter in words)
    return " ".join(kept.split())[:MAX_TEXT]
