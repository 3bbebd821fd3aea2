"""Compute the price at a quantity: it falls by steps, and everybody pays the same. Amounts are agorot with VAT."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.core.templatetags.ui import number
from kesher.purchases.allocation import expected_outcome, least_to_come_about, next_price
from kesher.purchases.models import Purchase
from kesher.purchases.models.purchase import RUNNING


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a purchase stands.

    ``price``: of a unit if it ended now (0: none). ``more``: units until the next price (0: no lower one can be
    reached). ``lacking``: units until it comes about (None: it cannot). ``units``: what would be ordered.
    """

    price: int
    more: int
    next_price: int
    lacking: int | None
    units: int


def progress(purchase: Purchase) -> Progress:
    """Return a purchase's price now, and the units to the next price and to the minimum; no query."""
    terms, asked, spare = purchase.terms, purchase.asked, purchase.spare
    if purchase.price is not None:
        return Progress(purchase.price, 0, 0, 0, purchase.allotted)
    if purchase.state not in RUNNING or not terms.steps:
        return Progress(0, 0, 0, 0, 0)
    now = expected_outcome(terms, asked, spare)
    least = least_to_come_about(terms, asked, spare)
    # While the last box is filled, no further units can come.
    most = -(-asked // terms.box) * terms.box if purchase.state == Purchase.State.FILLING else None
    more, lower = next_price(terms, asked, spare, most) or (0, 0)
    lacking = 0 if now.comes else least - asked if least is not None else None
    return Progress(now.price, more, lower, lacking, now.units)


def rule_in_words(purchase: Purchase) -> str:
    """Return the purchase's tie rule in words: who gets units where there are too few."""
    return {
        Purchase.Tie.FIRST: _("whoever pledged first comes first"),
        Purchase.Tie.LOTTERY: _("it is drawn after the end who gets how many"),
        Purchase.Tie.ROUND: _("everybody in turn gets one unit"),
    }[Purchase.Tie(purchase.tie)]


def shortage_in_words(purchase: Purchase, asked: int, units: int) -> str:
    """Return a sentence that fewer units can be ordered than were pledged; "" where there are enough."""
    if purchase.state not in RUNNING or not 0 < units < asked:
        return ""
    words = _("%(units)s of the %(asked)s units pledged can be ordered now: %(rule)s. You may get fewer, or none.")
    return words % {"units": number(units), "asked": number(asked), "rule": rule_in_words(purchase)}


def spare_in_words(purchase: Purchase) -> str:
    """Return how many units of tolerance people offer to fill a box, in words; "" for none."""
    if purchase.state not in RUNNING or purchase.box == 1 or not purchase.spare:
        return ""
    words = ngettext(
        "People would take %(count)s more, if that fills a box of %(box)s",
        "People would take %(count)s more, if that fills a box of %(box)s",
        purchase.spare,
    )
    return words % {"count": number(purchase.spare), "box": number(purchase.box)}


def money(agorot: int) -> str:
    """Return an amount in agorot as text in shekels: "₪1,250", with agorot where there are any."""
    shekels, rest = divmod(agorot, 100)
    amount = f"{number(shekels)}.{rest:02d}" if rest else number(shekels)
    return _("₪%(amount)s") % {"amount": amount}


def decimal_amount(agorot: int) -> str:
    """Return an amount in agorot as a decimal string of shekels, such as "12.50"."""
    return f"{agorot // 100}.{agorot % 100:02d}"
