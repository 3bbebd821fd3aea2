"""Interest, sellers' offers, and the choice among them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.contacts.services import find_consent
from kesher.conversations.models import Broadcast, BroadcastRow
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.participation.services import drain_deltas, read_tallies
from kesher.purchases import services
from kesher.purchases.models import Offer, OfferVote, Purchase
from kesher.purchases.tests.factories import a_buyer, a_demand, a_purchase, an_offer, buy, call_of, interested

SOON = timedelta(days=5)


@pytest.fixture
def demand(city: Agency) -> Purchase:
    return a_demand(code="52712")


def test_interest_is_counted_once_a_person(demand: Purchase, dana: Identity) -> None:
    assert interested(demand, dana).new
    assert not interested(demand, dana, "whatsapp").new
    drain_deltas()
    assert read_tallies(demand.action)["total"] == {"": 1}
    assert find_consent(dana.contact, "information")


def test_interest_binds_nobody(demand: Purchase, dana: Identity) -> None:
    interested(demand, dana)
    assert services.withdraw_interest(demand, call_of(dana))
    assert not services.withdraw_interest(demand, call_of(dana))


def test_the_interested_hear_of_the_offer(demand: Purchase, dana: Identity, miriam: Staff) -> None:
    interested(demand, dana)
    offer = an_offer(demand)
    services.choose_offer(demand, offer, closes_at=timezone.now() + SOON, staff=miriam)
    told = BroadcastRow.objects.get(broadcast__texts__en__icontains="The offer is here")
    assert told.contact == dana.contact
    assert told.broadcast.purpose == "information"


@pytest.mark.parametrize("ladder", [(), ((1, 100), (1, 90)), ((1, 100), (5, 100)), ((5, 90), (1, 80)), ((1, 0),)])
def test_a_ladder_rises_in_units_and_falls_in_price(demand: Purchase, ladder: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(Refused):
        an_offer(demand, ladder=ladder)
    assert not Offer.objects.exists()


def test_a_minimum_that_cannot_be_reached_is_refused(demand: Purchase) -> None:
    with pytest.raises(Refused):
        an_offer(demand, minimum=10, stock=5)


def test_members_vote_and_vote_again_when_a_better_offer_comes(demand: Purchase, dana: Identity, miriam: Staff) -> None:
    mine = interested(demand, dana).participation
    first = an_offer(demand)
    services.vote_for_offer(first, mine, by=SYSTEM)
    better = an_offer(demand, ladder=((1, 500_000),), answers=first, state=Offer.State.PROPOSED)
    with pytest.raises(Refused):
        services.vote_for_offer(better, mine, by=SYSTEM)
    services.review_offer(better, accept=True, staff=miriam)
    services.vote_for_offer(better, mine, by=SYSTEM)
    assert OfferVote.objects.get().offer == better
    assert [(offer.pk, offer.votes) for offer in demand.offers.shown()] == [(better.pk, 1), (first.pk, 0)]


def test_a_stranger_has_no_vote(demand: Purchase, omar: Identity) -> None:
    other = a_demand()
    row = interested(other, omar, "telegram").participation
    with pytest.raises(Refused):
        services.vote_for_offer(an_offer(demand), row, by=SYSTEM)


def test_an_offer_is_refused_with_a_reason(demand: Purchase, miriam: Staff) -> None:
    offer = an_offer(demand, state=Offer.State.PROPOSED)
    with pytest.raises(Refused):
        services.review_offer(offer, accept=False, staff=miriam)
    assert services.review_offer(offer, accept=False, staff=miriam, reason="אין אחריות").state == "refused"
    with pytest.raises(Refused):
        services.choose_offer(demand, offer, closes_at=timezone.now() + SOON)


def test_a_counter_offer_wins_with_more_than_half(city: Agency) -> None:
    purchase = a_purchase(minimum=1)
    people = [a_buyer() for _ in range(3)]
    lines = [buy(purchase, 1, who).line for who in people]
    better = an_offer(purchase, ladder=((1, 450_000),))
    services.vote_for_offer(better, lines[0].participation, by=SYSTEM)
    with pytest.raises(Refused):
        services.choose_offer(purchase, better, closes_at=timezone.now() + SOON)
    services.vote_for_offer(better, lines[1].participation, by=SYSTEM)
    changed = services.choose_offer(purchase, better, closes_at=timezone.now() + SOON)
    assert (changed.offer, changed.taken) == (better, 3)
    assert Broadcast.objects.filter(texts__en__icontains="better offer").exists()


def test_who_only_waits_does_not_outvote_those_who_pledged(city: Agency) -> None:
    purchase = a_purchase(minimum=1, stock=1)
    buy(purchase, 1)
    better = an_offer(purchase, ladder=((1, 450_000),), stock=3)
    waiting = buy(purchase, 1, wait=True).line
    services.vote_for_offer(better, waiting.participation, by=SYSTEM)
    with pytest.raises(Refused):
        services.choose_offer(purchase, better, closes_at=timezone.now() + SOON)


def test_what_a_better_offer_has_more_goes_first_to_those_who_wait(city: Agency) -> None:
    purchase = a_purchase(minimum=1, stock=1)
    line, last = buy(purchase, 1).line, a_buyer()
    buy(purchase, 1, last, wait=True)
    better = an_offer(purchase, ladder=((1, 450_000),), stock=2)
    services.vote_for_offer(better, line.participation, by=SYSTEM)
    changed = services.choose_offer(purchase, better, closes_at=timezone.now() + SOON)
    offered = services.find_pledge(changed, last.contact)
    assert offered
    assert (offered.standing, changed.left) == ("offered", 0)


def test_price_news_reach_the_earlier_pledgers_on_their_own_channel(purchase: Purchase) -> None:
    first, last = a_buyer(), a_buyer()
    buy(purchase, 5, first)
    assert not services.announce_prices()
    buy(purchase, 5, last)
    assert services.announce_prices() == 1
    told = list(BroadcastRow.objects.values_list("contact", "broadcast__purpose"))
    assert told == [(first.contact_id, "service")]
    assert not services.announce_prices()


def test_a_price_on_the_edge_does_not_ring_all_day(purchase: Purchase) -> None:
    first, last = a_buyer(), a_buyer()
    buy(purchase, 5, first)
    for quantity in (5, 4, 5, 4, 5, 4, 5):
        buy(purchase, quantity, last)
        services.announce_prices()
    assert BroadcastRow.objects.filter(contact=first.contact).count() == 4


def test_an_organiser_is_known_by_a_code(city: Agency, dana: Identity) -> None:
    draft = services.start_purchase(titles={"he": "עגלות לתאומים"}, organiser=dana.contact, by=SYSTEM)
    with pytest.raises(Refused):
        services.submit_purchase(draft, dana, by=SYSTEM)
    known = a_buyer(assurance=2)
    assert services.submit_purchase(draft, known, by=SYSTEM).state == "submitted"


def test_an_interest_in_the_sale_must_be_stated(city: Agency) -> None:
    with pytest.raises(Refused):
        services.start_purchase(titles={"he": "א"}, declared="stated", by=SYSTEM)


def test_the_page_counts_those_who_decide_and_says_who_they_are(client: Client, city: Agency, dana: Identity) -> None:
    """Dana was interested and voted; after the pledge, the vote counts once, and only as a pledger's."""
    row = a_demand(code="52712")
    first, better = an_offer(row), an_offer(row, seller="אחר")
    people = [dana, a_buyer(), a_buyer()]
    for who in people:
        services.vote_for_offer(better, interested(row, who).participation, by=SYSTEM)
    english = {"accept-language": "en"}
    assert (
        "3 of the people who are interested would take it"
        in client.get("/purchases/52712/", headers=english).content.decode()
    )
    services.choose_offer(row, first, closes_at=timezone.now() + SOON)
    mine = buy(row, 1, dana).line.participation
    buy(row, 1)
    assert [offer.votes for offer in row.offers.shown()] == [0, 0]
    services.vote_for_offer(better, mine, by=SYSTEM)
    page = client.get("/purchases/52712/", headers=english).content.decode()
    assert "1 of the people who pledged chose it; it takes over when 2 of them have" in page
    api = client.get("/api/v1/purchases/52712/").json()["data"]["attributes"]["offers"]
    assert sorted(offer["votes"] for offer in api) == [0, 1]
