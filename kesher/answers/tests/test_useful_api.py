"""Was it useful? At the machines' door: with the question, within bounds, and without a name."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.answers.models import Answer, Feedback
from kesher.answers.services import change_answer_state
from kesher.answers.tests.factories import published

PAGE = "/api/v1/answers/pool/useful/"


@pytest.fixture
def pool(city: Agency) -> Answer:
    return published("pool", "מתי פתוחה הבריכה?")


def test_a_no_is_kept_with_what_was_asked(client: Client, pool: Answer) -> None:
    sent = {"helped": False, "query": "בריכה בשבת 050-555-0142", "comment": "אין שעות", "lang": "ru"}
    reply = client.post(PAGE, sent, content_type="application/json")
    assert (reply.status_code, reply.json()) == (201, {"data": {"slug": "pool", "helped": False}})
    kept = Feedback.objects.get()
    assert (kept.useful, kept.lang, kept.door, kept.comment) == (False, "ru", "api", "אין שעות")
    assert kept.query.startswith("בריכה בשבת")
    assert "0142" not in kept.query


@pytest.mark.parametrize("sent", [{}, {"helped": "no"}, {"helped": None}, {"helped": 1}, [True], "x"])
def test_what_says_neither_yes_nor_no_is_refused(client: Client, pool: Answer, sent: Any) -> None:
    reply = client.post(PAGE, sent, content_type="application/json")
    assert (reply.status_code, list(reply.json()["errors"])) == (422, ["helped"])
    assert not Feedback.objects.exists()


def test_of_what_is_not_published_nothing_is_said(client: Client, pool: Answer) -> None:
    change_answer_state(pool, "retire", by=None)
    assert client.post(PAGE, {"helped": True}, content_type="application/json").status_code == 404


def test_one_address_may_say_it_so_often_and_no_more(
    client: Client, pool: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kesher.answers.views.TRIES", 2)
    said = [client.post(PAGE, {"helped": True}, content_type="application/json").status_code for _time in range(3)]
    assert said == [201, 201, 429]
    assert Feedback.objects.count() == 2
