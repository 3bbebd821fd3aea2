"""The list is searched by words in any form, in four languages, and with the keyboard on another language."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.purchases import services
from kesher.purchases.models import Purchase
from kesher.purchases.tests.factories import a_demand


def found(words: str) -> list[str]:
    return [row.code for row in Purchase.objects.published().search(words)]


@pytest.mark.parametrize(
    "words", ["דודים", "לשכונה", "solar heater", "SOLAR", "солнечный", "السخانات", "ליטרים", "sush ana", "52713"]
)
def test_a_purchase_is_found_by_its_words_in_any_form(city: Agency, words: str) -> None:
    a_demand(code="52713")
    a_demand(code="52714", titles={"he": "שמן זית"}, texts={})
    assert found(words) == ["52713"]


@pytest.mark.parametrize("words", ["אופניים", "דוד זית", "52715", "?!"])
def test_what_no_purchase_says_finds_none(city: Agency, words: str) -> None:
    a_demand(code="52713")
    assert found(words) == []


def test_an_edit_is_found_by_its_new_words(city: Agency, miriam: Staff) -> None:
    services.edit_purchase(a_demand(code="52713"), staff=miriam, titles={"he": "שמן זית"}, texts={})
    assert (found("בשמן"), found("דוד")) == (["52713"], [])


def test_rows_from_before_get_their_keys(city: Agency) -> None:
    a_demand(code="52713")
    Purchase.objects.update(search_keys="")
    assert found("דודים") == []
    import_module("kesher.purchases.migrations.0002_search_keys").index(apps, None)
    assert found("דודים") == ["52713"]


def test_the_list_says_in_which_other_tab_it_is(city: Agency, client: Client) -> None:
    a_demand(code="52713")
    page = client.get("/purchases/", {"q": "heater"}).content.decode()
    assert '<a href="?q=heater&amp;show=interest">1 ' in page.partition('role="status"')[2].partition("</p>")[0]


def test_a_search_costs_one_query_more(purchase: Purchase, client: Client, django_assert_max_num_queries: Any) -> None:
    client.get("/purchases/")
    for asked in ("דודים", "אין כזה"):
        with django_assert_max_num_queries(10):
            client.get("/purchases/", {"q": asked})


def test_the_api_searches_the_same_way(city: Agency, client: Client) -> None:
    a_demand(code="52713")
    assert [row["id"] for row in client.get("/api/v1/purchases/", {"q": "דודים"}).json()["data"]] == [52713]
