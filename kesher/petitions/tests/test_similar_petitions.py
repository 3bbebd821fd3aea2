"""Petitions that ask for the same, by the keys of their words."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.core.db.agency_scope import scope
from kesher.petitions import services
from kesher.petitions.models import Petition
from kesher.petitions.similar_petitions import find_similar
from kesher.petitions.tests.factories import a_petition


def codes(text: str) -> list[str]:
    return [one.petition.code for one in find_similar(text)]


@pytest.fixture
def others(city: Agency) -> list[Petition]:
    wishes = [
        ("שביל אופניים לאורך הים", "לסלול שביל אופניים רציף מהנמל לחוף"),
        ("ספרייה פתוחה בערב", "לפתוח את הספרייה עד עשר בלילה"),
        ("גינת כלבים בכרמים", "לגדר שטח לכלבים ברחוב הגפן"),
    ]
    return [a_petition(titles={"he": title}, demands={"he": demand}) for title, demand in wishes]


@pytest.mark.parametrize(
    "text", ["הצללה לגן השעשועים", "צל בגני שעשועים", "מבקשים צל לגן המשחקים והשעשועים", "Shade over our playgrounds"]
)
def test_the_same_wish_in_other_forms_is_found(petition: Petition, others: list[Petition], text: str) -> None:
    assert codes(text)[:1] == ["48213"]


@pytest.mark.parametrize("text", ["", "של על את", "בריכה עירונית מקורה", "שכונת הגפן צריכה עוד חניה", "123 456"])
def test_another_wish_finds_none(petition: Petition, others: list[Petition], text: str) -> None:
    assert codes(text) == []


def test_what_nobody_may_read_is_not_shown(petition: Petition, miriam: Staff) -> None:
    draft = a_petition(published=False)
    services.move(petition, "take_down", staff=miriam, reason="personal")
    assert codes("צל לגני השעשועים") == []
    assert draft.moderation == "draft"


def test_another_bodys_petitions_are_not_shown(petition: Petition, town: Agency) -> None:
    with scope(town):
        assert codes("צל לגני השעשועים") == []


def test_an_edit_is_found_by_its_new_words(petition: Petition, miriam: Staff) -> None:
    services.edit_petition(petition, staff=miriam, titles={"he": "מזרקה בכיכר"}, demands={"he": "להקים מזרקה בכיכר"})
    assert codes("מזרקה לכיכר העיר") == ["48213"]


def test_the_page_shows_it_while_one_types(petition: Petition, client: Client) -> None:
    found = client.get("/petitions/start/similar/", {"title": "צל בגני השעשועים"}).content.decode()
    assert petition.title in found
    assert "<html" not in found
    assert client.get("/petitions/start/similar/", {"title": "צל"}).content.decode().strip() == ""
