"""A person's own page shows the newest things of each section, and all of one on request."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.accounts import my_page
from kesher.accounts.my_page import MyPageSection, Thing
from kesher.accounts.tests.acting import browser_of
from kesher.contacts.models import Contact, Identity


def seven(contact: Contact, most: int) -> list[Thing]:
    return [Thing(f"thing {number}", f"/things/{number}/") for number in range(7)][:most]


@pytest.fixture
def danas(dana: Identity, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Dana's browser; Dana has seven things of each of two kinds."""
    found = {name: MyPageSection(name, f"My {name}", "list", seven) for name in ("boats", "bikes")}
    monkeypatch.setattr(my_page, "MY_PAGE_SECTIONS", found)
    return browser_of(dana)


def counts(client: Client, query: dict[str, str]) -> dict[str, tuple[int, bool]]:
    rows: list[dict[str, Any]] = client.get("/me/", query).context["sections"]
    return {row["section"].name: (len(row["things"]), row["is_more"]) for row in rows}


def test_what_does_not_fit_a_shelf_has_a_link_to_all_of_it(danas: Client) -> None:
    assert counts(danas, {}) == {"boats": (5, True), "bikes": (5, True)}
    page = danas.get("/me/").content.decode()
    assert page.count('href="?all=boats#shelf-boats"') == 1
    assert counts(danas, {"all": "boats"}) == {"boats": (7, False), "bikes": (5, True)}
    assert "?all=boats" not in danas.get("/me/", {"all": "boats"}).content.decode()


def test_even_all_of_a_shelf_has_an_end_and_says_so(danas: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(my_page, "ALL", 6)
    answer = danas.get("/me/", {"all": "boats"})
    assert counts(danas, {"all": "boats"})["boats"] == (6, True)
    assert "?all=boats" not in answer.content.decode()


def test_a_shelf_that_is_none_changes_nothing(danas: Client) -> None:
    assert counts(danas, {"all": "<b>"}) == counts(danas, {})


def test_all_of_a_shelf_asks_for_no_less_proof(danas: Client, dana: Identity) -> None:
    assert counts(browser_of(dana, level=1), {"all": "boats"}) == {}
