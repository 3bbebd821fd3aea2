"""When a digest is due: pure arithmetic over the agency's calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from kesher.agencies.business_hours import is_quiet, working_hours_of
from kesher.agencies.models import Agency
from kesher.following.models import Following

MORNING: Final = timedelta(hours=4)  # of a working day, from its opening


def local_day(agency: Agency, at: datetime) -> date:
    """Return the agency's date at a moment."""
    return at.astimezone(ZoneInfo(agency.timezone)).date()


def is_morning(agency: Agency, at: datetime) -> bool:
    """Return whether it is the morning of one of the agency's working days, outside quiet hours."""
    if is_quiet(agency, at):
        return False
    first = working_hours_of(agency, local_day(agency, at))[:1]
    return any(opens <= at < min(closes, opens + MORNING) for opens, closes in first)


def first_day(frequency: str, day: date) -> date:
    """Return the first day of the period with this day: the day itself, or the Sunday of its week."""
    return day if frequency == Following.Frequency.DAILY else day - timedelta(days=(day.weekday() + 1) % 7)
