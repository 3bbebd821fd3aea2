"""Prices that fall with the quantity: everybody pays the step that all reached. Amounts are agorot, VAT inside."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.core.templatetags.ui import number
from kesher.purchases.models import Purchase
from kesher.purchases.models.purchase import RUNNING
from kesher.purchases.outcome import expected_outcome, least_to_come_about, next_price


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a purchase stands: the price of a unit if it ended now (0: there is none), how many more until the next
    (``more`` 0: no lower price can be reached), and how many until it comes about (``lacking``; None: it cannot)."""

    price: int
    more: int
    next_price: int
    lacking: int | None
    units: int


def progress(purchase: Purchase) -> Progress:
    """Of a purchase whose offer was chosen (`with_page`), by what decides at its end. No query."""
    terms, asked, spare = purchase.terms, purchase.asked, purchase.spare
    if purchase.price is not None:
        return Progress(purchase.price, 0, 0, 0, purchase.allotted)
    if purchase.state not in RUNNING or not terms.steps:
        return Progress(0, 0, 0, 0, 0)
    now = expected_outcome(terms, asked, spare)
    least = least_to_come_about(terms, asked, spare)
    # While the last box is filled, nothing but that can come.
    most = -(-asked // terms.box) * terms.box if purchase.state == Purchase.State.FILLING else None
    more, lower = next_price(terms, asked, spare, most) or (0, 0)
    lacking = 0 if now.comes else least - asked if least is not None else None
    return Progress(now.price, more, lower, lacking, now.units)


def rule_in_words(purchase: Purchase) -> str:
    """Say who gets how many where there is not enough for everybody."""
    return {
        Purchase.Tie.FIRST: _("whoever pledged first comes first"),
        Purchase.Tie.LOTTERY: _("it is drawn after the end who gets how many"),
        Purchase.Tie.ROUND: _("everybody in turn gets one unit"),
    }[Purchase.Tie(purchase.tie)]


def shortage_in_words(purchase: Purchase, asked: int, units: int) -> str:
    """Say that of the units that are asked for fewer can be ordered; "" where it is enough, or nothing comes."""
    if purchase.state not in RUNNING or not 0 < units < asked:
        return ""
    words = _("%(units)s of the %(asked)s units pledged can be ordered now: %(rule)s. You may get fewer, or none.")
    return words % {"units": number(units), "asked": number(asked), "rule": rule_in_words(purchase)}


def spare_in_words(purchase: Purchase) -> str:
    """Say how many units people would take in addition to fill a box: they count as soon as they do. "" for none."""
    if purchase.state not in RUNNING or purchase.box == 1 or not purchase.spare:
        return ""
    words = ngettext(
        "People would take %(count)s more, if that fills a box of %(box)s",
        "People would take %(count)s more, if that fills a box of %(box)s",
        purchase.spare,
    )
    return words % {"count": number(purchase.spare), "box": number(purchase.box)}


def money(agorot: int) -> str:
    """An amount as people write it here: "₪1,250", or with the agorot where there are any."""
    shekels, rest = divmod(agorot, 100)
    amount = f"{number(shekels)}.{rest:02d}" if rest else number(shekels)
    return _("₪%(amount)s") % {"amount": amount}
