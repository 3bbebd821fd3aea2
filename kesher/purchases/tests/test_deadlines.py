"""What was sent in time is in time: pledges, places, interest and offers; and the deadline's close waits for it."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.contacts.models import Identity, Proof
from kesher.conversations.tests.backlog import journal, work
from kesher.conversations.tests.talk import DANA, code_sent_to, hear
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrival
from kesher.participation.models import Participation
from kesher.purchases import services
from kesher.purchases.models import Allotment, Offer, OfferVote, Pledge, Purchase
from kesher.purchases.tests.factories import a_buyer, a_demand, a_purchase, an_offer, buy, call_of, give_up

SECOND, INSTANT, SHORT = timedelta(seconds=1), timedelta(microseconds=1), timedelta(minutes=2)
PHONE = "+972505550142"


def ended(purchase: Purchase, ago: timedelta = SHORT) -> datetime:
    """The deadline lies this long ago, and nobody has closed it."""
    end = timezone.now() - ago
    Purchase.objects.filter(pk=purchase.pk).update(opens_at=end - timedelta(days=9), closes_at=end)
    return end


def now(purchase: Purchase) -> Purchase:
    return Purchase.objects.with_page().get(pk=purchase.pk)


def clock(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%H:%M")


def test_a_pledge_whose_yes_came_in_time_is_waited_for_and_moves_the_price(purchase: Purchase, sms: Account) -> None:
    for _n in range(2):
        buy(purchase, 4)
    hear(sms, DANA, "לקנות 52712", "2")
    journal(sms, DANA, "1", ended(purchase) - SECOND)
    assert (services.close_what_is_due(), now(purchase).state) == (0, "open")
    assert not Allotment.objects.exists()
    work()
    assert services.close_what_is_due() == 1
    assert (now(purchase).allotted, now(purchase).price) == (10, 480_000)


def test_a_pledge_whose_yes_came_late_is_told_both_times(purchase: Purchase, sms: Account) -> None:
    hear(sms, DANA, "לקנות 52712", "2")
    end = ended(purchase)
    journal(sms, DANA, "1", end + 61 * SECOND)
    said = work()
    assert not Pledge.objects.exists()
    assert (clock(end) in said, clock(end + 61 * SECOND) in said, "סופרים" in said) == (True, True, True)


@pytest.mark.parametrize(("off", "counts"), [(-INSTANT, True), (0 * INSTANT, False), (INSTANT, False)])
def test_the_deadline_itself_is_late(purchase: Purchase, dana: Identity, off: timedelta, counts: bool) -> None:
    had, raised = a_buyer(), a_buyer()
    for who in (had, raised):
        buy(purchase, 1, who)
    end = ended(purchase)
    with arrival(end + off):
        for verb in (
            lambda: buy(purchase, 2, dana),
            lambda: buy(purchase, 3, raised),
            lambda: give_up(purchase, had),
        ):
            with nullcontext() if counts else pytest.raises(Refused, match=clock(end)):
                verb()
    assert now(purchase).taken == (5 if counts else 2)


@pytest.mark.parametrize(("age", "counts"), [(899 * SECOND, True), (901 * SECOND, False)])
def test_a_code_asked_for_in_time_counts_within_its_fifteen_minutes(
    purchase: Purchase, client: Client, sms: Account, age: timedelta, counts: bool
) -> None:
    buy(purchase, 1)
    client.post("/purchases/52712/pledge/", {"quantity": "2", "address": PHONE})
    Proof.objects.update(asked_at=timezone.now() - age, expires=timezone.now() - age + timedelta(minutes=15))
    ended(purchase, age - SECOND)
    assert services.close_what_is_due() == (0 if counts else 1)
    client.post("/purchases/52712/confirm/", {"code": code_sent_to(PHONE)})
    assert now(purchase).taken == (3 if counts else 1)
    assert services.close_what_is_due() == int(counts)


@pytest.mark.parametrize(("quantity", "counts"), [(2, True), (3, False)])
def test_another_number_that_comes_with_the_code_after_the_deadline_is_late(
    purchase: Purchase, client: Client, sms: Account, quantity: int, counts: bool
) -> None:
    door, ask = "/api/v1/purchases/52712/pledges/", {"address": PHONE, "quantity": 2}
    assert client.post(door, ask, content_type="application/json").status_code == 202
    Proof.objects.update(asked_at=timezone.now() - 5 * SHORT)
    ended(purchase)
    ask |= {"quantity": quantity, "code": code_sent_to(PHONE)}
    done = client.post("/api/v1/purchases/52712/confirm/", ask, content_type="application/json")
    assert (done.status_code, now(purchase).taken) == ((200, 2) if counts else (422, 0))


def test_a_link_that_was_changed_on_its_way_counts_nothing_after_the_deadline(
    purchase: Purchase, client: Client, sms: Account
) -> None:
    client.post("/purchases/52712/pledge/", {"quantity": "2", "address": PHONE})
    row = Participation.objects.get()
    Proof.objects.update(asked_at=timezone.now() - 5 * SHORT)
    ended(purchase)
    link = f"/purchases/52712/confirm/?w=pledge&r={row.receipt}&q=5&code={code_sent_to(PHONE)}"
    assert client.post(link, {"code": code_sent_to(PHONE)}).status_code == 422
    assert now(purchase).taken == 0


def test_a_place_taken_in_time_is_not_offered_to_the_next(city: Agency, dana: Identity, sms: Account) -> None:
    small = a_purchase(code="52712", stock=1)
    first, third = a_buyer(), a_buyer()
    for who in (first, dana, third):
        buy(small, 1, who, wait=True)
    give_up(small, first)
    hear(sms, DANA, "מקום 52712")
    end = timezone.now() - SHORT
    Pledge.objects.filter(standing="offered").update(until=end)
    journal(sms, DANA, "1", end - SECOND)
    assert services.settle_places() == 0
    work()
    held = Pledge.objects.current().get(participation__contact=dana.contact)
    assert held.standing == "in"


def test_a_share_taken_late_is_told_both_times(city: Agency, dana: Identity) -> None:
    small = a_purchase(code="52712", stock=1)
    for who in (a_buyer(), dana):
        buy(small, 1, who, wait=True)
    give_up(small, Pledge.objects.in_order()[0].participation.contact)
    end = timezone.now() - SHORT
    Pledge.objects.filter(standing="offered").update(until=end)
    with pytest.raises(Refused, match=clock(end)):
        services.accept_place(small, call_of(dana))
    with arrival(end - INSTANT):
        assert services.accept_place(small, call_of(dana)) == 1


def test_interest_that_was_written_before_the_offer_was_chosen_counts(sms: Account) -> None:
    demand = a_demand(code="52712")
    offer = an_offer(demand)
    hear(sms, DANA, "52712")
    before = timezone.now()
    services.choose_offer(demand, offer, closes_at=timezone.now() + timedelta(days=3))
    journal(sms, DANA, "1", before)
    said = work()
    assert Participation.objects.get().action.kind == "purchase"
    assert "לקנות 52712" in said  # the news that went out meanwhile


def test_an_offer_and_a_choice_among_offers_are_in_time_by_when_they_came(
    purchase: Purchase, dana: Identity, city: Agency
) -> None:
    member = buy(purchase, 1, dana).line.participation
    better = an_offer(purchase)
    end = ended(purchase)
    seller = a_buyer().contact
    for moment, counts in ((end, False), (end - INSTANT, True)):
        with arrival(moment), nullcontext() if counts else pytest.raises(Refused, match=clock(end)):
            services.make_offer(now(purchase), seller="ים", ladder=((1, 400_000),), by=SYSTEM, contact=seller)
        with arrival(moment), nullcontext() if counts else pytest.raises(Refused, match=clock(end)):
            services.vote_for_offer(Offer.objects.select_related("purchase").get(pk=better.pk), member, by=SYSTEM)
    assert (Offer.objects.filter(contact=seller).count(), OfferVote.objects.count()) == (1, 1)


def test_no_backlog_holds_the_close_longer_than_twenty_minutes(purchase: Purchase, sms: Account) -> None:
    buy(purchase, 1)
    journal(sms, DANA, "שלום", ended(purchase, timedelta(minutes=19, seconds=55)) - SECOND)
    assert services.close_what_is_due() == 0
    ended(purchase, timedelta(minutes=20))
    assert services.close_what_is_due() == 1


def test_boxes_are_filled_in_time_too(sms: Account) -> None:
    boxed = a_purchase(code="52712", box=10, minimum=1)
    buy(boxed, 5), buy(boxed, 4)
    ended(boxed)
    assert (services.close_what_is_due(), now(boxed).state) == (1, "filling")
    hear(sms, DANA, "לקנות 52712", "1", "0")
    end = timezone.now() - SHORT
    Purchase.objects.filter(pk=boxed.pk).update(filling_until=end)
    journal(sms, DANA, "1", end - SECOND)
    assert services.close_what_is_due() == 0
    work()  # which fills the last box: that closes it
    assert (now(boxed).state, now(boxed).allotted) == ("closed", 10)


def test_between_the_deadline_and_the_close_everybody_reads_that_it_is_counted(
    purchase: Purchase, client: Client, miriams: Client
) -> None:
    ended(purchase)
    for page in (client.get("/purchases/52712/"), miriams.get("/desk/purchases/52712/")):
        assert "סופרים את מה שנשלח בזמן" in page.content.decode()
    assert client.get("/api/v1/purchases/52712/").json()["data"]["attributes"]["counting"]
    services.close_what_is_due()
    assert "סופרים את מה שנשלח בזמן" not in client.get("/purchases/52712/").content.decode()


def test_a_late_form_is_answered_with_both_times(purchase: Purchase, client: Client, sms: Account) -> None:
    end = ended(purchase)
    page = client.post("/purchases/52712/pledge/", {"quantity": "2", "address": PHONE}, follow=True)
    assert clock(end) in page.content.decode()
    ask = {"quantity": 2, "address": PHONE}
    told = client.post("/api/v1/purchases/52712/pledges/", ask, content_type="application/json")
    assert (told.status_code, clock(end) in told.json()["errors"]["__all__"][0]) == (409, True)
    assert not Participation.objects.exists()


@pytest.mark.parametrize("worker", ["quick", "slow"])
def test_what_is_counted_is_what_arrived_in_time(purchase: Purchase, worker: str) -> None:
    """Whatever the order and the delay in which pledges are handled, those that arrived before the end are in."""
    end = ended(purchase)

    @given(st.lists(st.integers(-5, 5), min_size=1, max_size=6))
    def holds(offsets: list[int]) -> None:
        before, came = now(purchase).taken, sum(1 for off in offsets if off < 0)
        for off in offsets if worker == "quick" else reversed(offsets):
            with arrival(end + off * SECOND), nullcontext() if off < 0 else pytest.raises(Refused):
                buy(purchase, 1)
        assert now(purchase).taken == before + came

    holds()
