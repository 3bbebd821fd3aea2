"""When digests are due: on the morning of a working day, and once a period."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.agencies.business_hours import is_holiday
from kesher.agencies.models import Agency
from kesher.following.rules import first_day, is_morning

HERE = ZoneInfo("Asia/Jerusalem")
WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=HERE)
FRIDAY, NIGHT, AFTERNOON = WEDNESDAY + timedelta(days=2), WEDNESDAY.replace(hour=2), WEDNESDAY.replace(hour=15)
INDEPENDENCE_DAY = datetime(2027, 5, 12, 9, tzinfo=HERE)


@pytest.mark.parametrize(
    ("moment", "is_one"),
    [(WEDNESDAY, True), (FRIDAY, False), (NIGHT, False), (AFTERNOON, False), (INDEPENDENCE_DAY, False)],
)
def test_a_morning_is_one_of_a_working_day(moment: datetime, is_one: bool) -> None:
    assert is_morning(Agency(slug="a"), moment) is is_one


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(0, 23))
def test_no_morning_is_on_the_sabbath_a_holiday_or_at_night(day: date, hour: int) -> None:
    at = datetime(day.year, day.month, day.day, hour, tzinfo=HERE)
    if is_morning(Agency(slug="a"), at):
        assert day.weekday() not in (4, 5)
        assert not is_holiday(Agency(slug="a"), day)
        assert 8 <= hour < 12


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(0, 6))
def test_a_week_has_one_period_that_begins_on_sunday(day: date, more: int) -> None:
    sunday = first_day("weekly", day)
    assert sunday.weekday() == 6
    assert first_day("weekly", sunday + timedelta(days=more)) == sunday
    assert first_day("daily", day) == day
