"""Compute an agency's working time from its opening hours, the holidays of Israel, and quiet hours.

The week is Sunday to Thursday unless ``Agency.hours`` says otherwise. Answers are aware datetimes in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from kesher.agencies.models import Agency

# Monday is 0. Sunday to Thursday, eight to four, as at most public bodies.
DEFAULT_HOURS = {day: [["08:00", "16:00"]] for day in (6, 0, 1, 2, 3)}
EVE_END = time(13, 0)


@cache
def holiday_dates(year: int) -> frozenset[date]:
    """Return the dates in a year on which public bodies in Israel are closed."""
    return frozenset(holidays.country_holidays("IL", years=year))


def is_holiday(day: date) -> bool:
    """Return whether this day is a public holiday."""
    return day in holiday_dates(day.year)


def working_hours_of(agency: Agency, day: date) -> list[tuple[datetime, datetime]]:
    """Return the agency's (opening, closing) times on a day, in local time, shortened on a holiday's eve."""
    if is_holiday(day):
        return []
    zone = ZoneInfo(agency.timezone)
    eve = is_holiday(day + timedelta(days=1))
    found = []
    for start, end in working_spans(agency, day):
        begins = datetime.combine(day, time.fromisoformat(start), zone)
        ends = datetime.combine(day, time.fromisoformat(end), zone)
        if eve:
            ends = min(ends, datetime.combine(day, EVE_END, zone))
        if ends > begins:
            found.append((begins, ends))
    return found


def add_working(agency: Agency, start: datetime, hours: float) -> datetime:
    """Return the moment when this many hours of the agency's working time have passed since `start`.

    Raise ValueError where the agency does not work within a year.
    """
    left = timedelta(hours=hours)
    day = start.astimezone(ZoneInfo(agency.timezone)).date()
    for _ in range(400):
        for begins, ends in working_hours_of(agency, day):
            begins = max(begins, start)
            if begins >= ends:
                continue
            if ends - begins >= left:
                return (begins + left).astimezone(UTC)
            left -= ends - begins
        day += timedelta(days=1)
    raise ValueError("no working hours within a year")


def is_open(agency: Agency, at: datetime) -> bool:
    """Return whether the agency is open at this moment."""
    day = at.astimezone(ZoneInfo(agency.timezone)).date()
    return any(begins <= at < ends for begins, ends in working_hours_of(agency, day))


def next_opening(agency: Agency, at: datetime) -> datetime:
    """Return when the agency is open next; ``at`` itself if it is open then.

    Raise ValueError as `add_working` does.
    """
    return at if is_open(agency, at) else add_working(agency, at, 0)


def rest_days(agency: Agency, start: datetime, length: timedelta) -> list[tuple[date, str]]:
    """Return (date, name) of the holidays from ``start`` on that fall on the agency's working days.

    The names are in Hebrew, as the `holidays` package gives them.
    """
    first = start.astimezone(ZoneInfo(agency.timezone)).date()
    last = first + length
    found = holidays.country_holidays("IL", years=range(first.year, last.year + 1))
    return [(day, found[day]) for day in sorted(found) if first <= day <= last and working_spans(agency, day)]


def working_spans(agency: Agency, day: date) -> list[list[str]]:
    """Return a weekday's opening hours as [[opens, closes], …] in local "HH:MM", holiday or not."""
    hours = {int(key): value for key, value in agency.hours.items()} or DEFAULT_HOURS
    return hours.get(day.weekday(), [])


def working_day_hours(agency: Agency) -> float:
    """Return how many hours the agency works on the longest day of the week."""
    monday = date(2026, 1, 5)
    week = [working_spans(agency, monday + timedelta(days=number)) for number in range(7)]
    return max(sum(minutes(end) - minutes(start) for start, end in spans) for spans in week) / 60


def minutes(clock: str) -> int:
    """Return the minutes since midnight of a time such as "08:30"."""
    at = time.fromisoformat(clock)
    return at.hour * 60 + at.minute


def is_quiet(agency: Agency, at: datetime) -> bool:
    """Return whether broadcasts must not be sent to citizens at this moment: at night, on the Sabbath, on a holiday."""
    local = at.astimezone(ZoneInfo(agency.timezone))
    if is_holiday(local.date()) or local.weekday() == 5 or (local.weekday() == 4 and local.hour >= 15):
        return True
    start = time.fromisoformat(agency.quiet.get("from", "21:00"))
    end = time.fromisoformat(agency.quiet.get("to", "08:00"))
    now = local.time()
    return now >= start or now < end if start > end else start <= now < end


def quiet_until(start: time, end: time, zone: str, at: datetime) -> datetime | None:
    """Return when the daily quiet hours that contain ``at`` end, in the time zone `zone`; None if it is in none.

    They last from ``start`` to ``end`` every day, over midnight where the end is earlier; equal times mean no quiet
    hours.
    """
    local = at.astimezone(ZoneInfo(zone))
    now = local.time().replace(tzinfo=None)
    within = now >= start or now < end if start > end else start <= now < end
    if not within:
        return None
    day = local.date() + timedelta(days=1 if now >= end else 0)
    return datetime.combine(day, end, ZoneInfo(zone)).astimezone(UTC)
