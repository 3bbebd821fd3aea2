"""A form that was begun on a page goes on in a conversation."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.conversations.tests.talk import DANA, code_sent_to, hear, later
from kesher.dialogues.models import DialogueSession
from kesher.participation.models import Participation
from kesher.purchases.forms.offer_dialogue import to_conversation_answers
from kesher.purchases.models import Offer, Purchase
from kesher.purchases.tests.factories import a_demand, a_purchase, buy

OFFER = {
    "seller": "שמש הצפון", "terms": "כולל התקנה", "minimum": "1", "box": "1", "each": "5", "stock": "",
    "start_1": "1", "price_1": "5200", "start_2": "10", "price_2": "4,800.50", "start_3": "", "price_3": "",
}  # fmt: skip


@pytest.fixture
def demand(city: Agency) -> Purchase:
    return a_demand(code="52712")


def test_interest_goes_on_in_a_conversation(demand: Purchase, client: Client, sms: Account) -> None:
    hear(sms, DANA, later(client, "/purchases/52712/join/"), "1")
    assert Participation.objects.get(action=demand.action).state == "counted"


def test_no_yes_comes_along(demand: Purchase, client: Client, sms: Account) -> None:
    hear(sms, DANA, later(client, "/purchases/52712/join/", interested="on"))
    assert not Participation.objects.exists()


def test_an_offer_goes_on_with_what_was_written(demand: Purchase, client: Client, sms: Account) -> None:
    asked = hear(sms, DANA, later(client, "/purchases/52712/offer/", **OFFER))
    assert "שמש הצפון" not in asked  # it is not asked for again
    hear(sms, DANA, "דלג", "דלג", "2", "1")
    offer = Offer.objects.get()
    assert [(tier.start, tier.price) for tier in offer.ladder] == [(1, 520_000), (10, 480_050)]
    assert (offer.seller, offer.term) == ("שמש הצפון", "כולל התקנה")


def test_a_purchase_begun_on_the_page_waits_for_its_review(client: Client, sms: Account) -> None:
    words = later(client, "/purchases/new/", title="קולטי שמש לבניין", declared="none", name="דנה מבניין 7")
    asked = hear(sms, DANA, words, "קולטים משותפים לגג, עד סוף הקיץ")
    assert "דנה מבניין 7" in asked
    hear(sms, DANA, "1")
    hear(sms, DANA, code_sent_to(DANA.address))  # organisers prove their phone by a code, here too
    purchase = Purchase.objects.get()
    assert (purchase.titles, purchase.state) == ({"he": "קולטי שמש לבניין"}, "submitted")
    assert purchase.organiser_name == "דנה מבניין 7"


def test_limits_come_along_only_where_one_was_set() -> None:
    assert "limits" not in to_conversation_answers(OFFER)
    limited = to_conversation_answers({**OFFER, "box": "4"})
    assert (limited["limits"], limited["box"], limited["stock"]) == ("on", "4", "0")


def test_a_maximum_goes_along_and_is_said_back(demand: Purchase, client: Client, sms: Account) -> None:
    hear(sms, DANA, later(client, "/purchases/52712/offer/", **OFFER, maximum="1200"), "דלג", "דלג")
    asked = hear(sms, DANA, "דלג")
    assert "1,200" in asked
    hear(sms, DANA, "1")
    assert Offer.objects.get().maximum == 1200


def test_where_no_offer_is_taken_nothing_is_parked(demand: Purchase, client: Client) -> None:
    Purchase.objects.update(state="cancelled")
    client.post("/purchases/52712/offer/", {"later": "1", **OFFER})
    assert not DialogueSession.objects.exists()


def test_interest_is_not_parked_once_people_pledge(city: Agency, client: Client) -> None:
    buy(a_purchase(code="52712"), 1)
    client.post("/purchases/52712/join/", {"later": "1"})
    assert not DialogueSession.objects.exists()


@pytest.mark.parametrize("path", ["52712/", "52712/offer/", "new/"])
def test_the_pages_offer_it(demand: Purchase, client: Client, path: str) -> None:
    assert 'name="later"' in client.get(f"/purchases/{path}").content.decode()
