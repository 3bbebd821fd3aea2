"""An organiser's API, from the start to the pick-up, and who may not use it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.tests.talk import code_sent_to
from kesher.purchases.magic_links import organiser_key, own_key
from kesher.purchases.models import Purchase
from kesher.purchases.tests.factories import a_buyer, a_demand, an_offer, buy, pass_deadline

API = "/api/v1/purchases/"
PHONE = "+972505550142"
WORDS = {"title": "עגלות לתאומים", "text": "מתקפלות", "name": "דנה", "declared": "none", "address": PHONE}


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(API + path, body, content_type="application/json")


def led() -> tuple[Purchase, str]:
    """A published demand, and its organiser's door."""
    demand = a_demand(code="52712", organiser=a_buyer(2).contact)
    return demand, f"organise/{organiser_key(demand)}/"


def test_a_citizen_starts_one_and_gets_its_key(city: Agency, client: Client, sms: Account) -> None:
    draft = post(client, "", **WORDS).json()["data"]
    assert (draft["state"], Purchase.objects.get().state) == ("draft", "draft")
    assert client.get(f"{API}{draft['id']}/").status_code == 404
    known = {"address": PHONE, "wish": "start"}
    assert post(client, f"{draft['id']}/confirm/", code="000000", **known).status_code == 422
    done = post(client, f"{draft['id']}/confirm/", code=code_sent_to(PHONE), **known).json()["data"]
    assert (done["state"], Purchase.objects.get().organiser_name) == ("submitted", "דנה")
    assert client.get(done["links"]["lead"]).json()["data"]["may"][:2] == ["cancel", "add_time"]


@pytest.mark.parametrize(
    "wrong", [{"address": "dana@example.org"}, {"declared": ""}, {"declared": "stated"}, {"title": ""}, {"name": ""}]
)
def test_what_is_wrong_is_named_and_nothing_is_started(
    city: Agency, client: Client, sms: Account, mailbox: Account, wrong: dict[str, str]
) -> None:
    answer = post(client, "", **{**WORDS, **wrong})
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert not Purchase.objects.exists()


def test_a_code_for_something_else_starts_nothing(city: Agency, client: Client, sms: Account) -> None:
    a_demand(code="52712")
    draft = post(client, "", **WORDS).json()["data"]
    post(client, "52712/interest/", address=PHONE)
    code = code_sent_to(PHONE)
    assert post(client, f"{draft['id']}/confirm/", address=PHONE, code=code, wish="start").status_code == 422
    assert post(client, f"{draft['id']}/confirm/", address=PHONE, code=code, wish="interest").status_code == 404
    assert Purchase.objects.filter(state="draft").count() == 1


def test_the_organiser_opens_orders_and_hands_out(city: Agency, client: Client) -> None:
    demand, door = led()
    offer = an_offer(demand)
    assert client.get(API + door).json()["data"]["may"][:2] == ["open", "cancel"]
    assert post(client, f"{door}open/", offer=offer.pk).status_code == 422
    opened = post(client, f"{door}open/", offer=offer.pk, closes_at="2099-01-01", tie="lottery").json()["data"]
    assert (opened["state"], opened["tie_rule"]) == ("open", "lottery")
    assert post(client, f"{door}confirm/").status_code == 409
    buy(Purchase.objects.get(), 2)
    pass_deadline(demand)
    assert post(client, f"{door}confirm/").json()["data"]["may"][:1] == ["fulfil"]
    assert post(client, f"{door}fulfil/").json()["data"]["state"] == "fulfilled"


def test_calling_off_needs_a_reason(city: Agency, client: Client) -> None:
    _demand, door = led()
    assert post(client, f"{door}cancel/").status_code == 422
    done = post(client, f"{door}cancel/", reason="הספק חזר בו").json()["data"]
    assert (done["state"], done["reason"], done["may"]) == ("cancelled", "הספק חזר בו", [])


@pytest.mark.parametrize("verb", ["publish", "submit", "nothing"])
def test_what_is_not_the_organisers_is_not_there(city: Agency, client: Client, verb: str) -> None:
    demand, door = led()
    assert post(client, f"{door}{verb}/").status_code == 404
    demand.refresh_from_db()
    assert demand.state == "interest"


def test_another_key_leads_nothing(purchase: Purchase, client: Client, dana: Identity) -> None:
    own = own_key(buy(purchase, 1, dana).line.participation)
    for wrong in (own, organiser_key(purchase)[:-3] + "aaa"):
        assert client.get(f"{API}organise/{wrong}/").status_code == 404
        assert post(client, f"organise/{wrong}/cancel/", reason="x").status_code == 404
    purchase.refresh_from_db()
    assert purchase.state == "open"


def test_the_organisers_phone_brings_his_key_and_a_mailbox_does_not(
    city: Agency, client: Client, sms: Account, mailbox: Account, dana: Identity
) -> None:
    a_demand(code="52712", organiser=dana.contact)
    links = []
    for address in (PHONE, "dana@example.org"):
        post(client, "52712/mine/", address=address)
        known = {"address": address, "code": code_sent_to(address), "wish": "mine"}
        links.append(sorted(post(client, "52712/confirm/", **known).json()["data"].get("links", {})))
    assert links == [["lead", "organise"], []]
