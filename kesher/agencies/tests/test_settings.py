"""A manager's pages about the body: teams and opening hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.business_hours import add_working, is_open, working_day_hours
from kesher.agencies.forms import HoursForm
from kesher.agencies.models import Agency, Staff, Team
from kesher.core.models import Audit

SUNDAY = datetime(2026, 11, 29, 6, tzinfo=UTC)  # 08:00 in Jerusalem


def week(agency: Agency, **changed: str) -> dict[str, str]:
    """What a browser posts of the hours as they are, with these fields changed."""
    form = HoursForm(agency=agency)
    return {name: str(form[name].value() or "") for name in form.fields} | changed


def test_a_manager_opens_on_friday_morning(city: Agency, miriams: Client) -> None:
    assert not is_open(city, SUNDAY + timedelta(days=5, hours=1))
    given = week(city, day_4_0_from="08:00", day_4_0_to="12:00", reopen_days="5")
    assert miriams.post("/desk/hours/", given).status_code == 302
    city.refresh_from_db()
    assert is_open(city, SUNDAY + timedelta(days=5, hours=1))
    assert (city.hours["4"], city.reopen_days) == ([["08:00", "12:00"]], 5)
    assert Audit.objects.filter(operation="agencies.set_hours").exists()


def test_a_day_may_have_two_spans_and_standard_times_follow(city: Agency, miriams: Client) -> None:
    given = week(city, day_6_0_to="13:00", day_6_1_from="16:00", day_6_1_to="18:00")
    miriams.post("/desk/hours/", given)
    city.refresh_from_db()
    assert add_working(city, SUNDAY, 6) == SUNDAY + timedelta(hours=9)
    assert working_day_hours(city) == 8


def test_hours_that_cannot_be_are_refused_and_nothing_changes(city: Agency, miriams: Client) -> None:
    closed = {f"day_{day}_0_{end}": "" for day in range(7) for end in ("from", "to")}
    for wrong in (
        {"day_6_0_to": "07:00"},
        {"day_6_0_to": ""},
        {"day_6_1_from": "15:00", "day_6_1_to": "17:00"},
        closed,
    ):
        assert miriams.post("/desk/hours/", week(city, **wrong)).status_code == 422
    city.refresh_from_db()
    assert city.hours == {}


def test_no_clerk_and_no_other_body_changes_hours_or_teams(city: Agency, ruths: Client, sashas: Client) -> None:
    for browser in (ruths, sashas):
        assert browser.post("/desk/hours/", week(city, reopen_days="1")).status_code == 403
        assert browser.post("/desk/teams/new/", {"name_he": "דרכים"}).status_code == 403
    city.refresh_from_db()
    assert (city.reopen_days, Team.objects.count()) != (1, 1)


def test_a_manager_makes_a_team_and_removes_it_again(city: Agency, miriams: Client, ruth: Staff) -> None:
    miriams.post("/desk/teams/new/", {"name_he": "תשתיות", "name_en": "Roads", "members": [ruth.pk]})
    team = Team.objects.get(slug="roads")
    assert (team.names["he"], list(team.members.all())) == ("תשתיות", [ruth])
    miriams.post("/desk/teams/new/", {"name_en": "Roads"})
    assert set(Team.objects.values_list("slug", flat=True)) == {"roads", "roads-2"}
    miriams.post("/desk/teams/roads/remove/")
    assert not Team.objects.filter(slug="roads").exists()


def test_a_team_without_a_name_is_refused(city: Agency, miriams: Client) -> None:
    assert miriams.post("/desk/teams/new/", {"name_he": "  "}).status_code == 422
    assert not Team.objects.exists()


@pytest.mark.parametrize(("hours", "opened"), [(1, True), (-20, False)])
def test_the_hours_page_says_whether_it_is_open(
    city: Agency, miriams: Client, monkeypatch: pytest.MonkeyPatch, hours: int, opened: bool
) -> None:
    moment = SUNDAY + timedelta(hours=hours)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    assert is_open(city, moment) == opened
    assert ("אנחנו פתוחים עכשיו" in miriams.get("/desk/hours/").content.decode()) == opened
