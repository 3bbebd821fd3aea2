"""A link leads to the address of the public body that says it, also where two live on one installation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from kesher.agencies.base_url import absolute
from kesher.agencies.middleware import agency_scope
from kesher.agencies.models import Agency
from kesher.core.db.agency_scope import everywhere, scope

Queries = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture
def village(town: Agency) -> Agency:
    """The other body, with an address of its own, where it is another hour."""
    town.public_url, town.timezone = "https://village.example/", "Pacific/Auckland"
    town.save()
    return town


def test_each_body_has_its_own_address(city: Agency, village: Agency) -> None:
    assert absolute("/x/") == "https://city.example/x/"
    with scope(village):
        assert absolute("/x/") == "https://village.example/x/"
        with scope(city):
            assert absolute("/x/") == "https://city.example/x/"


def test_who_has_the_row_asks_nothing_and_who_has_its_number_once(
    village: Agency, django_assert_num_queries: Queries
) -> None:
    with scope(village), django_assert_num_queries(0):
        assert absolute("/") == "https://village.example/"
        with scope(village.pk):
            assert absolute("/") == "https://village.example/"
    with scope(village.pk), django_assert_num_queries(1):
        assert absolute("/") == "https://village.example/"


def test_outside_any_body_it_is_the_installations(village: Agency) -> None:
    with everywhere("a test"):
        assert absolute("/") == "https://city.example/"


def test_days_begin_where_the_body_is(village: Agency, rf: RequestFactory) -> None:
    seen = []

    def page(_request: HttpRequest) -> HttpResponse:
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    agency_scope(page)(rf.get("/", headers={"host": "town.example"}))
    agency_scope(page)(rf.get("/", headers={"host": "city.example"}))
    assert seen == ["Pacific/Auckland", "Asia/Jerusalem"]
