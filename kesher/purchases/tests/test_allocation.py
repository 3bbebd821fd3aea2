"""Who gets how many: the rules as properties, over everything that Hypothesis can think of."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.purchases.allocation import (
    Line,
    Wish,
    allot,
    count_boxes,
    draw_lots,
    helps_fill_box,
    lacking_units,
    queue_units,
)

RULES = ("first", "lottery", "round")
wishes = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 6)), min_size=0, max_size=12).map(
    lambda rows: [Wish(key, f"R{key}", quantity, tolerance) for key, (quantity, tolerance) in enumerate(rows)]
)
stocks = st.one_of(st.none(), st.integers(0, 60))
journals = st.lists(st.builds(Line, st.integers(0, 4), st.integers(0, 9)), max_size=25)


@pytest.mark.parametrize(
    ("box", "quantity", "tolerance", "expected"),
    [(4, 0, 2, 0), (4, 0, 5, 0), (4, 2, 2, 1), (4, 4, 2, 1), (4, 4, 4, 1), (4, 5, 3, 2), (4, 5, 4, 2)],
)
def test_boxes_are_as_the_worked_table_has_them(box: int, quantity: int, tolerance: int, expected: int) -> None:
    """The table of Foodsoft's order articles: (units in a box, wanted, tolerance) → boxes."""
    assert count_boxes(quantity, tolerance, box) == expected


@given(wishes, st.integers(1, 12), stocks, st.sampled_from(RULES))
def test_shares_keep_every_promise(people: list[Wish], box: int, stock: int | None, rule: str) -> None:
    got = allot(people, box=box, stock=stock, rule=rule, seed="s")
    total, asked = sum(got.values()), sum(wish.quantity for wish in people)
    assert set(got) == {wish.key for wish in people}
    assert total % box == 0
    assert stock is None or total <= stock
    assert all(0 <= got[wish.key] <= wish.quantity + wish.tolerance for wish in people)
    if total >= asked:
        assert all(got[wish.key] >= wish.quantity for wish in people)
    else:
        assert all(got[wish.key] <= wish.quantity for wish in people)


@given(wishes, st.integers(1, 12), stocks, st.sampled_from(RULES))
def test_whole_boxes_are_as_many_as_can_be(people: list[Wish], box: int, stock: int | None, rule: str) -> None:
    """One box more would be more than the stock, or more than people would take, or made of tolerance alone."""
    total = sum(allot(people, box=box, stock=stock, rule=rule, seed="s").values())
    asked, spare = sum(wish.quantity for wish in people), sum(wish.tolerance for wish in people)
    more = total + box
    assert (stock is not None and more > stock) or more > asked + spare or total >= asked


@given(wishes, st.integers(1, 12), stocks)
def test_in_turn_nobody_is_two_units_ahead_of_who_wants_more(people: list[Wish], box: int, stock: int | None) -> None:
    got = allot(people, box=box, stock=stock, rule="round")
    short = [got[wish.key] for wish in people if got[wish.key] < wish.quantity]
    assert all(units <= least + 1 for units in got.values() for least in short)


@given(wishes, st.integers(0, 40))
def test_first_come_is_served_in_full_before_the_next(people: list[Wish], stock: int) -> None:
    got = [allot(people, stock=stock)[wish.key] for wish in people]
    full = [units == wish.quantity for units, wish in zip(got, people, strict=True)]
    first_short = full.index(False) if False in full else len(got)
    assert not any(got[first_short + 1 :])


@given(wishes)
def test_the_lottery_can_be_drawn_again_by_anybody(people: list[Wish]) -> None:
    drawn = draw_lots(people, "seed")
    assert drawn == draw_lots(list(reversed(people)), "seed")
    assert [sha256(f"seed:{wish.receipt}".encode()).hexdigest() for wish in drawn] == sorted(
        sha256(f"seed:{wish.receipt}".encode()).hexdigest() for wish in people
    )


@given(journals)
def test_the_queue_holds_what_each_wants_last(lines: list[Line]) -> None:
    held: dict[int, int] = {}
    for key, units in queue_units(lines):
        held[key] = held.get(key, 0) + units
    wanted = {line.key: line.quantity for line in lines}
    assert held == {key: quantity for key, quantity in wanted.items() if quantity}


def test_a_raise_joins_the_queue_at_its_end() -> None:
    assert queue_units([Line(1, 2), Line(2, 5), Line(1, 4)]) == [(1, 2), (2, 5), (1, 2)]


def test_a_cut_gives_back_the_newest_units() -> None:
    assert queue_units([Line(1, 2), Line(2, 5), Line(1, 4), Line(1, 3)]) == [(1, 2), (2, 5), (1, 1)]


@given(st.integers(0, 40), st.integers(0, 10), st.integers(1, 12))
def test_what_is_missing_makes_the_last_box_whole(quantity: int, tolerance: int, box: int) -> None:
    lacks = lacking_units(quantity, tolerance, box)
    assert count_boxes(quantity, tolerance + lacks, box) * box >= quantity
    assert not lacks or count_boxes(quantity, tolerance + lacks - 1, box) * box < quantity


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(2, 8))
def test_filling_never_helps_by_taking_less(q: int, t: int, new_q: int, new_t: int, box: int) -> None:
    if helps_fill_box((q, t), (new_q, new_t), (5, 0), box):
        assert new_q >= q
        assert lacking_units(5 + new_q, new_t, box) < lacking_units(5 + q, t, box)
