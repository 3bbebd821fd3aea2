"""Holidays by country and faith, closed days, texts outside the opening hours, and the time that the law gives."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from kesher.agencies.business_hours import add_working, is_holiday, rest_days, working_hours_of
from kesher.agencies.emergency_numbers import emergency_in_words
from kesher.agencies.models import Agency
from kesher.agencies.services import create_agency
from kesher.cases.case_presenter import find_statutory_due
from kesher.cases.models import Case, Topic
from kesher.core.models import Audit

EID = date(2026, 3, 20)  # the first day of Eid al-Fitr, a Friday
FORM: dict[str, Any] = {
    "faiths": ["islam"],
    "closed": "2027-04-30, 2026-12-31",
    "statutory_days": "30",
    "closed_he": "בלילה אפשר להתקשר ל־106.",
    "emergency_ru": "Скажите адрес.",
}


def test_what_is_saved_closes_the_agency(miriams: Client, city: Agency) -> None:
    assert miriams.post("/desk/calendar/", FORM)["Location"] == "/desk/calendar/"
    city.refresh_from_db()
    assert city.holidays == {"faiths": ["islam"], "closed": ["2026-12-31", "2027-04-30"]}
    assert city.statutory_days == 30
    assert all(is_holiday(city, day) for day in (EID, date(2026, 12, 31), date(2027, 4, 30)))
    assert working_hours_of(city, date(2026, 12, 31)) == []


def test_a_deadline_passes_over_the_days_that_were_chosen(city: Agency) -> None:
    start = datetime(2026, 12, 30, 10, tzinfo=UTC)  # Wednesday noon; Thursday is the 31st
    before = add_working(city, start, 8)
    city.holidays = {"closed": ["2026-12-31"]}
    assert before == datetime(2026, 12, 31, 10, tzinfo=UTC)
    assert add_working(city, start, 8) == datetime(2027, 1, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "day", "closed"),
    [
        ("IL", date(2026, 4, 22), True),
        ("GB", date(2026, 4, 22), False),
        ("GB", date(2026, 12, 25), True),
        ("IL", date(2026, 12, 25), False),
        ("XX", date(2026, 12, 25), False),
    ],
)
def test_holidays_are_those_of_the_country(city: Agency, country: str, day: date, closed: bool) -> None:
    city.contact = {"country": country}
    assert is_holiday(city, day) is closed


@pytest.mark.parametrize(
    ("faith", "day"), [("western", date(2026, 4, 3)), ("eastern", date(2026, 1, 7)), ("islam", date(2026, 5, 28))]
)
def test_a_faith_has_its_days(city: Agency, faith: str, day: date) -> None:
    assert not is_holiday(city, day)
    city.holidays = {"faiths": [faith]}
    assert is_holiday(city, day)


def test_a_day_ends_early_before_holidays_of_israel_only(city: Agency) -> None:
    eve = date(2026, 4, 21)
    (_begins, ends), *_rest = working_hours_of(city, eve)
    city.contact = {"country": "GB"}
    (_begins, later), *_rest = working_hours_of(city, eve)
    assert (ends.hour, later.hour) == (13, 16)


def test_the_coming_closed_days_are_listed_with_their_names(city: Agency) -> None:
    city.holidays = {"closed": ["2026-12-31"]}
    found = dict(rest_days(city, datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1) - datetime(2026, 12, 1)))
    assert found == {date(2026, 12, 31): ""}


@pytest.mark.parametrize("change", [{"closed": "31.12.2026"}, {"faiths": ["none"]}, {"statutory_days": "-1"}])
def test_what_cannot_be_right_is_refused_and_nothing_is_written(
    miriams: Client, city: Agency, change: dict[str, Any]
) -> None:
    assert miriams.post("/desk/calendar/", {**FORM, **change}).status_code == 422
    city.refresh_from_db()
    assert (city.holidays, city.texts) == ({}, {})
    assert not Audit.objects.filter(operation="site.save_profile").exists()


def test_a_clerk_may_not_change_the_calendar(ruths: Client, city: Agency) -> None:
    assert ruths.post("/desk/calendar/", FORM).status_code == 403
    city.refresh_from_db()
    assert city.holidays == {}


def test_a_clerk_of_another_town_may_not_change_the_calendar(sashas: Client, city: Agency) -> None:
    assert sashas.post("/desk/calendar/", FORM).status_code == 403
    city.refresh_from_db()
    assert city.holidays == {}


def test_the_text_behind_the_emergency_numbers_is_said_in_its_own_language_only(city: Agency) -> None:
    city.texts = {"emergency": {"ru": "Скажите адрес."}}
    with translation.override("ru"):
        assert emergency_in_words(city).endswith("Скажите адрес.")
    with translation.override("en"):
        assert "Скажите" not in emergency_in_words(city)


def test_the_preview_shows_when_a_moment_is_due(miriams: Client, city: Agency) -> None:
    """Thursday 22:10 is after hours: eight hours from Sunday morning."""
    page = miriams.get("/desk/calendar/?at=2026-12-03T22:10")
    assert page.context["due"] == datetime(2026, 12, 6, 14, tzinfo=UTC)
    assert miriams.get("/desk/calendar/?at=never").status_code == 200


@pytest.mark.parametrize("year", ["0001", "1900", "2100", "9999"])
def test_the_preview_bears_any_year(miriams: Client, city: Agency, year: str) -> None:
    Topic.objects.create(agency=city, code="lamp", names={"he": "פנס"}, answer_hours=4, done_hours=8)
    for page in ("calendar", "topics/lamp"):
        for day in ("01-01T00:00", "12-31T23:59"):
            assert miriams.get(f"/desk/{page}/?at={year}-{day}").status_code == 200


def test_a_topic_shows_when_what_arrives_at_a_moment_is_due(miriams: Client, city: Agency) -> None:
    Topic.objects.create(agency=city, code="lamp", names={"he": "פנס"}, answer_hours=4, done_hours=8)
    page = miriams.get("/desk/topics/lamp/?at=2026-12-03T22:10")
    assert page.context["due"]["answer_due"] == datetime(2026, 12, 6, 10, tzinfo=UTC)
    assert page.context["due"]["done_due"] == datetime(2026, 12, 6, 14, tzinfo=UTC)


def test_a_text_that_the_page_does_not_show_stays(miriams: Client, city: Agency) -> None:
    Agency.objects.filter(pk=city.pk).update(
        languages=["he", "ru"], texts={"opening": {"he": "שלום"}, "closed": {"ar": "اتصلوا", "ru": "Звоните"}}
    )
    miriams.post("/desk/calendar/", FORM)
    city.refresh_from_db()
    assert city.texts["opening"] == {"he": "שלום"}
    assert city.texts["closed"] == {"ar": "اتصلوا", "he": FORM["closed_he"]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "days"), [({"contact": {"country": "DE"}}, 0), ({}, 45), ({"statutory_days": 9}, 9)]
)
def test_a_new_agency_has_the_time_that_its_own_law_gives(fields: dict[str, Any], days: int) -> None:
    assert create_agency(slug="new", names={"en": "New"}, **fields).statutory_days == days


def test_the_time_that_the_law_gives_runs_until_somebody_answered(city: Agency) -> None:
    case = Case(agency=city, opened_at=datetime(2026, 12, 1, tzinfo=UTC), state=Case.State.NEW)
    assert find_statutory_due(case) == datetime(2027, 1, 15, tzinfo=UTC)
    case.answered_at = datetime(2026, 12, 2, tzinfo=UTC)
    assert find_statutory_due(case) is None
    case.answered_at, city.statutory_days = None, 0
    assert find_statutory_due(case) is None
