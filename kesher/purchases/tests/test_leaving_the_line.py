"""Who waits for a place may leave the line at any time, at every door, and hears no more of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.models import BroadcastRow
from kesher.conversations.tests.talk import DANA, code_sent_to, hear
from kesher.core.audit import Actor
from kesher.core.errors import Refused
from kesher.purchases import services
from kesher.purchases.magic_links import own_path
from kesher.purchases.models import Allotment, Pledge, Purchase
from kesher.purchases.registrations import list_own_things, not_over
from kesher.purchases.services.pledges import give_up_pledge
from kesher.purchases.tests.factories import a_buyer, a_purchase, buy, call_of, give_up, pass_deadline

NOW = Actor("contact", None, "sms")


@pytest.fixture
def queue(city: Agency, dana: Identity) -> Purchase:
    """A purchase of one unit: somebody has it, Dana waits, and then another person."""
    small = a_purchase(code="52712", stock=1, minimum=1)
    for who in (a_buyer(), dana, a_buyer()):
        buy(small, 1, who, wait=True)
    return small


def leave(purchase: Purchase, who: Identity) -> str:
    return give_up(purchase, who)


def of_dana(dana: Identity) -> Pledge:
    return Pledge.objects.current().get(participation__contact=dana.contact)


def test_before_the_deadline_the_line_is_left(queue: Purchase, dana: Identity) -> None:
    assert leave(queue, dana) == "line"
    assert leave(queue, dana) == ""
    assert (of_dana(dana).standing, Purchase.objects.get().taken) == ("out", 1)


def test_the_line_is_left_before_the_worker_saw_the_deadline(queue: Purchase, dana: Identity) -> None:
    first = Pledge.objects.in_order()[0].participation.contact
    past = timezone.now()
    Purchase.objects.update(opens_at=past.replace(year=past.year - 1), closes_at=past)
    assert leave(queue, dana) == "line"
    with pytest.raises(Refused):
        give_up(queue, first)
    assert (of_dana(dana).standing, Purchase.objects.get().taken) == ("out", 1)


def test_the_line_is_left_while_the_last_box_is_filled(city: Agency, dana: Identity) -> None:
    boxed = a_purchase(maximum=5, box=4, minimum=1)
    buy(boxed, 5)
    buy(boxed, 2, dana, wait=True)
    filling = pass_deadline(boxed)
    assert (filling.state, leave(filling, dana)) == ("filling", "line")
    assert (of_dana(dana).standing, Purchase.objects.get().taken) == ("out", 5)


def test_after_the_deadline_the_next_in_line_moves_up(queue: Purchase, dana: Identity) -> None:
    closed = pass_deadline(queue)
    assert leave(closed, dana) == "line"
    with pytest.raises(Refused):
        services.accept_place(closed, call_of(dana))
    first, last = Allotment.objects.get(place=1), Allotment.objects.get(place=3)
    give_up(closed, first.participation.contact)
    last.refresh_from_db()
    assert (last.state, Purchase.objects.get().allotted) == ("offered", 1)
    assert services.find_share(closed, dana.contact).state == "given_up"  # type: ignore[union-attr]


def test_after_the_handing_out_the_line_is_left_too(queue: Purchase, dana: Identity, miriam: Staff) -> None:
    done = services.make_transition(
        services.make_transition(pass_deadline(queue), "confirm", staff=miriam), "fulfil", staff=miriam
    )
    assert leave(done, dana) == "line"
    assert sorted(Allotment.objects.values_list("state", flat=True)) == ["given_up", "held", "waiting"]


def test_a_pledge_is_no_place_in_the_line(queue: Purchase, dana: Identity) -> None:
    leave(queue, dana)
    give_up(queue, Pledge.objects.in_order()[2].participation.contact)
    closed = pass_deadline(queue)
    first = Allotment.objects.get().participation.contact
    with pytest.raises(Refused):
        give_up(closed, first)
    with pytest.raises(Refused):
        give_up_pledge(closed, first, by=NOW)
    assert Allotment.objects.get().state == "held"


def test_the_lines_share_is_not_given_up_behind_its_back(queue: Purchase, dana: Identity) -> None:
    """A pledge whose share is known is given up by the share, or somebody would be offered one who has left."""
    closed = pass_deadline(queue)
    with pytest.raises(Refused):
        give_up_pledge(closed, dana.contact, by=NOW)
    assert services.find_share(closed, dana.contact).state == "waiting"  # type: ignore[union-attr]


@pytest.mark.parametrize("late", [False, True])
def test_the_page_lets_one_leave(queue: Purchase, dana: Identity, client: Client, late: bool) -> None:
    own = own_path(of_dana(dana).participation)
    if late:
        pass_deadline(queue)
    page = client.get(own).content.decode()
    assert 'value="give_up"' in page
    assert "יציאה מרשימת ההמתנה" in page
    client.post(own, {"verb": "give_up"})
    assert 'value="give_up"' not in client.get(own).content.decode()
    told = BroadcastRow.objects.filter(contact=dana.contact).latest("id")
    assert told.broadcast.texts["en"].splitlines()[1] == "You are off the waiting list."


@pytest.mark.parametrize("late", [False, True])
def test_a_conversation_lets_one_leave(queue: Purchase, sms: Account, late: bool) -> None:
    if late:
        pass_deadline(queue)
    assert "יציאה מרשימת ההמתנה" in hear(sms, DANA, "הרכישה שלי 52712")
    assert "רשימת ההמתנה" in hear(sms, DANA, "לצאת מרשימת ההמתנה 52712")
    assert "רשימת ההמתנה" in hear(sms, DANA, "1")
    assert not services.pledgers(queue).filter(identities__address=DANA.address).exists()


def test_a_no_leaves_nothing(queue: Purchase, sms: Account, dana: Identity) -> None:
    pass_deadline(queue)
    hear(sms, DANA, "לצאת מרשימת ההמתנה 52712", "2")
    assert services.stands_in_line(queue, dana.contact)


@pytest.mark.parametrize("late", [False, True])
def test_the_api_lets_one_leave(queue: Purchase, client: Client, sms: Account, dana: Identity, late: bool) -> None:
    if late:
        pass_deadline(queue)
    path, known = "/api/v1/purchases/52712/", {"address": dana.address}
    client.delete(f"{path}pledges/", known, content_type="application/json")
    body: dict[str, Any] = {**known, "wish": "give_up", "code": code_sent_to(dana.address)}
    done = client.post(f"{path}confirm/", body, content_type="application/json").json()["data"]
    assert done == {"state": "given_up", "what": "line"}
    assert not services.stands_in_line(queue, dana.contact)


def test_who_left_hears_no_more_and_holds_nothing(queue: Purchase, dana: Identity, miriam: Staff) -> None:
    closed = pass_deadline(queue)
    assert list(not_over([dana.contact_id]))
    leave(closed, dana)
    before = BroadcastRow.objects.filter(contact=dana.contact).count()
    services.make_transition(closed, "confirm", staff=miriam)
    assert BroadcastRow.objects.filter(contact=dana.contact).count() == before
    assert (list_own_things(dana.contact, 9), list(not_over([dana.contact_id]))) == ([], [])


def test_who_still_waits_hears_that_it_was_called_off(queue: Purchase, dana: Identity, miriam: Staff) -> None:
    services.make_transition(pass_deadline(queue), "cancel", staff=miriam, reason="הספק חזר בו")
    told = BroadcastRow.objects.filter(contact=dana.contact, broadcast__texts__en__icontains="called off")
    assert told.count() == 1
    assert services.find_share(queue, dana.contact).state == "given_up"  # type: ignore[union-attr]


def test_declining_on_a_page_is_told_where_one_reads(queue: Purchase, dana: Identity) -> None:
    closed = pass_deadline(queue)
    give_up(closed, Allotment.objects.get(place=1).participation.contact)
    assert give_up(closed, dana, "web") == "place"
    told = BroadcastRow.objects.filter(contact=dana.contact).latest("id")
    assert "next in line" in told.broadcast.texts["en"]
