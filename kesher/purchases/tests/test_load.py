"""Many at once: never a unit too many, never a person twice, whatever the database."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection
from django.db.models import Sum

from kesher.agencies.models import Agency
from kesher.contacts.models import Identity
from kesher.core.db.agency_scope import scope
from kesher.core.errors import Refused
from kesher.participation.models import Participation
from kesher.purchases import services
from kesher.purchases.models import Allotment, Pledge, Purchase
from kesher.purchases.tests.factories import a_buyer, a_purchase, buy, call_of, give_up, pass_deadline

pytestmark = pytest.mark.slow
WORKERS = 8


def at_once(agency: Agency, jobs: Sequence[Callable[[], object]]) -> list[object]:
    """Runs the jobs in threads that have connections of their own; a refusal is an answer, too."""

    def run(job: Callable[[], object]) -> object:
        try:
            with scope(agency):
                return job()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, jobs))


@pytest.fixture
def many(transactional_db: None, city: Agency) -> list[Identity]:
    return [a_buyer() for _ in range(40)]


def test_the_stock_is_never_oversold(city: Agency, many: list[Identity]) -> None:
    small = a_purchase(stock=25, minimum=1)
    dice = random.Random(1)
    wishes = [(who, dice.randint(1, 3)) for who in many]
    jobs = [partial(buy, small, n, who) for who, n in wishes]
    answers = at_once(city, jobs)
    row = Purchase.objects.get(pk=small.pk)
    held = sum(line.holds for line in Pledge.objects.current())
    assert row.taken == held == Pledge.objects.aggregate(n=Sum("change"))["n"] <= 25
    taken = [answer for answer in answers if isinstance(answer, services.Pledged)]
    assert sum(done.line.quantity for done in taken) == held
    # A refused person asked for more than was left in their turn: at most two units stay.
    assert held >= 23


def test_one_person_from_eight_doors_is_one_row(city: Agency, many: list[Identity]) -> None:
    purchase = a_purchase(minimum=1)
    who = many[0]
    jobs = [partial(buy, purchase, 1 + n % 3, who, door=f"door{n}") for n in range(24)]
    answers = at_once(city, jobs)
    assert all(isinstance(answer, services.Pledged) for answer in answers)
    assert Participation.objects.filter(action=purchase.pledging).count() == 1
    numbers = list(Pledge.objects.in_order().values_list("number", flat=True))
    assert numbers == list(range(1, 25))
    last = Pledge.objects.current().get()
    assert Purchase.objects.get(pk=purchase.pk).taken == last.quantity


def test_places_given_up_go_to_the_line_and_to_nobody_twice(city: Agency, many: list[Identity]) -> None:
    small = a_purchase(stock=10, minimum=1)
    for who in many[:30]:
        buy(small, 1, who, wait=True)
    leaving = [partial(give_up, small, who) for who in many[:10]]
    at_once(city, leaving)
    offered = list(Pledge.objects.standing("offered").in_order().values_list("participation__contact", flat=True))
    assert sorted(offered) == [who.contact_id for who in many[10:20]]
    coming = [partial(services.accept_place, small, call_of(who)) for who in many[10:20] for _twice in range(2)]
    answers = at_once(city, coming)
    assert sum(isinstance(answer, int) for answer in answers) == 10
    assert Purchase.objects.get(pk=small.pk).taken == 10


def test_the_deadline_comes_once(city: Agency, many: list[Identity]) -> None:
    purchase = a_purchase(stock=20, minimum=1, tie="lottery")
    for who in many[:30]:
        buy(purchase, 1, who)
    pass_deadline(purchase)
    at_once(city, [lambda: services.close(purchase) for _ in range(8)])
    row = Purchase.objects.get(pk=purchase.pk)
    assert row.state == "closed"
    assert row.allotted == Allotment.objects.aggregate(n=Sum("quantity"))["n"] == 20
    assert Allotment.objects.count() == 30
