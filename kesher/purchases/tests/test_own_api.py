"""The API of people who joined: their key opens all that their page allows, and nothing else does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.tests.talk import code_sent_to
from kesher.core.audit import SYSTEM
from kesher.participation.models import Participation
from kesher.purchases import services
from kesher.purchases.magic_links import organiser_key, own_key
from kesher.purchases.models import Allotment, OfferVote, PickupSlot, Pledge, Purchase
from kesher.purchases.services import Pledged
from kesher.purchases.tests.factories import a_buyer, a_demand, a_purchase, an_offer, buy, interested, pass_deadline

API = "/api/v1/purchases/"
PHONE = "+972505550142"


def door(row: Participation, rest: str = "") -> str:
    return f"{API}mine/{own_key(row)}/{rest}"


def of(bought: Pledged, rest: str = "") -> str:
    return door(bought.line.participation, rest)


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def drop(client: Client, path: str) -> Any:
    return client.delete(path, content_type="application/json")


def a_slot(purchase: Purchase, places: int = 9) -> PickupSlot:
    point = services.add_point(purchase, names={"he": "המתנ״ס"}, address="הרצל 12", by=SYSTEM)
    soon = timezone.now() + timedelta(days=20)
    return services.add_slot(point, starts=soon, ends=soon + timedelta(hours=2), places=places, by=SYSTEM)


def test_it_says_what_one_has_and_may_do(purchase: Purchase, client: Client, dana: Identity) -> None:
    found = client.get(of(buy(purchase, 3, dana))).json()["data"]
    assert (found["pledge"]["standing"], found["pledge"]["quantity"]) == ("in", 3)
    assert found["may"] == ["change", "give_up", "vote"]
    assert (found["share"], found["unit_price"]) == (None, "5200.00")
    assert "052" not in str(found) + str(found["links"])


def test_a_pledge_is_changed_and_what_is_left_out_stays(city: Agency, client: Client, dana: Identity) -> None:
    boxed = a_purchase(box=4)
    points = [services.add_point(boxed, names={"he": name}, address=name, by=SYSTEM) for name in ("א", "ב")]
    bought = buy(boxed, 2, dana, tolerance=1, point=points[0])
    assert post(client, of(bought, "pledge/"), quantity=9).status_code == 422
    done = post(client, of(bought, "pledge/"), point=points[1].pk).json()["data"]
    assert (done["pledge"]["quantity"], done["pledge"]["tolerance"]) == (2, 1)
    assert done["pledge"]["point"] == points[1].pk
    assert [line.door for line in Pledge.objects.in_order()] == ["sms", "api"]


def test_it_is_given_up_and_then_the_key_does_nothing(purchase: Purchase, client: Client, dana: Identity) -> None:
    bought = buy(purchase, 3, dana)
    done = drop(client, of(bought, "pledge/")).json()["data"]
    assert (done["stands"], done["may"], Purchase.objects.get().taken) == (False, [], 0)
    assert post(client, of(bought, "pledge/"), quantity=2).status_code == 409
    assert drop(client, of(bought, "pledge/")).status_code == 409
    assert Purchase.objects.get().taken == 0


def test_a_place_in_the_line_is_kept_taken_and_declined(city: Agency, client: Client) -> None:
    small = a_purchase(stock=1, minimum=1)
    first, second, third = buy(small, 1), buy(small, 1, wait=True), buy(small, 1, wait=True)
    assert client.get(of(second)).json()["data"]["may"] == ["change", "give_up", "vote"]
    assert post(client, of(second, "place/")).status_code == 409
    drop(client, of(first, "pledge/"))
    assert "take" in client.get(of(second)).json()["data"]["may"]
    drop(client, of(second, "pledge/"))
    assert post(client, of(third, "place/")).json()["data"]["pledge"]["standing"] == "in"
    assert Purchase.objects.get().taken == 1


def test_who_waits_changes_how_many_and_still_waits(city: Agency, client: Client) -> None:
    small = a_purchase(stock=1, minimum=1)
    buy(small, 1)
    done = post(client, of(buy(small, 1, wait=True), "pledge/"), quantity=2).json()["data"]
    assert (done["pledge"]["standing"], done["pledge"]["quantity"]) == ("waiting", 2)


def test_after_the_deadline_the_line_is_left_and_a_share_passed_on(city: Agency, client: Client) -> None:
    small = a_purchase(stock=1, minimum=1)
    first, second, third = buy(small, 1), buy(small, 1, wait=True), buy(small, 1, wait=True)
    pass_deadline(small)
    assert client.get(of(second)).json()["data"]["may"] == ["give_up"]
    assert drop(client, of(second, "pledge/")).json()["data"]["share"]["state"] == "given_up"
    drop(client, of(first, "pledge/"))
    assert post(client, of(third, "place/")).json()["data"]["share"]["state"] == "held"
    assert drop(client, of(third, "pledge/")).status_code == 409  # nobody waits any more


def test_the_pickup_code_and_time(purchase: Purchase, client: Client, dana: Identity) -> None:
    bought, slot = buy(purchase, 4, dana), a_slot(purchase, places=1)
    assert post(client, of(bought, "slot/"), slot=slot.pk).status_code == 409
    closed = pass_deadline(purchase)
    assert client.get(of(bought)).json()["data"]["share"]["pickup_code"] is None
    services.make_transition(closed, "confirm", by=SYSTEM)
    found = client.get(of(bought)).json()["data"]
    assert found["share"]["pickup_code"] == Allotment.objects.get().code
    assert [row["id"] for row in found["slots"]] == [slot.pk]
    assert post(client, of(bought, "slot/"), slot=slot.pk + 1).status_code == 422
    chosen = post(client, of(bought, "slot/"), slot=slot.pk).json()["data"]["share"]
    assert (chosen["slot"]["id"], chosen["point"]) == (slot.pk, slot.point_id)


def test_a_member_chooses_an_offer_and_changes_his_mind(city: Agency, client: Client, dana: Identity) -> None:
    demand, other = a_demand(), an_offer(a_demand())
    offers = [an_offer(demand), an_offer(demand, ladder=((1, 490_000),))]
    row = interested(demand, dana).participation
    for offer in offers:
        assert post(client, door(row, "vote/"), offer=offer.pk).json()["data"]["chosen_offer"] == offer.pk
    assert post(client, door(row, "vote/"), offer=other.pk).status_code == 422
    assert OfferVote.objects.get().offer == offers[1]


def test_interest_is_taken_back(city: Agency, client: Client, dana: Identity) -> None:
    row = interested(a_demand(), dana).participation
    assert "lose_interest" in client.get(door(row)).json()["data"]["may"]
    assert drop(client, door(row, "interest/")).json()["data"]["stands"] is False
    row.refresh_from_db()
    assert row.state == "withdrawn"


@pytest.mark.parametrize("rest", ["pledge/", "interest/", "place/", "vote/", "slot/"])
def test_another_key_opens_nothing(purchase: Purchase, client: Client, dana: Identity, rest: str) -> None:
    key = own_key(buy(purchase, 3, dana).line.participation)
    for wrong in (key[:-4] + "aaaa", organiser_key(purchase), "52712"):
        path = f"{API}mine/{wrong}/"
        assert client.get(path).status_code == 404
        send = drop if rest == "interest/" else post
        assert send(client, path + rest).status_code == 404
    assert Pledge.objects.get().quantity == 3


def test_who_joined_elsewhere_gets_his_key_by_a_code(purchase: Purchase, client: Client, sms: Account) -> None:
    bought = buy(purchase, 2, a_buyer())
    address = bought.line.participation.identity.address  # type: ignore[union-attr]
    assert post(client, f"{API}52712/mine/", address=address).status_code == 202
    wrong = post(client, f"{API}52712/confirm/", address=address, code="000000", wish="mine")
    assert wrong.status_code == 422
    done = post(client, f"{API}52712/confirm/", address=address, code=code_sent_to(address), wish="mine").json()["data"]
    assert done["links"]["own"].endswith(of(bought))


def test_who_has_nothing_gets_no_key(purchase: Purchase, client: Client, sms: Account) -> None:
    asked = post(client, f"{API}52712/mine/", address=PHONE).json()["data"]
    assert asked["state"] == "pending"
    done = post(client, f"{API}52712/confirm/", address=PHONE, code=code_sent_to(PHONE), wish="mine").json()["data"]
    assert done == {"state": "none"}
    assert not Pledge.objects.exists()


def test_looking_asks_few_questions(
    purchase: Purchase, client: Client, dana: Identity, django_assert_max_num_queries: Any
) -> None:
    bought = buy(purchase, 3, dana)
    for _ in range(3):
        an_offer(purchase)
    client.get(of(bought))
    with django_assert_max_num_queries(16):
        client.get(of(bought))
