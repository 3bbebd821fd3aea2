"""The Hebrew calendar's arithmetic: Reingold and Dershowitz, Calendrical Calculations (4th edition), chapter 8."""

from __future__ import annotations

from datetime import date
from typing import Final

NISAN, IYAR, SIVAN, TAMMUZ, AV, ELUL, TISHRI, HESHVAN, KISLEV, TEVET, SHEVAT, ADAR, ADAR_SECOND = range(1, 14)
_EPOCH: Final = -1373427  # 1 Tishri of the year 1, as an ordinal of the proleptic Gregorian calendar
_SHORT: Final = frozenset({IYAR, TAMMUZ, ELUL, TEVET, ADAR_SECOND})


def is_leap(year: int) -> bool:
    """Return whether a Hebrew year has thirteen months."""
    return (7 * year + 1) % 19 < 7


def _elapsed(year: int) -> int:
    """Return the days from the epoch to the new year, with the postponements that depend on its own molad."""
    months = (235 * year - 234) // 19
    parts = 12084 + 13753 * months
    days = 29 * months + parts // 25920
    return days + 1 if 3 * (days + 1) % 7 < 3 else days


def _new_year(year: int) -> int:
    """Return the ordinal of 1 Tishri."""
    before, this, after = _elapsed(year - 1), _elapsed(year), _elapsed(year + 1)
    late = 2 if after - this == 356 else 1 if this - before == 382 else 0
    return _EPOCH + this + late


def month_length(year: int, month: int) -> int:
    """Return the days of a Hebrew month (Nisan is 1, Tishri 7, Adar 12, the second Adar 13)."""
    days = _new_year(year + 1) - _new_year(year)
    if month in _SHORT or (month == ADAR and not is_leap(year)):
        return 29
    if month == HESHVAN:
        return 30 if days % 10 == 5 else 29
    if month == KISLEV:
        return 29 if days % 10 == 3 else 30
    return 30


def to_date(year: int, month: int, day: int) -> date | None:
    """Return the date of a Hebrew one (its daylight); None where the year has no such day."""
    if month == ADAR_SECOND and not is_leap(year):
        month = ADAR
    if not 1 <= day <= month_length(year, month):
        return None
    order = [*range(TISHRI, 13 + is_leap(year)), *range(NISAN, TISHRI)]
    before = sum(month_length(year, one) for one in order[: order.index(month)])
    return date.fromordinal(_new_year(year) + before + day - 1)


def year_of(day: date) -> int:
    """Return the Hebrew year in which a date lies."""
    year = day.year + 3761
    return year if day.toordinal() >= _new_year(year) else year - 1
