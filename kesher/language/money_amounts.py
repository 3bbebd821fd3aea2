"""Parse amounts of money as people type them: "1,250", "19,99", "₪19.90", "1 250,50 ש״ח"."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from kesher.language.number_words import digits

_CURRENCY: Final = re.compile(r"₪|ש[\"״'׳]?ח|שקל(?:ים)?|شيكل|шек(?:ел[ьяей]+|\.)?|\b(?:nis|ils)\b", re.IGNORECASE)
_MARKS: Final = re.compile("[\u061c\u200e\u200f\u2066-\u2069]")
_ARABIC: Final = str.maketrans("٫٬", ".,")
# Thousands with commas, spaces, or points (then decimals after a comma); else digits and at most two decimals.
_SHAPES: Final = (
    re.compile(r"(?P<whole>[1-9]\d{0,2}(?:,\d{3})+)(?:\.(?P<part>\d{1,2}))?"),
    re.compile(r"(?P<whole>[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+)(?:[.,](?P<part>\d{1,2}))?"),
    re.compile(r"(?P<whole>[1-9]\d{0,2}(?:\.\d{3})+),(?P<part>\d{1,2})"),
    re.compile(r"(?P<whole>\d+)(?:[.,](?P<part>\d{1,2}))?"),
)


def read_amount(text: str) -> Decimal | None:
    """Return the amount of money in a text; None if there is none or it is ambiguous ("1.250")."""
    plain = _CURRENCY.sub("", _MARKS.sub("", digits(text).translate(_ARABIC))).strip()
    for shape in _SHAPES:
        if found := shape.fullmatch(plain):
            return Decimal(f"{re.sub(r'\D', '', found['whole'])}.{found['part'] or 0}")
    return None
