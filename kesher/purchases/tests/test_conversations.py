"""Buying together by number keys, and what may not be done from there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.contacts.services import find_identity
from kesher.conversations.models import Delivery
from kesher.conversations.tests.talk import DANA, VISITOR, code_sent_to, hear
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.participation.models import Participation
from kesher.purchases import services
from kesher.purchases.models import Allotment, OfferVote, Pledge, Purchase
from kesher.purchases.tests.factories import a_buyer, a_demand, a_purchase, an_offer, buy, give_up, pass_deadline


def test_a_pledge_by_number_keys(purchase: Purchase, sms: Account) -> None:
    ladder = hear(sms, DANA, "לקנות 52712")
    assert "5,200" in ladder
    assert "4,800" in ladder
    assert "15,600" in hear(sms, DANA, "3")  # the sum is said before the yes
    assert not Pledge.objects.exists()
    said = hear(sms, DANA, "1")
    line = Pledge.objects.get()
    assert (line.quantity, line.door, line.participation.level) == (3, "sms", 1)
    assert line.participation.receipt in said


def test_a_no_pledges_nothing(purchase: Purchase, sms: Account) -> None:
    hear(sms, DANA, "52712", "3", "2")
    assert not Pledge.objects.exists()
    assert not Participation.objects.exists()


def test_too_many_is_asked_again(purchase: Purchase, sms: Account) -> None:
    assert "5" in hear(sms, DANA, "לקנות 52712", "9")
    hear(sms, DANA, "2", "1")
    assert Pledge.objects.get().quantity == 2


def test_a_change_and_a_cancellation(purchase: Purchase, sms: Account) -> None:
    hear(sms, DANA, "לקנות 52712", "3", "1")
    assert "3" in hear(sms, DANA, "הרכישה שלי 52712")
    hear(sms, DANA, "לקנות 52712", "2", "1")
    hear(sms, DANA, "לבטל רכישה 52712", "1")
    assert [line.quantity for line in Pledge.objects.in_order()] == [3, 2, 0]


def test_a_bare_number_means_interest_where_there_is_no_offer(city: Agency, sms: Account) -> None:
    a_demand(code="52712")
    hear(sms, DANA, "52712", "1")
    assert Participation.objects.get().action.kind == "purchase"
    assert "52712" in hear(sms, DANA, "לקנות 52712")  # no offer yet: how to hear of it
    assert Participation.objects.count() == 1


def test_who_is_too_late_stands_in_line_if_he_wants(city: Agency, sms: Account) -> None:
    small = a_purchase(code="52712", stock=1, minimum=1)
    buy(small, 1)
    hear(sms, DANA, "לקנות 52712", "1")
    hear(sms, DANA, "1", "1")
    assert Pledge.objects.current().filter(standing="waiting").count() == 1
    dana = find_identity(DANA)
    assert dana
    give_up(small, Pledge.objects.in_order()[0].participation.contact)
    hear(sms, DANA, "מקום 52712", "1")
    assert services.find_pledge(small, dana.contact).standing == "in"  # type: ignore[union-attr]


def test_a_visitor_of_the_chat_proves_a_phone_first(purchase: Purchase, webchat: Account, sms: Account) -> None:
    hear(webchat, VISITOR, "לקנות 52712", "2", "050-555-0142", "1")
    assert not Pledge.objects.exists()
    hear(webchat, VISITOR, "000000")
    assert not Pledge.objects.exists()
    hear(webchat, VISITOR, code_sent_to("+972505550142"))
    line = Pledge.objects.get()
    assert (line.quantity, line.participation.level) == (2, 2)


def test_a_strict_purchase_sends_a_code_to_the_own_phone(city: Agency, sms: Account) -> None:
    a_purchase(code="52712", proof=2)
    hear(sms, DANA, "לקנות 52712", "2", "1")
    assert not Pledge.objects.exists()
    hear(sms, DANA, code_sent_to("+972505550142"))
    assert Pledge.objects.get().participation.level == 2


def test_members_choose_an_offer(city: Agency, sms: Account) -> None:
    demand = a_demand(code="52712")
    an_offer(demand)
    better = an_offer(demand, seller="קרן שמש", ladder=((1, 490_000),))
    hear(sms, DANA, "לבחור הצעה 52712", "2")
    assert not OfferVote.objects.exists()
    hear(sms, DANA, "מעוניינים 52712", "1")
    hear(sms, DANA, "לבחור הצעה 52712", "2")
    assert OfferVote.objects.get().offer == better


def test_the_pickup_code_is_told_to_whoever_is_known(purchase: Purchase, sms: Account, miriam: object) -> None:
    hear(sms, DANA, "לקנות 52712", "4", "1")
    closed = pass_deadline(purchase)
    assert Allotment.objects.get().code not in hear(sms, DANA, "הרכישה שלי 52712")
    services.make_transition(closed, "confirm", by=SYSTEM)
    assert Allotment.objects.get().code not in hear(sms, DANA, "הרכישה שלי 52712")  # the desk's side of it
    assert Allotment.objects.get().code in Delivery.objects.latest("pk").sealed["text"]


def test_a_pickup_time_by_number_keys(purchase: Purchase, sms: Account) -> None:
    point = services.add_point(purchase, names={"he": "המתנ״ס"}, address="הרצל 12", by=SYSTEM)
    soon = timezone.now() + timedelta(days=20)
    slot = services.add_slot(point, starts=soon, ends=soon + timedelta(hours=2), places=9, by=SYSTEM)
    hear(sms, DANA, "לקנות 52712", "4", "1")
    services.make_transition(pass_deadline(purchase), "confirm", by=SYSTEM)
    hear(sms, DANA, "איסוף 52712", "1")
    assert Allotment.objects.get().slot == slot


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_what_is_over_says_so(purchase: Purchase, sms: Account, state: str) -> None:
    buy(purchase, 4)
    if state == "closed":
        pass_deadline(purchase)
    else:
        services.make_transition(purchase, "cancel", by=SYSTEM, reason="אין ספק")
    hear(sms, DANA, "לקנות 52712", "1", "1")
    assert Pledge.objects.current().count() == 1


def test_a_purchase_is_started_in_a_conversation(city: Agency, sms: Account) -> None:
    said = hear(sms, DANA, "לארגן רכישה", "עגלות לתאומים", "עגלה מתקפלת, עד 2,000 ש״ח", "1")
    assert not Purchase.objects.filter(state="submitted").exists()
    assert said
    hear(sms, DANA, code_sent_to("+972505550142"))
    made = Purchase.objects.get()
    assert (made.state, made.title) == ("submitted", "עגלות לתאומים")
    assert made.organiser == find_identity(DANA).contact  # type: ignore[union-attr]


def test_another_body_knows_no_such_number(purchase: Purchase, town: Agency, sms: Account) -> None:
    assert a_buyer()
    assert hear(sms, Address("tel", "+972505550199"), "לקנות 52718")
    assert not Pledge.objects.exists()


def test_interest_is_taken_back_in_a_conversation(city: Agency, sms: Account) -> None:
    a_demand(code="52712")
    hear(sms, DANA, "מעוניינים 52712", "1", "לבטל התעניינות 52712", "2")
    assert Participation.objects.get().state == "counted"
    assert "המתעניינים" in hear(sms, DANA, "לבטל התעניינות 52712", "1")
    assert Participation.objects.get().state == "withdrawn"


def test_one_more_is_one_more_by_number_keys(city: Agency, sms: Account) -> None:
    """A question that may be skipped would take "1" for the skip."""
    a_purchase(code="52712", box=4)
    hear(sms, DANA, "לקנות 52712", "2", "1", "1")
    assert (Pledge.objects.get().quantity, Pledge.objects.get().tolerance) == (2, 1)
