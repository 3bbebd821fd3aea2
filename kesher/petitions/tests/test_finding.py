"""The list is searched by words in any form, in four languages, and with the keyboard on another language."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.petitions import services
from kesher.petitions.models import Petition, PetitionKey
from kesher.petitions.tests.factories import a_petition

TITLES = {
    "he": "שביל אופניים רציף לאורך הים",
    "ar": "مسار دراجات متواصل على طول البحر",
    "ru": "Непрерывная велодорожка вдоль моря",
    "en": "One unbroken bicycle lane along the sea",
}


@pytest.fixture
def lane(city: Agency) -> Petition:
    return a_petition(code="48266", titles=TITLES, demands={"he": "לסלול שביל עד הנמל, ולתלות שלטים"})


def found(words: str) -> list[str]:
    return [row.code for row in Petition.objects.published().search(words)]


@pytest.mark.parametrize(
    "words",
    [
        *("אופניים", "לאופניים", "האופניים", "שבילים", "שבילי האופניים של הים", "שלט", "אופנ"),
        *("bicycle lanes", "BICYCLE", "the lane along the sea", "unbrok", "bike path"),
        *("непрерывная", "НЕПРЕРЫВНАЯ", "велодорожки у моря", "الدراجات", "بحر"),
        *("tupbhho", "ишснсду", "48266", " #48266 "),
    ],
)
def test_a_petition_is_found_by_its_words_in_any_form(petition: Petition, lane: Petition, words: str) -> None:
    assert found(words) == ["48266"]


@pytest.mark.parametrize("words", ["בריכה", "אופניים בבריכה", "48265", "???", "tupbh swimming", "ба"])
def test_what_no_petition_says_finds_none(petition: Petition, lane: Petition, words: str) -> None:
    assert found(words) == []


def test_no_words_find_all(petition: Petition, lane: Petition) -> None:
    assert set(found("  ")) == {"48213", "48266"}


def test_an_edit_is_found_by_its_new_words(lane: Petition, miriam: Staff) -> None:
    services.edit_petition(lane, staff=miriam, titles={"he": "מזרקה בכיכר"}, demands={"he": "להקים מזרקה"})
    assert (found("מזרקות"), found("אופניים")) == (["48266"], [])


def test_rows_from_before_get_the_keys_of_every_word(lane: Petition) -> None:
    PetitionKey.objects.all().delete()
    assert found("שלטים") == []
    import_module("kesher.petitions.migrations.0003_keys_of_every_word").index(apps, None)
    assert found("שלטים") == ["48266"]


def test_the_list_says_in_which_other_tab_it_is(client: Client, lane: Petition) -> None:
    page = client.get("/petitions/", {"q": "Bicycles", "show": "closed"}).content.decode()
    assert '<a href="?q=Bicycles">1 ' in page.partition('role="status"')[2].partition("</p>")[0]


def test_the_list_says_how_a_slip_of_the_keyboard_was_read(client: Client, lane: Petition) -> None:
    page = client.get("/petitions/", {"q": "tupbhho"}).content.decode()
    assert "/petitions/48266/" in page
    assert "אופניים" in page.partition('role="status"')[2].partition("</p>")[0]


def test_a_search_costs_one_query_more(client: Client, lane: Petition, django_assert_max_num_queries: Any) -> None:
    client.get("/petitions/")
    for asked, most in (({}, 4), ({"q": "שבילים"}, 4), ({"q": "אין כזה"}, 4)):
        with django_assert_max_num_queries(most):
            client.get("/petitions/", asked)


def test_the_api_searches_the_same_way(client: Client, petition: Petition, lane: Petition) -> None:
    data = client.get("/api/v1/petitions/", {"q": "שבילים"}).json()["data"]
    assert [row["id"] for row in data] == [48266]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan of a small table is a scan elsewhere")
def test_a_petition_is_found_by_its_code_without_reading_the_others(petition: Petition) -> None:
    found = Petition.objects.findable().with_page().with_code(petition.code)
    assert list(found) == [petition]
    assert "participation_action USING INDEX" in found.explain()
