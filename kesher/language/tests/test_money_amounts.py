"""Sums are read where they can be read in one way only."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kesher.language import read_amount


@pytest.mark.parametrize(
    ("text", "sum"),
    [
        *(
            ("1,250", "1250"),
            ("19,99", "19.99"),
            ("₪19.90", "19.90"),
            ("19.90 ₪", "19.90"),
            ("1,234,567.89", "1234567.89"),
        ),
        *(("1 250,50 ש״ח", "1250.50"), ("1.250,50", "1250.50"), ("٥٢٠٠", "5200"), ("١٬٢٥٠٫٥", "1250.5")),
        *(("250 шекелей", "250"), ("\u200f₪\u00a01,250", "1250"), ("0.5", "0.5"), ("5 NIS", "5")),
    ],
)
def test_a_sum_is_read(text: str, sum: str) -> None:
    assert read_amount(text) == Decimal(sum)


@pytest.mark.parametrize(
    "text", ["1.250", "19.995", "1,25,00", "0,250", "12,3456", "-5", "1e3", "", "₪", "5 200 1", "a5"]
)
def test_what_could_be_another_sum_is_not_read(text: str) -> None:
    assert read_amount(text) is None
