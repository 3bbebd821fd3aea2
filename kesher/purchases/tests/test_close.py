"""The deadline: the numbers decide, prices are final, shares are fair."""

from __future__ import annotations

from hashlib import sha256

import pytest

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.conversations.models import Broadcast, BroadcastRow
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.participation.services import drain_deltas, read_tallies
from kesher.purchases import services
from kesher.purchases.allocation import Wish, draw_lots
from kesher.purchases.models import Allotment, Pledge, Purchase, Step
from kesher.purchases.states import TRANSITIONS
from kesher.purchases.tests.factories import a_buyer, a_purchase, buy, call_of, give_up, pass_deadline


def shares(purchase: Purchase) -> dict[int, int]:
    rows = Allotment.objects.filter(purchase=purchase).select_related("participation")
    return {row.participation.contact_id: row.quantity for row in rows}


def test_below_the_minimum_it_fails_and_nobody_owes(purchase: Purchase) -> None:
    buy(purchase, 3)
    assert pass_deadline(purchase).state == "failed"
    assert not Allotment.objects.exists()
    assert "4" in Broadcast.objects.get().texts["he"]


def test_at_the_minimum_it_closes_and_the_price_is_final(purchase: Purchase) -> None:
    for _ in range(2):
        buy(purchase, 5)
    closed = pass_deadline(purchase)
    assert (closed.state, closed.price, closed.allotted) == ("closed", 480_000, 10)
    assert {row.price for row in Allotment.objects.all()} == {480_000}
    assert BroadcastRow.objects.filter(broadcast__texts__en__icontains="final price").count() == 2


def test_nothing_happens_before_the_deadline(purchase: Purchase) -> None:
    buy(purchase, 5)
    assert services.close(purchase).state == "open"
    assert not services.close_what_is_due()


def test_a_begun_box_is_filled_before_it_closes(city: Agency) -> None:
    boxed = a_purchase(box=4, minimum=1)
    who = a_buyer()
    buy(boxed, 5, who)
    filling = pass_deadline(boxed)
    assert filling.state == "filling"
    with pytest.raises(Refused):
        buy(filling, 4, who)
    with pytest.raises(Refused):
        give_up(filling, who)
    buy(filling, 2, tolerance=1)
    services.close_what_is_due()  # the box is whole: nobody waits for the clock
    closed = Purchase.objects.get(pk=boxed.pk)
    assert (closed.state, closed.allotted) == ("closed", 8)


def test_a_box_that_stays_open_is_not_ordered(city: Agency) -> None:
    boxed = a_purchase(box=4, minimum=1)
    first, second = a_buyer(), a_buyer()
    buy(boxed, 4, first)
    buy(boxed, 2, second)
    closed = pass_deadline(pass_deadline(boxed))
    assert (closed.state, closed.allotted) == ("closed", 4)
    assert shares(closed) == {first.contact_id: 4, second.contact_id: 0}


def test_the_lottery_keeps_its_published_promise(city: Agency) -> None:
    drawn = a_purchase(tie="lottery", stock=5, minimum=1)
    promise = Step.objects.get(verb="open").data["seed_hash"]
    for _ in range(4):
        buy(drawn, 3)
    closed = pass_deadline(drawn)
    seed = Step.objects.get(verb="close").data["seed"]
    assert sha256(seed.encode()).hexdigest() == promise
    tickets = [Wish(row.pk, row.participation.receipt, 3) for row in Allotment.objects.select_related("participation")]
    order = [wish.key for wish in draw_lots(tickets, seed)]
    assert list(Allotment.objects.order_by("place").values_list("pk", flat=True)) == order
    assert list(Allotment.objects.order_by("place").values_list("quantity", flat=True)) == [3, 2, 0, 0]
    assert closed.allotted == 5


def test_the_seed_is_a_secret_until_the_draw(city: Agency) -> None:
    drawn = a_purchase(tie="lottery", stock=5)
    assert drawn.seed not in str(list(Step.objects.values_list("data", flat=True)))


def test_in_turn_everybody_gets_something(city: Agency) -> None:
    turn = a_purchase(tie="round", stock=4, minimum=1)
    for quantity in (5, 1, 3):
        buy(turn, quantity)
    assert sorted(shares(pass_deadline(turn)).values()) == [1, 1, 2]


def test_who_stood_in_line_heads_the_waiting_list(city: Agency, ruth: Staff, miriam: Staff) -> None:
    small = a_purchase(stock=2, minimum=1)
    first, second = a_buyer(), a_buyer()
    buy(small, 2, first)
    buy(small, 1, second, wait=True)
    closed = pass_deadline(small)
    mine, waiting = services.find_share(closed, first.contact), services.find_share(closed, second.contact)
    assert mine
    assert waiting
    assert waiting.state == "waiting"
    give_up(mine.purchase, mine.participation.contact)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.quantity) == ("offered", 1)
    services.accept_place(closed, call_of(second))
    ordered = services.make_transition(closed, "confirm", staff=miriam)
    assert services.mark_collected(ordered, [waiting.code], staff=ruth).done == (waiting.code,)


def test_after_the_whole_was_called_off_nobody_is_offered_anything(city: Agency, miriam: Staff) -> None:
    small = a_purchase(stock=1, minimum=1)
    first, second, third = a_buyer(), a_buyer(), a_buyer()
    buy(small, 1, first)
    buy(small, 1, second, wait=True)
    buy(small, 1, third, wait=True)
    closed = pass_deadline(small)
    mine, waiting = services.find_share(closed, first.contact), services.find_share(closed, second.contact)
    assert mine
    assert waiting
    give_up(mine.purchase, mine.participation.contact)
    assert services.make_transition(closed, "cancel", staff=miriam, reason="הספק חזר בו").allotted == 0
    assert set(Allotment.objects.values_list("state", "quantity")) == {("given_up", 0)}
    with pytest.raises(Refused):
        services.accept_place(closed, call_of(second))
    assert not services.settle_offered_shares()


def test_a_place_that_lapses_after_the_handing_out_goes_to_nobody(city: Agency, miriam: Staff) -> None:
    small = a_purchase(stock=1, minimum=1)
    first, second, third = a_buyer(), a_buyer(), a_buyer()
    for who in (first, second, third):
        buy(small, 1, who, wait=True)
    closed = pass_deadline(small)
    mine = services.find_share(closed, first.contact)
    assert mine
    give_up(mine.purchase, mine.participation.contact)
    services.make_transition(services.make_transition(closed, "confirm", staff=miriam), "fulfil", staff=miriam)
    Allotment.objects.filter(state="offered").update(until=closed.closed_at)
    services.settle_offered_shares()
    assert sorted(Allotment.objects.values_list("state", flat=True)) == ["given_up", "given_up", "waiting"]


def test_nothing_is_collected_that_was_not_ordered(purchase: Purchase, dana: Identity, ruth: Staff) -> None:
    buy(purchase, 4, dana)
    closed = pass_deadline(purchase)
    with pytest.raises(Refused):
        services.mark_collected(closed, [Allotment.objects.get().code], staff=ruth)
    assert Allotment.objects.get().state == "held"


def test_a_share_that_nobody_waits_for_is_between_buyer_and_seller(purchase: Purchase, dana: Identity) -> None:
    buy(purchase, 4, dana)
    share = services.find_share(pass_deadline(purchase), dana.contact)
    assert share
    with pytest.raises(Refused):
        give_up(share.purchase, share.participation.contact)


def test_a_code_is_collected_once(purchase: Purchase, dana: Identity, ruth: Staff, miriam: Staff) -> None:
    buy(purchase, 4, dana)
    closed = services.make_transition(pass_deadline(purchase), "confirm", staff=miriam)
    code = Allotment.objects.get().code
    assert services.mark_collected(closed, [code, code, "000000"], staff=ruth) == services.Collected(
        (code,), (), ("000000",)
    )
    assert services.mark_collected(closed, [code], staff=ruth).twice == (code,)


def test_a_pickup_time_takes_no_more_than_it_has_places(purchase: Purchase) -> None:
    point = services.add_point(purchase, names={"he": "המתנ״ס"}, address="הרצל 12", by=SYSTEM)
    people = [a_buyer(), a_buyer()]
    for who in people:
        buy(purchase, 2, who)
    closed = pass_deadline(purchase)
    start = closed.closes_at
    assert start
    from_now = start.replace(year=start.year + 1)
    slot = services.add_slot(point, starts=from_now, ends=from_now.replace(minute=59, second=59), places=1, by=SYSTEM)
    first, second = (services.find_share(closed, who.contact) for who in people)
    assert first
    assert second
    assert services.choose_slot(first, slot, by=SYSTEM).slot == slot
    with pytest.raises(Refused):
        services.choose_slot(second, slot, by=SYSTEM)


def test_states_go_one_way(miriam: Staff, purchase: Purchase) -> None:
    buy(purchase, 4)
    closed = pass_deadline(purchase)
    for verb in ("submit", "publish", "fulfil"):
        with pytest.raises(Refused):
            services.make_transition(closed, verb, staff=miriam)
    confirmed = services.make_transition(closed, "confirm", staff=miriam)
    with pytest.raises(Refused):
        services.make_transition(confirmed, "cancel", staff=miriam, reason="x")
    assert services.make_transition(confirmed, "fulfil", staff=miriam).state == "fulfilled"


def test_the_table_has_no_way_back() -> None:
    order = [str(state) for state in Purchase.State]
    assert all(
        order.index(after) > order.index(before)
        for (before, _transition), many in TRANSITIONS.items()
        for after in many
    )
    ends = {"fulfilled", "failed", "cancelled"}
    assert not [before for before, _transition in TRANSITIONS if before in ends]


def test_calling_off_needs_a_reason_and_tells_everybody(miriam: Staff, purchase: Purchase) -> None:
    buy(purchase, 1)
    with pytest.raises(Refused):
        services.make_transition(purchase, "cancel", staff=miriam)
    assert services.make_transition(purchase, "cancel", staff=miriam, reason="הספק חזר בו").state == "cancelled"
    assert "הספק חזר בו" in BroadcastRow.objects.get().broadcast.texts["he"]
    assert Pledge.objects.current().get().standing == "in"


def test_a_place_that_nobody_took_is_counted_no_more_when_it_closes(city: Agency) -> None:
    small = a_purchase(stock=1, minimum=1)
    first, second = a_buyer(), a_buyer()
    buy(small, 1, first)
    buy(small, 1, second, wait=True)
    give_up(small, first)
    pass_deadline(small)
    drain_deltas()
    assert read_tallies(small.pledging).get("total", {}).get("", 0) == Pledge.objects.of(small).joined().count() == 0
