"""Compute an agency's working time from its opening hours, its holidays, and quiet hours.

Holidays are those of the agency's country, those of the faiths that it chose, and days that it named.

The week is Sunday to Thursday unless ``Agency.hours`` says otherwise. Answers are aware datetimes in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from holidays.groups.christian import ChristianHolidays
from holidays.groups.islamic import IslamicHolidays

from kesher.agencies.emergency_numbers import country_of
from kesher.agencies.models import Agency

# Monday is 0. Sunday to Thursday, eight to four, as at most public bodies.
DEFAULT_HOURS = {day: [["08:00", "16:00"]] for day in (6, 0, 1, 2, 3)}
EVE_END = time(13, 0)
WEEKEND = frozenset({5, 6})  # where the country is not known
FRIDAY, SABBATH_EVE = 4, time(15, 0)


class FaithHolidays(holidays.HolidayBase, ChristianHolidays, IslamicHolidays):
    """The holidays of faiths on which an agency may close besides its country's; ``subdiv`` is the faith.

    Islamic dates are computed; where the moon is seen a day later, the agency names that day.
    """

    subdivisions = ("islam", "western", "eastern")
    estimated_label = "%s"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Prepare both calendars, then compute the years that are asked for."""
        ChristianHolidays.__init__(self)
        IslamicHolidays.__init__(self)
        super().__init__(*args, **kwargs)

    def _populate_subdiv_islam_public_holidays(self) -> None:
        """Add the days of the two feasts."""
        fitr, adha = "عيد الفطر", "عيد الأضحى"
        self._add_eid_al_fitr_day(fitr), self._add_eid_al_fitr_day_two(fitr), self._add_eid_al_fitr_day_three(fitr)
        self._add_eid_al_adha_day(adha), self._add_eid_al_adha_day_two(adha), self._add_eid_al_adha_day_three(adha)

    def _populate_subdiv_western_public_holidays(self) -> None:
        """Add Christmas and Easter as the Western churches count them."""
        self._add_christmas_day("Christmas"), self._add_good_friday("Good Friday"), self._add_easter_monday("Easter")

    def _populate_subdiv_eastern_public_holidays(self) -> None:
        """Add Christmas and Easter as the Eastern churches count them."""
        calendar = "JULIAN_CALENDAR"
        self._add_christmas_day("Рождество", calendar)
        self._add_good_friday("Страстная пятница", calendar)
        self._add_easter_monday("Пасха", calendar)


FAITHS: dict[str, Promise] = {
    "islam": _("Muslim: Eid al-Fitr and Eid al-Adha"),
    "western": _("Christian, Western: Christmas and Easter"),
    "eastern": _("Christian, Eastern: Christmas and Easter"),
}


@cache
def country_dates(country: str, year: int) -> dict[date, str]:
    """Return {date: name} of a country's public holidays in a year; {} for a country that is not known."""
    try:
        return dict(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return {}


@cache
def faith_dates(faith: str, year: int) -> dict[date, str]:
    """Return {date: name} of a faith's holidays in a year; ``faith`` is one of `FAITHS`."""
    return dict(FaithHolidays(years=year, subdiv=faith))


def holidays_of(agency: Agency, year: int) -> dict[date, str]:
    """Return {date: name} of the days in a year on which the agency is closed; a day that it named has no name."""
    chosen = agency.holidays
    closed, faiths = tuple(chosen.get("closed", [])), tuple(chosen.get("faiths", []))
    return merge_dates(holiday_country(agency), faiths, closed, year)


@lru_cache(maxsize=1000)
def merge_dates(country: str, faiths: tuple[str, ...], closed: tuple[str, ...], year: int) -> dict[date, str]:
    """Return {date: name} of a country's and faiths' holidays in a year, and of the days named as ISO dates."""
    found = {day: "" for text in closed if (day := date.fromisoformat(text)).year == year}
    for faith in faiths:
        found |= faith_dates(faith, year) if faith in FAITHS else {}
    return found | country_dates(country, year)


@cache
def weekend_of(country: str) -> frozenset[int]:
    """Return the days of rest of a country, an ISO 3166 code; Monday is 0."""
    try:
        return frozenset(holidays.country_holidays(country).weekend)
    except NotImplementedError:
        return WEEKEND


def is_rest(agency: Agency, local: datetime) -> bool:
    """Return whether a local time is in the weekend of the agency's country; in Israel, on or near the Sabbath."""
    country = holiday_country(agency)
    if country == "IL" and local.weekday() == FRIDAY:
        return local.time() >= SABBATH_EVE
    return local.weekday() in weekend_of(country)


def holiday_country(agency: Agency) -> str:
    """Return the ISO 3166 code of the country whose holidays the agency keeps."""
    return country_of(agency) or "IL"


def is_holiday(agency: Agency, day: date) -> bool:
    """Return whether the agency is closed on this day of the year."""
    return day in country_dates(holiday_country(agency), day.year) or (
        bool(agency.holidays) and day in holidays_of(agency, day.year)
    )


def is_eve(agency: Agency, day: date) -> bool:
    """Return whether the day ends early, before a holiday of Israel."""
    after = day + timedelta(days=1)
    return holiday_country(agency) == "IL" and after in country_dates("IL", after.year)


def working_hours_of(agency: Agency, day: date) -> list[tuple[datetime, datetime]]:
    """Return the agency's (opening, closing) times on a day, in local time, shortened on a holiday's eve."""
    if is_holiday(agency, day):
        return []
    zone = ZoneInfo(agency.timezone)
    eve = is_eve(agency, day)
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
    for _number in range(400):
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

    The names are in the country's language, as the `holidays` package gives them.
    """
    first = start.astimezone(ZoneInfo(agency.timezone)).date()
    last = first + length
    found = {day: name for year in range(first.year, last.year + 1) for day, name in holidays_of(agency, year).items()}
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
    """Return whether broadcasts must not be sent to citizens at this moment: at night, at rest, on a holiday."""
    local = at.astimezone(ZoneInfo(agency.timezone))
    if is_holiday(agency, local.date()) or is_rest(agency, local):
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
