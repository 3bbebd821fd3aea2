"""A text as it is read for dates: its tokens, the day it is read on, and which of several years' days is meant."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Final, NamedTuple

from kesher.language.quantities import hebrew_calendar
from kesher.language.quantities.tokens import Token

# Without a year the nearest date is meant, seen from today: this many days on the side that is less likely.
_OTHER_SIDE: Final = 90
YEAR_DAYS: Final = 365


class Kind(Enum):
    """How a date is said: as a day of the calendar, as a weekday, as a whole week, or relative to today."""

    EXACT = "exact"
    WEEKDAY = "weekday"
    WEEK = "week"
    RELATIVE = "relative"


class SaidDate(NamedTuple):
    """A date at the tokens from ``first`` to before ``after``."""

    first: int
    after: int
    day: date
    kind: Kind
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class DateText:
    """A text, its tokens, and the day from which it is read."""

    text: str
    said: list[Token]
    today: date
    past: bool

    def plain(self, place: int) -> str:
        """Return the normalised word at a place; "" past either end."""
        return self.said[place].plain if 0 <= place < len(self.said) else ""

    def found(self, first: int, after: int, day: date, kind: Kind) -> SaidDate:
        """Return a date that covers whole tokens."""
        return SaidDate(first, after, day, kind, (self.said[first].start, self.said[after - 1].end))

    def nearest(self, days: Iterable[date | None]) -> date | None:
        """Return the one of several years' days that is meant, seen from today."""
        back = YEAR_DAYS - _OTHER_SIDE if self.past else _OTHER_SIDE
        earliest = self.today - timedelta(back)
        return next((day for day in days if day and earliest <= day < earliest + timedelta(YEAR_DAYS)), None)

    def in_month(self, day: int, month: int, year: int | None) -> date | None:
        """Return a day of the Gregorian calendar, of the nearest year if none is said; None if there is none."""
        if year is not None:
            return to_gregorian(year, month, day)
        return self.nearest(to_gregorian(self.today.year + more, month, day) for more in (-1, 0, 1))

    def in_hebrew_month(self, day: int, month: int, year: int | None) -> date | None:
        """Return a day of the Hebrew calendar, of the nearest year if none is said; None if there is none."""
        if year is not None:
            return hebrew_calendar.to_date(year, month, day)
        this = hebrew_calendar.year_of(self.today)
        return self.nearest(hebrew_calendar.to_date(this + more, month, day) for more in (-1, 0, 1))

    def of_this_month(self, day: int) -> date | None:
        """Return the nearest date that is that day of its month: the last one if the text reports, else the next."""
        first = self.today.replace(day=1)
        months = (months_later(first, more) for more in ((0, -1) if self.past else (0, 1)))
        days = [to_gregorian(month.year, month.month, day) for month in months]
        return next((one for one in days if one and (one <= self.today if self.past else one >= self.today)), None)


def to_gregorian(year: int, month: int, day: int) -> date | None:
    """Return a date; None if the calendar has none such."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def months_later(day: date, months: int) -> date:
    """Return the same day of another month, or that month's last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
