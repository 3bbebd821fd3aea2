"""Format amounts, days and lists of the records page in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext

SIGNS = {"ILS": "₪", "EUR": "€", "USD": "$"}
ISOLATE, POP = "\u2066", "\u2069"


def isolate_left_to_right(text: str) -> str:
    """Return an amount or address with marks that keep it left-to-right in a line of any direction."""
    return f"{ISOLATE}{text}{POP}"


def format_money(amount: Decimal | None, currency: str = "ILS") -> str:
    """Return an amount as text (1,234.50 ₪; in English ₪1,234.50), without decimals if it is whole, "" for None."""
    if amount is None:
        return ""
    plain = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    sign, figure = SIGNS.get(currency, currency), plain.replace("-", "−")
    if (get_language() or "").startswith("en"):
        return isolate_left_to_right(sign + figure)
    return f"{isolate_left_to_right(figure)}\N{NO-BREAK SPACE}{sign}"


def format_day(when: date | None) -> str:
    """Return a date in the short format of the active language, "" for None."""
    return date_format(when, "SHORT_DATE_FORMAT") if when is not None else ""


def format_moment(when: datetime) -> str:
    """Return a date and time in the agency's time zone as text."""
    return date_format(timezone.localtime(when), "SHORT_DATETIME_FORMAT")


def join_words(words: Iterable[str]) -> str:
    """Return the words joined with the comma of the active language's script."""
    return pgettext("list", ", ").join(words)
