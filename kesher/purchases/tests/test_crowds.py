"""How many may join from one place: a crowd behind a carrier, and no robot."""

from __future__ import annotations

from typing import Any

from django.test import Client

from kesher.channels.models import Account
from kesher.participation import rate_limits
from kesher.purchases.models import Purchase
from kesher.purchases.tests.factories import a_demand

API = "/api/v1/purchases/52712/"
PLEDGE = {"quantity": "1", "tolerance": "0"}


def send(client: Client, path: str, number: int, **body: Any) -> int:
    given = {"address": f"p{number}@gmail.com", **body}
    return client.post(path, given, content_type="application/json").status_code


def test_a_crowd_pledges_from_one_address_of_a_carrier_and_a_robot_does_not(
    client: Client, purchase: Purchase, mailbox: Account, monkeypatch: Any
) -> None:
    path, crowd = f"{API}pledges/", rate_limits.TRIES + 3
    assert {send(client, path, number, **PLEDGE) for number in range(crowd)} == {202}
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", crowd)
    assert send(client, path, 99, **PLEDGE) == 429


def test_the_page_shows_a_robot_s_network_the_other_ways(client: Client, sms: Account, monkeypatch: Any) -> None:
    demand = a_demand(code="61940")
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 1)
    path = f"{demand.get_absolute_url()}join/"
    crowd = [client.post(path, {"address": f"05455500{number:02}"}).status_code for number in range(2)]
    assert crowd == [302, 429]
