"""Where life is in danger one calls the country's numbers, not the town hall."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.emergency_numbers import emergency_in_words, emergency_numbers
from kesher.agencies.models import Agency


def numbers(agency: Agency) -> list[str]:
    return [row.number for row in emergency_numbers(agency)]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Asia/Jerusalem", ["100", "101", "102"]), ("Europe/Paris", ["112"]), ("America/New_York", ["911"])],
)
def test_the_country_says_whom_to_call(city: Agency, zone: str, expected: list[str]) -> None:
    city.timezone, city.contact = zone, {"phone": "106"}
    assert numbers(city) == expected


def test_an_agency_may_name_others_and_nonsense_is_none(city: Agency) -> None:
    city.contact = {"emergency": "מוקד חירום 1201, 112"}
    assert emergency_in_words(city).endswith("מוקד חירום 1201, חירום 112")
    city.contact = {"emergency": "later"}
    assert numbers(city) == ["100", "101", "102"]


def test_a_manager_sets_them_and_a_clerk_does_not(city: Agency, miriams: Client, ruths: Client) -> None:
    page = miriams.get("/desk/hours/").context["form"]
    given = {name: page[name].value() or "" for name in page.fields}
    assert ruths.post("/desk/hours/", given | {"emergency": "X 1"}).status_code == 403
    assert miriams.post("/desk/hours/", given | {"emergency": "100 police"}).status_code == 422
    assert miriams.post("/desk/hours/", given | {"emergency": "Police 100"}).status_code == 302
    city.refresh_from_db()
    assert numbers(city) == ["100"]
