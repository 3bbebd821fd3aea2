"""The list of contests: searched by words in any form, a page at a time."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.contests import services
from kesher.contests.models import Contest
from kesher.contests.tests.factories import a_contest

TITLES = {"he": "מילה עברית ל„פידבק”", "ru": "Название для библиотеки", "en": "A name for the library"}


@pytest.fixture
def word(city: Agency) -> Contest:
    return a_contest(code="31415", titles=TITLES, briefs={"he": "הציעו מילים קצרות"})


@pytest.mark.parametrize("words", ["המילה", "מילים", "libraries", "НАЗВАНИЕ", "nhkv", "31415"])
def test_a_contest_is_found_by_its_words_in_any_form(client: Client, word: Contest, words: str) -> None:
    a_contest(code="31416", titles={"he": "שמות לגשר"}, briefs={})
    page = client.get("/contests/", {"q": words}).content.decode()
    assert ("/contests/31415/" in page, "/contests/31416/" in page) == (True, False)


def test_what_is_decided_is_named_beside_what_runs(client: Client, word: Contest) -> None:
    Contest.objects.update(state="finished")
    page = client.get("/contests/", {"q": "המילה"}).content.decode()
    assert "show=decided" in page.partition('role="status"')[2].partition("</p>")[0]


def test_an_edit_is_found_by_its_new_words(word: Contest, miriam: Staff) -> None:
    services.edit_contest(word, staff=miriam, titles={"he": "גשר"}, briefs={})
    found = Contest.objects.published().search
    assert (found("הגשרים").count(), found("מילה").count()) == (1, 0)


def test_every_contest_is_on_exactly_one_page(client: Client, city: Agency) -> None:
    made = [a_contest().code for _ in range(50)]
    path, seen = "/contests/", []
    while path:
        page = client.get(path).content.decode()
        seen += re.findall(r'<a href="/contests/(\d+)/"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = f"/contests/{following[1]}" if following else ""
    assert sorted(seen) == sorted(made)


def test_a_search_costs_one_query_more(client: Client, word: Contest, django_assert_max_num_queries: Any) -> None:
    client.get("/contests/")
    for asked, most in (({}, 5), ({"q": "מילים"}, 6), ({"q": "אין כזה"}, 6)):
        with django_assert_max_num_queries(most):
            client.get("/contests/", asked)


def test_the_api_searches_the_same_way(client: Client, word: Contest) -> None:
    assert [row["code"] for row in client.get("/api/v1/contests/", {"q": "המילה"}).json()["data"]] == ["31415"]
    assert client.get("/api/v1/contests/", {"q": "גשר"}).json()["data"] == []
