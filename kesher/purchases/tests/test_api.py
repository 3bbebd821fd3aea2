"""The machines' door: the same verbs, nobody's name."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.conversations.tests.talk import code_sent_to
from kesher.participation.services import drain_deltas
from kesher.purchases.models import Offer, Pledge, Purchase
from kesher.purchases.tests.factories import a_demand, a_purchase, an_offer, buy

API = "/api/v1/purchases/"
MAIL = "dana@example.org"


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(API + path, body, content_type="application/json")


def test_the_list_and_one(purchase: Purchase, client: Client) -> None:
    buy(purchase, 5)
    drain_deltas()
    (row,) = client.get(API).json()["data"]
    assert row["attributes"]["unit_price"] == "5200.00"
    assert row["attributes"]["units_to_next_price"] == 5
    one = client.get(f"{API}52712/").json()["data"]["attributes"]
    assert one["pledgers_by_channel"] == [{"code": "sms", "count": 1}]
    assert one["pledger_count"] == 1
    assert one["seed_hash"] is None


def test_a_pledge_waits_for_its_code(purchase: Purchase, client: Client, mailbox: Account) -> None:
    assert post(client, "52712/pledges/", address=MAIL, quantity=2).status_code == 202
    assert not Pledge.objects.exists()
    done = post(client, "52712/confirm/", address=MAIL, code=code_sent_to(MAIL), wish="pledge", quantity=2).json()
    assert done["data"]["quantity"] == 2
    assert Pledge.objects.get().door == "api"


def test_interest_and_offers(city: Agency, client: Client, mailbox: Account) -> None:
    an_offer(a_demand(code="52712"))
    post(client, "52712/interest/", address=MAIL)
    done = post(client, "52712/confirm/", address=MAIL, code=code_sent_to(MAIL), wish="interest").json()
    assert done["data"]["state"] == "counted"
    (offer,) = client.get(f"{API}52712/").json()["data"]["attributes"]["offers"]
    assert offer["tiers"][1] == {"from": 10, "unit_price": "4800.00"}


@pytest.mark.parametrize(
    "body", [{}, {"address": MAIL}, {"address": MAIL, "quantity": 99}, {"address": MAIL, "quantity": [1]}]
)
def test_what_is_wrong_is_named(purchase: Purchase, client: Client, mailbox: Account, body: dict[str, Any]) -> None:
    answer = post(client, "52712/pledges/", **body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_wrong_code_and_an_unknown_number(purchase: Purchase, client: Client, mailbox: Account) -> None:
    post(client, "52712/pledges/", address=MAIL, quantity=2)
    assert post(client, "52712/confirm/", address=MAIL, code="000000", wish="pledge", quantity=2).status_code == 422
    assert client.get(f"{API}11111/").status_code == 404
    assert post(client, "11111/pledges/", address=MAIL, quantity=1).status_code == 404
    assert not Pledge.objects.exists()


def test_a_code_may_come_with_names_that_nobody_knows(purchase: Purchase, client: Client, mailbox: Account) -> None:
    post(client, "52712/pledges/", address=MAIL, quantity=2)
    beside = {"purchase": "1", "call": "1", "prepare": "1"}
    done = post(client, "52712/confirm/", address=MAIL, code=code_sent_to(MAIL), quantity=2, **beside)
    assert done.json()["data"]["quantity"] == 2


def test_the_promise_of_a_lottery_is_public_and_its_seed_is_not(city: Agency, client: Client) -> None:
    drawn = a_purchase(code="52712", tie="lottery", stock=3)
    found = client.get(f"{API}52712/").json()["data"]["attributes"]
    assert found["seed_hash"] == drawn.seed_hash
    assert found["seed"] is None
    assert drawn.seed not in str(found)


def test_a_pledge_is_given_up_when_the_code_comes_back(purchase: Purchase, client: Client, mailbox: Account) -> None:
    post(client, "52712/pledges/", address=MAIL, quantity=2)
    post(client, "52712/confirm/", address=MAIL, code=code_sent_to(MAIL), wish="pledge", quantity=2)
    asked = client.delete(f"{API}52712/pledges/", {"address": MAIL}, content_type="application/json")
    assert (asked.status_code, Purchase.objects.get().taken) == (202, 2)
    assert post(client, "52712/confirm/", address=MAIL, code="000000", wish="give_up").status_code == 422
    assert Purchase.objects.get().taken == 2
    done = post(client, "52712/confirm/", address=MAIL, code=code_sent_to(MAIL), wish="give_up").json()
    assert (done["data"]["state"], Purchase.objects.get().taken) == ("given_up", 0)


def test_a_seller_offers_and_only_he_can_prove_it(city: Agency, client: Client, mailbox: Account) -> None:
    a_demand(code="52712")
    terms = {"seller": "גג חם", "terms": "כולל התקנה", "start_1": 1, "price_1": "4990.50"}
    sizes = {"minimum": 5, "box": 1, "each": 3}
    sealed = post(client, "52712/offers/", address=MAIL, **terms, **sizes).json()["data"]["offer"]
    assert Offer.objects.get().state == "pending"
    stolen = {"code": code_sent_to(MAIL), "wish": "offer", "offer": str(Offer.objects.get().pk)}
    assert post(client, "52712/confirm/", address=MAIL, **stolen).status_code == 422
    assert Offer.objects.get().state == "pending"
    done = post(client, "52712/confirm/", address=MAIL, **{**stolen, "offer": sealed}).json()
    assert (done["data"]["state"], Offer.objects.get().ladder[0].price) == ("proposed", 499_050)


def test_a_seller_takes_back_what_he_offered(city: Agency, client: Client, mailbox: Account) -> None:
    a_demand(code="52712")
    terms = {
        "seller": "גג חם",
        "terms": "כולל התקנה",
        "start_1": 1,
        "price_1": "4990",
        "minimum": 5,
        "box": 1,
        "each": 3,
    }
    seal = post(client, "52712/offers/", address=MAIL, **terms).json()["data"]["offer"]
    post(client, "52712/confirm/", address=MAIL, code=code_sent_to(MAIL), wish="offer", offer=seal)
    url = f"{API}52712/offers/"
    assert client.delete(url, {"address": MAIL}, "application/json").status_code == 202
    done = post(client, "52712/confirm/", address=MAIL, code=code_sent_to(MAIL), wish="unoffer").json()
    assert done["data"] == {"state": "withdrawn", "offers": 1}
    assert Offer.objects.get().state == "withdrawn"
