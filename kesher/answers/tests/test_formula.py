"""The sums that editors write: read, reckoned, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.answers.formula import BadFormula, evaluate_formula, find_names, parse_formula

VALUES = {"kids": Decimal(3), "fee": Decimal("910")}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4", "14"),
        ("(2 + 3) * 4", "20"),
        ("10 - 2 - 3", "5"),
        ("100 / 8 / 2", "6.25"),
        ("-kids + 5", "2"),
        ("kids * fee", "2730"),
        ("min(kids, 2) + max(kids, 2)", "5"),
        ("round(fee / 4)", "228"),
        ("nobody + 1", "1"),
    ],
)
def test_a_sum_is_reckoned(text: str, value: str) -> None:
    assert evaluate_formula(parse_formula(text), VALUES) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "", "2 +", "(2", "2)", "2 3", "kids kids", "min(1)", "round(1, 2)", "max", "2 ** 3", "a.b", "a[0]", "__import__('os')",
        "kids; 1", "λ", "1 if 1 else 2", "(" * 30 + "1" + ")" * 30, "1+" * 150 + "1",
    ],
)  # fmt: skip
def test_what_is_no_sum_is_refused(text: str) -> None:
    with pytest.raises(BadFormula):
        parse_formula(text)


@pytest.mark.parametrize("text", ["1 / 0", "1 / (kids - 3)", "0 / 0", "999999999999 * 999999"])
def test_what_cannot_be_reckoned_is_refused(text: str) -> None:
    with pytest.raises(BadFormula):
        evaluate_formula(parse_formula(text), VALUES)


def test_a_formula_says_what_it_asks_for() -> None:
    assert find_names(parse_formula("min(kids, 2) * fee + 1")) == {"kids", "fee"}


@given(st.text(alphabet="0123456789.+-*/(), minaxroudkse_", max_size=60))
def test_any_text_is_reckoned_or_refused(text: str) -> None:
    try:
        assert evaluate_formula(parse_formula(text), VALUES).is_finite()
    except BadFormula:
        pass


@given(st.integers(-999, 999), st.integers(-999, 999), st.integers(1, 99))
def test_sums_agree_with_arithmetic(a: int, b: int, c: int) -> None:
    values = {"a": Decimal(a), "b": Decimal(b), "c": Decimal(c)}
    assert evaluate_formula(parse_formula("a + b * (a - c) - min(b, c)"), values) == a + b * (a - c) - min(b, c)
