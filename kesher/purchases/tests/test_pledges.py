"""Pledging: one row a person, a journal that is never changed, and never one unit too many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.contacts.models import Identity
from kesher.contacts.services import merge_contacts
from kesher.conversations.models import BroadcastRow
from kesher.core.audit import SYSTEM, Actor
from kesher.core.errors import Refused
from kesher.participation.services import drain_deltas, read_tallies, reinstate
from kesher.purchases import services
from kesher.purchases.models import Pledge, Purchase
from kesher.purchases.prices import progress
from kesher.purchases.services.pledges import give_up_pledge
from kesher.purchases.tests.factories import a_buyer, a_demand, a_purchase, buy, call_of, pass_deadline

NOW = Actor("contact", None, "sms")


def now(purchase: Purchase) -> Purchase:
    return Purchase.objects.with_page().get(pk=purchase.pk)


def give_up(purchase: Purchase, who: Identity) -> bool:
    return give_up_pledge(purchase, who.contact, by=NOW)


def test_everybody_pays_the_step_that_all_reached(purchase: Purchase) -> None:
    buy(purchase, 5)
    assert (progress(now(purchase)).price, progress(now(purchase)).more) == (520_000, 5)
    buy(purchase, 5)
    assert (progress(now(purchase)).price, progress(now(purchase)).more) == (480_000, 10)


def test_a_change_is_a_new_line_and_the_last_holds(purchase: Purchase, dana: Identity) -> None:
    for quantity in (3, 5, 2):
        buy(purchase, quantity, dana)
    lines = Pledge.objects.in_order()
    assert [(line.number, line.quantity, line.change) for line in lines] == [(1, 3, 3), (2, 5, 2), (3, 2, -3)]
    assert now(purchase).taken == 2


def test_one_person_is_one_row_from_whichever_door(purchase: Purchase, dana: Identity) -> None:
    buy(purchase, 1, dana)
    buy(purchase, 1, dana, door="whatsapp")
    drain_deltas()
    assert read_tallies(purchase.pledging)["total"] == {"": 1}
    assert now(purchase).taken == 1


@pytest.mark.parametrize("quantity", [0, 6])
def test_nobody_takes_more_than_a_person_may(purchase: Purchase, quantity: int) -> None:
    with pytest.raises(Refused):
        buy(purchase, quantity)
    assert not Pledge.objects.exists()


def test_tolerance_counts_towards_what_a_person_may(purchase: Purchase) -> None:
    with pytest.raises(Refused):
        buy(purchase, 4, tolerance=2)


def test_who_is_not_known_well_enough_does_not_pledge(city: Agency) -> None:
    strict = a_purchase(proof=2)
    with pytest.raises(Refused) as refusal:
        buy(strict, 1)
    assert refusal.value.code == "proof"
    assert buy(strict, 1, a_buyer(assurance=2)).line.quantity == 1


def test_nobody_pledges_before_there_is_an_offer(city: Agency) -> None:
    with pytest.raises(Refused):
        buy(a_demand(), 1)


def test_nobody_pledges_after_the_deadline_even_before_the_worker_saw_it(purchase: Purchase) -> None:
    past = timezone.now() - timedelta(minutes=1)
    Purchase.objects.update(opens_at=past - timedelta(days=1), closes_at=past)
    with pytest.raises(Refused):
        buy(purchase, 1)


def test_giving_up_frees_the_units_and_can_be_undone(purchase: Purchase, dana: Identity) -> None:
    buy(purchase, 3, dana)
    assert give_up(purchase, dana)
    assert now(purchase).taken == 0
    assert not give_up(purchase, dana)
    buy(purchase, 2, dana)
    assert now(purchase).taken == 2


def test_after_the_deadline_nobody_gives_up(purchase: Purchase, dana: Identity) -> None:
    buy(purchase, 4, dana)
    pass_deadline(purchase)
    with pytest.raises(Refused):
        give_up(purchase, dana)


def test_the_last_unit_goes_once(city: Agency) -> None:
    small = a_purchase(stock=4, minimum=1)
    buy(small, 3)
    with pytest.raises(Refused) as refusal:
        buy(small, 2)
    assert refusal.value.code == "full"
    assert buy(small, 1).line.standing == "in"
    assert now(small).taken == 4


def test_the_database_itself_refuses_to_oversell(city: Agency) -> None:
    small = a_purchase(stock=4, minimum=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Purchase.objects.filter(pk=small.pk).update(taken=5)


def test_a_line_is_written_once(purchase: Purchase, dana: Identity) -> None:
    line = buy(purchase, 1, dana).line
    line.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save(force_insert=True)


def test_what_is_taken_is_always_the_sum_of_the_journal(city: Agency) -> None:
    small = a_purchase(stock=6, minimum=1)
    people = [a_buyer() for _ in range(5)]
    for who, quantity in zip(people * 2, (2, 3, 4, 1, 2, 1, 2, 5, 3, 1), strict=True):
        try:
            buy(small, quantity, who, wait=True)
        except Refused:
            give_up(small, who)
        row = now(small)
        assert row.taken == (Pledge.objects.aggregate(n=Sum("change"))["n"] or 0)
        assert row.taken == sum(line.holds for line in Pledge.objects.current())
        assert row.taken <= 6


def test_a_place_that_became_free_goes_to_the_first_in_line(city: Agency) -> None:
    small = a_purchase(stock=2, minimum=1)
    first, second, third = a_buyer(), a_buyer(), a_buyer()
    buy(small, 2, first)
    assert buy(small, 2, second, wait=True).line.standing == "waiting"
    buy(small, 1, third, wait=True)
    give_up(small, first)
    offered = services.find_pledge(small, second.contact)
    assert offered
    assert (offered.standing, offered.quantity) == ("offered", 2)
    assert BroadcastRow.objects.get(broadcast__texts__en__icontains="place").contact == second.contact
    assert services.accept_place(small, call_of(second)) == 2
    assert services.find_pledge(small, second.contact).standing == "in"  # type: ignore[union-attr]


def test_a_place_that_nobody_takes_goes_to_the_next(city: Agency) -> None:
    small = a_purchase(stock=1, minimum=1)
    first, second, third = a_buyer(), a_buyer(), a_buyer()
    buy(small, 1, first)
    buy(small, 1, second, wait=True)
    buy(small, 1, third, wait=True)
    give_up(small, first)
    Pledge.objects.filter(standing="offered").update(until=timezone.now() - timedelta(minutes=1))
    with pytest.raises(Refused):
        services.accept_place(small, call_of(second))
    services.settle_places()
    assert services.find_pledge(small, second.contact) is None
    offered = services.find_pledge(small, third.contact)
    assert offered
    assert offered.standing == "offered"


def test_asking_for_less_loses_no_place_in_the_line(city: Agency) -> None:
    small = a_purchase(stock=1, minimum=1)
    first, second, third = a_buyer(), a_buyer(), a_buyer()
    buy(small, 1, first)
    buy(small, 3, second, wait=True)
    buy(small, 1, third, wait=True)
    buy(small, 2, second, wait=True)
    give_up(small, first)
    assert services.find_pledge(small, second.contact).standing == "offered"  # type: ignore[union-attr]


def test_two_who_are_one_hold_one_pledge(purchase: Purchase, dana: Identity, omar: Identity) -> None:
    buy(purchase, 2, dana)
    buy(purchase, 3, omar)
    merge_contacts(dana.contact, omar.contact, reason="code", by=SYSTEM)
    services.settle_places()
    assert now(purchase).taken == 2


def test_a_voided_part_that_counts_again_brings_its_pledge_back(purchase: Purchase, dana: Identity) -> None:
    line = buy(purchase, 2, dana).line
    services.settle_places()
    type(line.participation).objects.filter(pk=line.participation_id).update(state="void")
    services.settle_places()
    assert now(purchase).taken == 0
    line.participation.refresh_from_db()
    reinstate(line.participation, by=SYSTEM)
    services.settle_places()
    assert now(purchase).taken == 2


def test_who_does_not_take_his_place_in_time_is_told(city: Agency) -> None:
    small = a_purchase(stock=1, minimum=1)
    first, second = a_buyer(), a_buyer()
    buy(small, 1, first)
    buy(small, 1, second, wait=True)
    give_up(small, first)
    before = BroadcastRow.objects.filter(contact=second.contact).count()
    Pledge.objects.filter(standing="offered").update(until=timezone.now() - timedelta(minutes=1))
    services.settle_places()
    assert BroadcastRow.objects.filter(contact=second.contact).count() == before + 1
