"""How many may vote and propose from one place: a crowd behind a carrier, and no robot."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.contests.models import Proposal
from kesher.contests.tests.factories import a_ballot_of, a_contest
from kesher.conversations.tests.talk import code_sent_to
from kesher.participation import rate_limits

VOTE, PROPOSE = "/contests/48213/vote/", "/contests/48213/propose/"
API = "/api/v1/contests/48213/"


def json(client: Client, path: str, **body: Any) -> int:
    return client.post(f"{API}{path}", body, content_type="application/json").status_code


def addresses(count: int) -> list[str]:
    return [f"p{number}@gmail.com" for number in range(count)]


def test_a_whole_crowd_votes_and_proposes_from_one_address_of_a_carrier(
    client: Client, city: Agency, mailbox: Account
) -> None:
    a_ballot_of("קלקלן", "סופן", code="48213")
    a_contest(code="61940")
    crowd = addresses(rate_limits.TRIES + 3)
    assert {json(client, "votes/", address=one, choice="1") for one in crowd} == {202}
    given = [{"text": f"מילה{number}", "address": one} for number, one in enumerate(crowd)]
    assert {Client().post("/contests/61940/propose/", one).status_code for one in given} == {302}


def test_votes_with_ever_new_addresses_from_one_network_are_a_robots(
    client: Client, city: Agency, mailbox: Account, monkeypatch: Any
) -> None:
    a_ballot_of("קלקלן", "סופן", code="48213")
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 2)
    crowd = addresses(4)
    assert [client.post(VOTE, {"choice": "1", "address": one}).status_code for one in crowd] == [302, 302, 429, 429]
    assert json(client, "votes/", address="q@gmail.com", choice="1") == 429


@pytest.mark.parametrize("method", ["opinion", "pairwise"])
def test_so_are_small_answers(client: Client, city: Agency, mailbox: Account, monkeypatch: Any, method: str) -> None:
    a_ballot_of("עוד ספסלים", "עוד עצים", method=method, code="48213")
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 2)
    crowd = [client.post("/contests/48213/mine/", {"address": one}).status_code for one in addresses(3)]
    assert crowd == [302, 302, 429]


def test_a_network_proposes_no_more_than_it_may(client: Client, city: Agency, sms: Account, monkeypatch: Any) -> None:
    a_contest(code="48213")
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 2)
    for number in range(4):
        client.post(PROPOSE, {"text": f"מילה{number}", "address": f"05455500{number:02}"})
    assert Proposal.objects.count() == 2


def test_who_gives_no_address_is_one_of_his_network(client: Client, city: Agency, monkeypatch: Any) -> None:
    a_contest(code="48213")
    monkeypatch.setattr(rate_limits, "TRIES", 1)
    for text in ("קלקלן", "סופן"):
        client.post(PROPOSE, {"text": text})
    assert Proposal.objects.count() == 1


def test_a_voter_who_is_known_here_is_no_new_crowd(
    client: Client, city: Agency, sms: Account, monkeypatch: Any
) -> None:
    a_ballot_of("קלקלן", "סופן", code="48213")
    client.post(VOTE, {"choice": "2", "address": "050-555-0142"})
    client.post(f"{VOTE}confirm/", {"code": code_sent_to("+972505550142")})
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 0)
    assert "changed" in client.post(VOTE, {"choice": "1"}).headers["Location"]


def test_a_known_voter_is_counted_by_the_proved_address(
    client: Client, city: Agency, sms: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "TRIES", 3)
    a_ballot_of("קלקלן", "סופן", code="48213")
    client.post(VOTE, {"choice": "1", "address": "+972505550142"})
    client.post(f"{VOTE}confirm/", {"code": code_sent_to("+972505550142")})
    tries = [client.post(VOTE, {"choice": choice}).status_code for choice in ("2", "1", "2")]
    assert tries == [302, 302, 429]
