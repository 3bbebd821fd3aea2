"""Prices that fall with the quantity: everybody pays the step that all reached. Amounts are agorot, VAT inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kesher.core.templatetags.look import number
from kesher.purchases.models import Purchase, Tier


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a purchase stands on its ladder: the price now, and how many more until the next. ``more`` 0: the lowest
    price was reached. ``lacking``: to the minimum."""

    price: int
    more: int
    next_price: int
    lacking: int


def price_at(tiers: Sequence[Tier], quantity: int) -> int:
    """What a unit costs at so many units together; below the first step it is the first step's price."""
    reached = [tier for tier in tiers if tier.start <= quantity] or list(tiers[:1])
    return reached[-1].price if reached else 0


def progress(purchase: Purchase) -> Progress:
    """Of a purchase whose offer was chosen (`with_page`). No query."""
    tiers = purchase.tiers
    ahead = next((tier for tier in tiers if tier.start > purchase.taken and tier is not tiers[0]), None)
    return Progress(
        price=purchase.price if purchase.price is not None else price_at(tiers, purchase.taken),
        more=ahead.start - purchase.taken if ahead else 0,
        next_price=ahead.price if ahead else 0,
        lacking=max(0, purchase.minimum - purchase.taken),
    )


def money(agorot: int) -> str:
    """An amount as people write it here: "₪1,250", or with the agorot where there are any."""
    shekels, rest = divmod(agorot, 100)
    amount = f"{number(shekels)}.{rest:02d}" if rest else number(shekels)
    return _("₪%(amount)s") % {"amount": amount}
