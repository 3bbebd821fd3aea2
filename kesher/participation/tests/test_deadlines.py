"""How long a close waits, and what somebody is told who was late: pure rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kesher.core.http.arrival_time import arrival
from kesher.participation.deadlines import LONGEST, describe_lateness, may_close

END = datetime(2026, 11, 27, 16, 27, 19, 120_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)
Item = tuple[datetime, datetime]  # when it reached us, when it was processed


def waits(items: list[Item], now: datetime, moment: datetime) -> bool:
    return any(came < moment and done > now for came, done in items)


@given(st.lists(st.tuples(st.integers(-900, 900), st.integers(0, 1500)), max_size=12), st.integers(-60, 900))
def test_a_close_comes_after_all_that_was_in_time_and_never_later_than_twenty_minutes(
    arrivals: list[tuple[int, int]], code: int
) -> None:
    items = [(END + at * SECOND, END + (at + delay) * SECOND) for at, delay in arrivals]
    last, now = END + code * SECOND, END
    while not may_close(END, now, last_code=last, has_unprocessed=partial(waits, items, now)):
        now += SECOND
    missed = [came for came, done in items if came < max(END, last) and done > now]
    assert now <= END + LONGEST
    assert now == END + LONGEST or (not missed and now >= last)


@pytest.mark.parametrize(
    ("off", "ended", "reached"),
    [
        (timedelta(0), "18:27:19.120", "18:27:19.120"),
        (20 * SECOND, "18:27:19", "18:27:39"),
        (60 * SECOND, "18:27", "18:28"),
    ],
)
def test_whoever_was_late_reads_both_times_as_fine_as_it_takes(off: timedelta, ended: str, reached: str) -> None:
    with arrival(END + off), translation.override("en"):
        said = describe_lateness(END, "Asia/Jerusalem")
    assert f"27.11.2026, {ended};" in said
    assert f"27.11.2026, {reached}." in said


@pytest.mark.parametrize("lang", ["he", "ar", "ru"])
def test_the_words_are_the_readers(lang: str) -> None:
    with arrival(END + SECOND), translation.override(lang):
        assert "It ended" not in describe_lateness(END, "Asia/Jerusalem")


def test_whoever_was_in_time_is_told_nothing() -> None:
    with arrival(END - SECOND):
        assert describe_lateness(END, "Asia/Jerusalem") == describe_lateness(None, "Asia/Jerusalem") == ""
