"""A page does the same work for an address that took part and for one that did not: its time tells nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kesher.channels.models import Account
from kesher.contacts.models import AddressRequest, Identity, Proof
from kesher.contacts.services import answer_requests
from kesher.contests.tests.factories import a_ballot_of, voted
from kesher.conversations.models import Delivery
from kesher.petitions.tests.factories import a_petition, sign_as

KNOWN, UNKNOWN = "050-555-0142", "050-555-0177"
PATHS = [
    "/petitions/48213/withdraw/",
    "/api/v1/petitions/48213/signatures/withdraw/",
    "/contests/48213/back/",
    "/api/v1/contests/48213/withdraw/",
]


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest, dana: Identity, sms: Account) -> str:
    """Where somebody asks for the withdrawal of what Dana did."""
    path = str(request.param)
    if "petitions" in path:
        sign_as(a_petition(code="48213"), dana)
    else:
        voted(a_ballot_of("ספסל", "עץ", code="48213")[1], dana, [1])
    return path


def ask(path: str, address: str) -> list[str]:
    """Ask from a new browser; return the statements to the database, without their values."""
    kind: dict[str, Any] = {"content_type": "application/json"} if "api" in path else {}
    with CaptureQueriesContext(connection) as queries:
        answer = Client().post(path, {"address": address}, **kind)
    assert answer.status_code in (200, 202, 302), answer.content
    return [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries]


def test_the_work_is_the_same_whosever_address_it_is(path: str) -> None:
    before = Delivery.objects.count()
    ask(path, "050-555-0111")  # fills what is cached in the process
    assert ask(path, KNOWN) == ask(path, UNKNOWN)
    assert (Proof.objects.count(), Delivery.objects.count()) == (0, before)


def test_the_worker_sends_the_code_to_whoever_took_part(path: str) -> None:
    ask(path, KNOWN)
    ask(path, UNKNOWN)
    assert answer_requests() == 2
    assert [proof.identity.address for proof in Proof.objects.all()] == ["+972505550142"]
    assert not AddressRequest.objects.exists()
    assert answer_requests() == 0


def test_the_network_that_asked_counts_as_the_code_s(path: str) -> None:
    ask(path, KNOWN)
    network = AddressRequest.objects.get().network
    answer_requests()
    assert Proof.objects.get().network == network != ""
