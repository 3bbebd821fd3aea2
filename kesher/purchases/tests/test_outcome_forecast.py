"""What pages, the API and messages say of a purchase is what the deadline decides."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher.agencies.models import Agency
from kesher.conversations.models import Broadcast
from kesher.core.errors import Refused
from kesher.purchases import services
from kesher.purchases.allocation import Terms, binding_minimum, expected_outcome, next_price
from kesher.purchases.forms.offers import OfferForm, TimeForm
from kesher.purchases.models import Purchase
from kesher.purchases.presenters import numbers, progress_in_words
from kesher.purchases.prices import money, progress
from kesher.purchases.tests.factories import a_buyer, a_purchase, buy, give_up, pass_deadline

HUNDRED_EIGHTY = ((1, 10_000), (25, 8_000))


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    starts = sorted(draw(st.sets(st.integers(1, 40), min_size=1, max_size=4)))
    steps = tuple((start, 10_000 - 1_000 * index) for index, start in enumerate(starts))
    limit = st.none() | st.integers(1, 45)
    minimum = binding_minimum(draw(st.integers(1, 12)), steps)
    return Terms(steps, minimum, draw(st.integers(1, 6)), draw(limit), draw(limit))


@given(terms(), st.integers(0, 50), st.integers(0, 8))
def test_the_next_price_comes_with_the_fewest_units_or_is_not_named(of: Terms, asked: int, spare: int) -> None:
    now = expected_outcome(of, asked, spare)
    most = of.cap if of.cap is not None else 120
    later = [(more, expected_outcome(of, asked + more, spare)) for more in range(max(0, most - asked) + 1)]
    lower = [(more, then.price) for more, then in later if then.comes and then.price < now.price]
    assert next_price(of, asked, spare) == (lower[0] if lower else None)


def again(row: Purchase) -> Purchase:
    cache.clear()
    return Purchase.objects.with_page().get(pk=row.pk)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_what_was_said_last_is_what_came(city: Agency, client: Client, data: Any) -> None:
    """Over any rule, boxes, stock, steps and minimum, and whatever people pledge, raise, cut and give up."""
    draw = data.draw
    starts = sorted(draw(st.sets(st.integers(1, 14), min_size=1, max_size=3)))
    stock = draw(st.none() | st.integers(1, 16))
    minimum = draw(st.integers(1, 6))
    ladder = tuple((start, 10_000 - 1_000 * index) for index, start in enumerate(starts))
    if stock is not None and stock < binding_minimum(minimum, ladder):
        stock = None
    with transaction.atomic():
        row = a_purchase(
            tie=draw(st.sampled_from(["first", "lottery", "round"])), ladder=ladder, stock=stock, minimum=minimum,
            box=draw(st.integers(1, 4)),
        )  # fmt: skip
        people = [a_buyer() for _one in range(5)]
        for who, units, more in draw(st.lists(st.tuples(*[st.integers(0, 4)] * 3), max_size=9)):
            try:
                if units:
                    buy(row, units, people[who], tolerance=min(more, 5 - units), wait=bool(more))
                else:
                    give_up(row, people[who])
            except Refused:
                continue
        for _end in range(2):  # the deadline, and the end of the filling
            row = again(row)
            page, said = numbers(row), client.get(f"/api/v1/purchases/{row.code}/").json()["data"]["attributes"]
            came = again(pass_deadline(row))
            if came.state == "filling":
                assert progress_in_words(came)
                row = came
                continue
            assert (came.state == "closed") == (said["units_to_minimum"] == 0)
            if came.state == "closed":
                assert said["unit_price"] == f"{(came.price or 0) // 100}.00"
                assert (page.price, said["units_to_be_ordered"]) == (money(came.price or 0), came.allotted)
            break
        transaction.set_rollback(True)


def test_a_price_beyond_the_stock_is_neither_promised_nor_said(city: Agency, client: Client) -> None:
    row = a_purchase(tie="lottery", stock=20, ladder=HUNDRED_EIGHTY)
    for _one in range(4):
        buy(row, 5)
    assert (progress(again(row)).more, "80" in progress_in_words(again(row))) == (0, False)
    for _one in range(2):
        buy(row, 5)
    services.announce_prices()
    said = client.get(f"/api/v1/purchases/{row.code}/").json()["data"]["attributes"]
    assert (said["unit_price"], said["units_to_next_price"], said["units_to_be_ordered"]) == ("100.00", None, 20)
    assert not Broadcast.objects.filter(texts__en__icontains="price fell").exists()
    assert pass_deadline(row).price == 10_000


def test_a_box_that_is_not_whole_moves_no_price(city: Agency) -> None:
    row = a_purchase(box=10, ladder=((1, 10_000), (22, 8_000)))
    for units in (5, 5, 5, 5, 3):
        buy(row, units)
    now = progress(again(row))
    assert (now.price, now.more, now.next_price) == (10_000, 7, 8_000)
    filling = pass_deadline(row)
    assert (filling.state, progress(filling).price) == ("filling", 10_000)
    closed = pass_deadline(filling)
    assert (closed.price, closed.allotted) == (10_000, 20)


def test_the_first_step_binds(city: Agency, client: Client) -> None:
    """From ten units ₪100: two take nothing at that price."""
    row = a_purchase(ladder=((10, 10_000),), minimum=1)
    Purchase.objects.update(minimum=1)  # as one that was stored before
    buy(row, 2)
    assert "8" in progress_in_words(again(row))
    assert client.get(f"/api/v1/purchases/{row.code}/").json()["data"]["attributes"]["minimum"] == 10
    assert pass_deadline(row).state == "failed"
    assert "10" in Broadcast.objects.latest("id").texts["en"]


@pytest.mark.parametrize(
    ("limits", "step"),
    [({"stock": 20}, 2), ({"maximum": 24}, 2), ({"box": 10, "stock": 25}, 2), ({"box": 30, "stock": 25}, 1)],
)
def test_a_step_that_can_never_come_true_is_refused(city: Agency, limits: dict[str, int], step: int) -> None:
    given = {"seller": "x", "terms": "y", "minimum": 1, "box": 1, "each": 5} | limits
    steps = {"start_1": 1, "price_1": "100", "start_2": 25, "price_2": "80"}
    form = OfferForm(given | steps)
    assert not form.is_valid()
    assert list(form.errors) == [f"start_{step}"]
    assert OfferForm(given | steps | {"stock": 30, "maximum": 30}).is_valid() is (limits.get("box", 1) <= 30)


def test_sums_are_taken_as_people_write_them(city: Agency) -> None:
    given = {"seller": "x", "terms": "y", "minimum": 1, "box": 1, "each": 5, "start_1": 1}
    for text, agorot in (("1,250", 125_000), ("19,99", 1_999), ("₪19.90", 1_990)):
        form = OfferForm(given | {"price_1": text})
        assert form.is_valid(), form.errors
        assert form.ladder == ((1, agorot),)
    assert "price_1" in OfferForm(given | {"price_1": "1.250"}).errors


def test_a_time_that_the_clocks_skip_is_no_pick_up_time(city: Agency) -> None:
    times = {"starts": "02:15", "ends": "02:45", "places": 5}
    assert set(TimeForm({**times, "day": "2027-03-26"}).errors) == {"starts", "ends"}
    assert TimeForm({**times, "day": "2027-03-27"}).is_valid()
