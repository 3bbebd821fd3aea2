"""What only shows when everything lies side by side."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.records.record_findings import SourceRow, find_insights, sum_due
from kesher.records.sources.base import KINDS, STATUSES, Row
from kesher.records.tests.factories import row

TODAY = date(2026, 11, 26)


def at(days: int) -> date:
    return TODAY + timedelta(days=days)


def kinds(*rows: Row) -> list[str]:
    held = [SourceRow(f"s{number}", replace(one, key=str(number))) for number, one in enumerate(rows)]
    return [one.kind for one in find_insights(held, TODAY)]


HOME = row(title="ביטוח דירה", kind="insurance", status="active", amount=Decimal(90), starts=at(-100), ends=at(200))


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([HOME], []),
        ([HOME, HOME], ["duplicate"]),
        ([HOME, replace(HOME, title="דירה, ביטוח")], ["duplicate"]),
        ([HOME, replace(HOME, title="ביטוח רכב")], []),
        (
            [replace(HOME, title="ביטוח דירה – מבנה ותכולה"), replace(HOME, title="פוליסת מבנה ותכולה לדירה")],
            ["duplicate"],
        ),
        (
            [
                replace(HOME, title="ביטוח בריאות כללית זהב", provider="כללית"),
                replace(HOME, title="ביטוח בריאות הפניקס זהב", provider="הפניקס"),
            ],
            ["duplicate"],
        ),
        ([replace(HOME, title="ביטוח בריאות: ניתוחים"), replace(HOME, title="ביטוח בריאות: תרופות")], []),
        ([replace(HOME, branch="home"), replace(HOME, title="Home insurance", branch="Home")], ["duplicate"]),
        ([replace(HOME, branch="home.building"), replace(HOME, branch="home.contents")], []),
        ([replace(HOME, title="ביטוח"), replace(HOME, title="פוליסה")], []),
        ([HOME, replace(HOME, status="ended")], []),
        ([HOME, replace(HOME, starts=at(100), ends=at(400))], ["overlapping"]),
        ([HOME, replace(HOME, starts=at(200), ends=at(400))], []),
        ([replace(HOME, ends=at(10))], ["expiring"]),
        ([replace(HOME, ends=at(10)), replace(HOME, starts=at(10), ends=at(400))], []),
        ([replace(HOME, ends=at(-10))], ["missing"]),
        ([replace(HOME, ends=at(-10)), HOME], []),
        ([replace(HOME, ends=at(-100))], []),
        ([row(kind="benefit", status="missing")], ["missing"]),
        ([row(kind="bill", status="due", due=at(-1))], ["overdue"]),
        ([row(kind="bill", status="paid", due=at(-1))], []),
        ([row(kind="bill", status="due", due=at(3))], ["expiring"]),
        ([row(kind="loan", due=at(-2))], ["overdue"]),
        ([row(kind="request", due=at(-2))], []),
        (
            [row(kind="fine", number="7", amount=Decimal(5)), row(kind="fine", number="7", amount=Decimal(5))],
            ["duplicate"],
        ),
        ([row(kind="bill", amount=Decimal(5)), row(kind="bill", amount=Decimal(5))], []),
    ],
)
def test_a_finding_is_found_and_nothing_else(rows: list[Row], found: list[str]) -> None:
    assert kinds(*rows) == found


def test_the_most_pressing_comes_first() -> None:
    late = row(kind="bill", status="due", due=at(-1))
    assert kinds(HOME, HOME, late, replace(HOME, title="רכב", ends=at(5))) == ["overdue", "duplicate", "expiring"]


def test_what_two_policies_cost_together_is_said() -> None:
    found = find_insights([SourceRow("a", HOME), SourceRow("b", HOME)], TODAY)
    assert found[0].amount == Decimal(180)
    assert find_insights([SourceRow("a", HOME), SourceRow("b", replace(HOME, amount=None))], TODAY)[0].amount is None


def test_a_bill_that_two_sources_know_is_owed_once() -> None:
    bill = row(kind="bill", status="due", number="77", amount=Decimal(100), due=at(4))
    total, rows = sum_due(
        [SourceRow("a", bill), SourceRow("b", bill), SourceRow("a", row(kind="fine", amount=Decimal(50)))]
    )
    assert (total, len(rows)) == (Decimal(150), 2)


def test_two_bills_of_one_contract_are_owed_both() -> None:
    """The number on them is the contract's: another day is another bill."""
    march = row(kind="bill", status="due", number="77", amount=Decimal(100), due=at(4))
    april = replace(march, key="2", due=at(34))
    held = [SourceRow("a", march), SourceRow("b", april)]
    assert sum_due(held)[0] == Decimal(200)
    assert "duplicate" not in [one.kind for one in find_insights(held, TODAY)]


def test_two_bills_that_one_source_lists_are_two_however_alike() -> None:
    bill = row(kind="fine", status="due", number="7", amount=Decimal(50), due=at(4))
    twice = [SourceRow("a", bill), SourceRow("a", replace(bill, key="2"))]
    assert sum_due(twice)[0] == Decimal(100)
    assert "duplicate" not in [one.kind for one in find_insights(twice, TODAY)]
    assert sum_due([*twice, SourceRow("b", bill), SourceRow("b", replace(bill, key="9"))])[0] == Decimal(100)


ROWS = st.builds(
    row,
    kind=st.sampled_from(KINDS),
    status=st.sampled_from(STATUSES),
    title=st.sampled_from(["א", "ב", "א ב"]),
    number=st.sampled_from(["", "1"]),
    amount=st.none() | st.integers(0, 100).map(Decimal),
    due=st.none() | st.integers(-90, 90).map(at),
    starts=st.none() | st.integers(-400, 90).map(at),
    ends=st.none() | st.integers(-90, 400).map(at),
)


@given(rows=st.lists(ROWS, max_size=8), order=st.randoms())
def test_findings_do_not_depend_on_who_answered_first(rows: list[Row], order: Any) -> None:
    held = [SourceRow(f"s{number}", replace(one, key=str(number))) for number, one in enumerate(rows)]
    mixed = list(held)
    order.shuffle(mixed)

    def told(of: list[SourceRow]) -> list[tuple[str, list[str]]]:
        return sorted((one.kind, sorted(item.anchor for item in one.held)) for one in find_insights(of, TODAY))

    assert told(held) == told(mixed)
    assert sum_due(held)[0] == sum_due(mixed)[0]
