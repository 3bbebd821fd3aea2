"""Amounts and days as people write them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import pgettext

SIGNS = {"ILS": "₪", "EUR": "€", "USD": "$"}
ISOLATE, POP = "\u2066", "\u2069"


def in_one_piece(text: str) -> str:
    """An amount or an address runs from left to right, whichever way its line does."""
    return f"{ISOLATE}{text}{POP}"


def money(amount: Decimal | None, currency: str = "ILS") -> str:
    """1,234.50 ₪; without agorot where there are none. "" for nothing."""
    if amount is None:
        return ""
    plain = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    return in_one_piece(SIGNS.get(currency, currency) + plain.replace("-", "−"))


def day(when: date | None) -> str:
    """A day as this language writes it short; "" for none."""
    return date_format(when, "SHORT_DATE_FORMAT") if when is not None else ""


def moment(when: datetime) -> str:
    """A day and a time, at the agency's place."""
    return date_format(timezone.localtime(when), "SHORT_DATETIME_FORMAT")


def listed(words: Iterable[str]) -> str:
    """Words one after another, with the comma of the reader's script between them."""
    return pgettext("list", ", ").join(words)
