"""The contract of adapters that read a person's records from other systems; no Django, no database.

A source reads what one person has in one system. It gets the addresses that the person proved and how well, their name
and their language, and nothing else. What it returns is checked (`check_reading`) before it is shown: garbage from a
source harms its own section of the page only.
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

# The kinds of rows; a source may name others, which are shown as they are.
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
JOINERS = "\u200c\u200d\u200e\u200f"  # invisible, but needed in words and emoji


class SourceError(Exception):
    """A read that failed. ``code``: network, refused, garbage, limit, settings.

    The message is for the desk and holds nothing of the person. Citizens only see that the source did not answer.
    """

    def __init__(self, message: str, *, code: str = "error") -> None:
        """Set the message for the log, and the ``code`` of what went wrong ("error", "garbage", "settings" …)."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a person.

    ``key`` identifies it within its source, the same from read to read; ``explanation`` says in plain words what it is;
    ``branch`` does so in a word on which sources agree ("home", "health.surgery"), whatever the titles. Days are
    calendar days of the agency.
    """

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
    number: str = ""  # the number on paper: of a policy, of a bill
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Proven:
    """An address that the person proved. ``assurance`` 1: vouched for by the channel, 2: a code, 3: the state.

    A ward has none: the scheme is `NUMBER`, with the identity number that a clerk saw in their papers.
    """

    scheme: str
    address: str
    assurance: int


@dataclass(frozen=True, slots=True)
class Subject:
    """The person whose records are read: all that a source may know of them."""

    addresses: tuple[Proven, ...]
    name: str = ""
    lang: str = "he"

    def address(self, scheme: str, assurance: int = 0) -> str:
        """Return the person's best proved address of this scheme ("tel", "mailto" …), or ""."""
        found = [one for one in self.addresses if one.scheme == scheme and one.assurance >= assurance]
        return max(found, key=lambda one: one.assurance).address if found else ""

    def fingerprint(self) -> str:
        """Return a digest of the person's proved addresses, name and language, for the cache's keys.

        It cannot be reversed without a list of all people, and is stored only as a keyed hash
        (`encryption.reading_key`).
        """
        parts = [f"{one.scheme}:{one.address}:{one.assurance}" for one in sorted(self.addresses, key=repr)]
        return hashlib.sha256("\0".join([self.lang, self.name, *parts]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Info:
    """What an adapter may know of a source. ``secrets`` go to that source only."""

    code: str
    agency_id: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source returned.

    ``missing`` names the parts that did not come, in plain words; ``as_of`` is the source's own date, if it gives one.
    """

    rows: tuple[Row, ...] = ()
    missing: tuple[str, ...] = ()
    as_of: datetime | None = None


class Source(ABC):
    """The base class of a kind of source. Its folder has one subclass, named ``Adapter``, in ``adapter.py``."""

    name: str = ""
    titles: Mapping[str, str] = {}  # {language: name of the kind}, in all four languages
    stand_in: bool = False  # for trying out and for tests; not for a real agency
    settings: Mapping[str, str] = {}  # name -> help text in English
    secrets: Mapping[str, str] = {}  # the same, for settings that are stored encrypted

    @abstractmethod
    async def read(self, subject: Subject, info: Info, client: Client) -> Reading:
        """Return the records that this source has of the person. Raise SourceError; other exceptions count as one.

        It may be cancelled at any moment, and must not block the event loop.
        """

    def check(self, info: Info) -> Sequence[Check]:
        """Return the results of checking the source's settings, made without the network."""
        return ()


def check_reading(reading: Any) -> Reading:
    """Return what an adapter read, with long texts cut. Raise SourceError (garbage) if it cannot be shown.

    That is: wrong types, a key twice, too many rows, a link that is no web address.
    """
    if not isinstance(reading, Reading) or not isinstance(reading.rows, tuple | list):
        raise SourceError("not a reading", code="garbage")
    if len(reading.rows) > MAX_ROWS:
        raise SourceError(f"{len(reading.rows)} rows", code="limit")
    rows = tuple(check_row(row) for row in reading.rows)
    if len({row.key for row in rows}) != len(rows):
        raise SourceError("two rows with one key", code="garbage")
    if reading.as_of is not None and (not isinstance(reading.as_of, datetime) or reading.as_of.tzinfo is None):
        raise SourceError("a time without a zone", code="garbage")
    return Reading(rows, tuple(clean_text(part) for part in reading.missing), reading.as_of)


def check_row(row: Any) -> Row:
    """Return a row that an adapter read, with cleaned texts. Raise SourceError if it cannot be shown."""
    if not isinstance(row, Row):
        raise SourceError("a row that is none", code="garbage")
    words = {name: clean_text(getattr(row, name)) for name in TEXT_FIELDS}
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


TEXT_FIELDS = tuple(one.name for one in fields(Row) if one.name not in ("amount", "due", "starts", "ends"))


def clean_text(words: Any) -> str:
    """Return a text in one line, cut, without control characters. Raise SourceError if it is no string."""
    if not isinstance(words, str):
        raise SourceError("a text that is none", code="garbage")
    kept = words
    if not words.isprintable():
        kept = "".join(letter if letter.isprintable() or letter in JOINERS else " " for letter in words)
    return " ".join(kept.split())[:MAX_TEXT]
