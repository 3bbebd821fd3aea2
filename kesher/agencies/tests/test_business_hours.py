"""Working time in Israel: the week, the Sabbath, the holidays, their eves, the clock that changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher.agencies.business_hours import add_working, is_holiday, is_open, is_quiet, next_opening
from kesher.agencies.models import Agency

HERE = ZoneInfo("Asia/Jerusalem")


def at(text: str) -> datetime:
    """A moment by the clock on the wall in Israel."""
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


@pytest.fixture
def body() -> Agency:
    return Agency(slug="a")


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        ("2026-11-22T08:00", True),  # Sunday is a working day
        ("2026-11-22T07:59", False),
        ("2026-11-26T15:59", True),  # Thursday
        ("2026-11-26T16:00", False),
        ("2026-11-27T10:00", False),  # Friday
        ("2026-11-28T10:00", False),  # the Sabbath
        ("2026-09-21T10:00", False),  # Yom Kippur
        ("2026-09-20T12:59", True),  # its eve, until one
        ("2026-09-20T13:00", False),
        ("2026-04-01T14:00", False),  # the eve of Pesach
        ("2026-04-05T10:00", True),  # between its holidays
    ],
)
def test_somebody_is_at_work(body: Agency, moment: str, opened: bool) -> None:
    assert is_open(body, at(moment)) is opened


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-22T09:00", 2, "2026-11-22T11:00"),
        ("2026-11-22T15:00", 2, "2026-11-23T09:00"),  # over the night
        ("2026-11-26T15:00", 2, "2026-11-29T09:00"),  # over the week-end
        ("2026-11-27T22:00", 8, "2026-11-29T16:00"),  # begun on a Friday night
        ("2026-09-20T12:00", 2, "2026-09-22T09:00"),  # over an eve and Yom Kippur
        ("2026-09-10T15:00", 8, "2026-09-14T15:00"),  # over the week-end and both days of Rosh Hashanah
        ("2026-11-22T05:00", 0, "2026-11-22T08:00"),
        ("2026-10-22T15:00", 2, "2026-10-25T09:00"),  # the clock went back between
    ],
)
def test_working_hours_run_only_while_somebody_works(body: Agency, start: str, hours: float, end: str) -> None:
    ended = add_working(body, at(start), hours)
    assert ended == at(end)
    assert ended.tzinfo is UTC


def test_an_agency_has_hours_of_its_own() -> None:
    body = Agency(slug="a", hours={"4": [["09:00", "11:00"], ["12:00", "13:00"]]})
    assert is_open(body, at("2026-11-27T10:30"))
    assert not is_open(body, at("2026-11-22T10:30"))
    assert add_working(body, at("2026-11-27T10:30"), 1) == at("2026-11-27T12:30")


def test_an_agency_that_never_works_says_so() -> None:
    with pytest.raises(ValueError, match="within a year"):
        add_working(Agency(slug="a", hours={"5": []}), at("2026-11-22T09:00"), 1)


def test_the_next_opening_is_now_where_somebody_works(body: Agency) -> None:
    assert next_opening(body, at("2026-11-22T09:00")) == at("2026-11-22T09:00")
    assert next_opening(body, at("2026-11-27T09:00")) == at("2026-11-29T08:00")


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        ("2026-11-22T20:59", False),
        ("2026-11-22T21:00", True),
        ("2026-11-23T07:59", True),
        ("2026-11-23T08:00", False),
        ("2026-11-27T14:59", False),  # Friday, before the Sabbath
        ("2026-11-27T15:00", True),
        ("2026-11-28T20:00", True),
        ("2026-09-21T12:00", True),  # Yom Kippur
    ],
)
def test_nobody_is_written_to_at_night_on_the_sabbath_or_on_a_holiday(body: Agency, moment: str, quiet: bool) -> None:
    assert is_quiet(body, at(moment)) is quiet


@pytest.mark.parametrize(
    ("country", "moment", "quiet"),
    [
        ("GB", "2026-11-27T17:00", False),  # a Friday
        ("GB", "2026-11-28T12:00", True),
        ("GB", "2026-11-29T12:00", True),
        ("EG", "2026-11-27T12:00", True),
        ("EG", "2026-11-29T12:00", False),
        ("XX", "2026-11-29T12:00", True),
        ("IL", "2026-11-27T12:00", False),
        ("IL", "2026-11-28T12:00", True),
        ("IL", "2026-11-29T12:00", False),
    ],
)
def test_quiet_days_are_the_weekend_of_the_country(country: str, moment: str, quiet: bool) -> None:
    assert is_quiet(Agency(slug="a", contact={"country": country}), at(moment)) is quiet


def test_quiet_hours_may_lie_within_a_day() -> None:
    body = Agency(slug="a", quiet={"from": "13:00", "to": "16:00"})
    assert is_quiet(body, at("2026-11-22T14:00"))
    assert not is_quiet(body, at("2026-11-22T22:00"))


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1)).map(lambda naive: naive.replace(tzinfo=UTC))
QUARTERS = st.integers(0, 240).map(lambda quarters: quarters / 4)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=MOMENTS, first=QUARTERS, second=QUARTERS.filter(bool))
def test_work_is_done_at_work_and_adds_up(body: Agency, start: datetime, first: float, second: float) -> None:
    half, whole = add_working(body, start, first), add_working(body, start, first + second)
    assert start <= half < whole
    assert is_open(body, whole - timedelta(microseconds=1))
    assert not is_holiday(body, half.astimezone(HERE).date())
    assert add_working(body, half, second) == whole
