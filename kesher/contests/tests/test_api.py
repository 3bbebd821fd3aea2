"""Machines vote: by numbers, by statements, and by pairs that nobody chooses."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.contests import api
from kesher.contests.models import Ballot, Choice
from kesher.contests.services import count_round, decide
from kesher.contests.tests.factories import a_ballot_of, a_contest
from kesher.conversations.tests.talk import code_sent_to

pytestmark = pytest.mark.usefixtures("sms")

LIST = "/api/v1/contests/"
VOTES = "/api/v1/contests/48213/votes/"
PHONE = "+972505550142"


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def voted(client: Client, choice: list[str | int]) -> Any:
    """Asks for a code, and sends it back with the same choice."""
    assert post(client, VOTES, address=PHONE, choice=choice).status_code == 202
    return post(client, f"{VOTES}confirm/", address=PHONE, code=code_sent_to(PHONE), choice=choice)


def test_numbers_are_chosen_from_what_is_asked(client: Client, city: Agency) -> None:
    a_ballot_of("קלקלן", "סופן", method="approval", code="48213")
    asked = client.get(VOTES).json()["data"]
    assert asked["proposals"] == [{"number": 1, "text": "קלקלן"}, {"number": 2, "text": "סופן"}]
    assert voted(client, [1, 2]).json()["data"]["state"] == "counted"
    assert list(Ballot.objects.values_list("value", "channel")) == [("1 2", "api")]


def test_statements_are_answered_by_short_words(client: Client, city: Agency) -> None:
    a_ballot_of("לסגור את הרחוב", "עוד ספסלים", method="opinion", code="48213")
    assert {row["number"] for row in client.get(VOTES).json()["data"]["statements"]} == {1, 2}
    assert voted(client, ["1+", "2-"]).json()["data"]["new"]
    assert Ballot.objects.get().value == "1+ 2-"


def test_the_votes_of_a_counted_round_are_what_was_counted(client: Client, city: Agency) -> None:
    _contest, round = a_ballot_of("לסגור את הרחוב", "עוד ספסלים", method="opinion", code="48213")
    assert voted(client, ["1+", "2-"]).json()["data"]["new"]
    count_round(round)  # no delta was drained
    [told] = client.get("/api/v1/contests/48213/").json()["data"]["rounds"]
    assert told["votes"] == {"1+": 1, "2-": 1}


def test_pairs_come_sealed_and_their_answers_count(client: Client, city: Agency) -> None:
    a_ballot_of("א", "ב", "ג", method="pairwise", code="48213")
    pairs = client.get(VOTES).json()["data"]["pairs"]
    assert len(pairs) == 3
    assert voted(client, [f"{pairs[0]['pair']}>"]).status_code == 200
    row = Choice.objects.get()
    assert {row.proposal.number, row.against.number if row.against else 0} == {
        pairs[0]["first"]["number"], pairs[0]["second"]["number"],
    }  # fmt: skip


@pytest.mark.parametrize("choice", [[], ["1>2"], ["not sealed>"], [1], "1"])
def test_nobody_chooses_his_own_pair(client: Client, city: Agency, choice: Any) -> None:
    a_ballot_of("א", "ב", "ג", method="pairwise", code="48213")
    answer = post(client, VOTES, address=PHONE, choice=choice)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["choice"])
    assert not Ballot.objects.exists()


def test_a_wrong_code_counts_nothing(client: Client, city: Agency) -> None:
    a_ballot_of("לסגור את הרחוב", method="opinion", code="48213")
    assert post(client, VOTES, address=PHONE, choice=["1+"]).status_code == 202
    answer = post(client, f"{VOTES}confirm/", address=PHONE, code="000000", choice=["1+"])
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["code"])
    assert not Choice.objects.exists()


def test_the_list_is_chosen_by_state_and_words_and_goes_on(client: Client, city: Agency, monkeypatch: Any) -> None:
    monkeypatch.setattr("kesher.initiatives.api.PAGE", 2)
    for number in range(3):
        a_contest(titles={"he": f"ספסל {number}"})
    other, round = a_ballot_of("קלקלן", "סופן")
    count_round(round)
    decide(other, None, {"he": "אין"}, staff=None)
    first = client.get(LIST, {"state": "published", "q": "ספסל"}).json()
    assert (len(first["data"]), first["links"]["prev"]) == (2, None)
    last = client.get(first["links"]["next"]).json()
    assert [row["title"] for row in last["data"]] == ["ספסל 0"]
    assert (last["links"]["next"], client.get(last["links"]["prev"]).json()["data"]) == (None, first["data"])
    assert [row["code"] for row in client.get(LIST, {"state": "finished"}).json()["data"]] == [other.code]


def test_the_next_proposals_have_the_same_words(client: Client, city: Agency, monkeypatch: Any) -> None:
    monkeypatch.setattr(api, "PAGE", 1)
    a_ballot_of("ספסל ירוק", "ספסל כחול", "עץ", code="48213")
    first = client.get(f"{LIST}48213/proposals/", {"q": "ספסל"}).json()
    second = client.get(first["links"]["next"]).json()
    assert [row["number"] for row in (*first["data"], *second["data"])] == [1, 2]
    assert second["links"]["next"] is None
