"""The question before a pledge ("Do you pledge?"), with what it will cost at the price that it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.contacts.models import Contact
from kesher.core.db.ids import is_number
from kesher.language import digits
from kesher.purchases.allocation import Outcome, expected_outcome
from kesher.purchases.models import Purchase
from kesher.purchases.prices import money, shortage_in_words
from kesher.purchases.services.pledge_journal import find_pledge


def pledge_question(purchase: Purchase, answers: Mapping[str, Any], contact: Contact | None = None) -> str:
    """Return the confirming question of a pledge, with its unit price and sum at the resulting total."""
    asked = digits(str(answers.get("quantity") or "")).strip()
    if not is_number(asked) or not purchase.tiers:
        return _("Join the purchase?")
    quantity, before = int(asked), find_pledge(purchase, contact) if contact is not None else None
    held, had = before.stands_for if before is not None else (0, 0)
    more = read_units(answers.get("tolerance"))
    spare, together = max(0, purchase.spare - had), purchase.asked - held + quantity
    came = expected_outcome(purchase.terms, together, spare + more)
    price = came.price
    if purchase.is_filling and not came.lacks:
        return closing_question(quantity, more, spare, came, together)
    words = ngettext(
        "You take %(count)s unit at %(price)s each, %(sum)s together; less if more people join. Do you pledge?",
        "You take %(count)s units at %(price)s each, %(sum)s together; less if more people join. Do you pledge?",
        quantity,
    )
    if purchase.is_filling:
        words = ngettext(
            "You take %(count)s unit at %(price)s each, %(sum)s together. It binds at once. Do you pledge?",
            "You take %(count)s units at %(price)s each, %(sum)s together. It binds at once. Do you pledge?",
            quantity,
        )
    fewer = shortage_in_words(purchase, together, came.units)
    asked = words % {"count": quantity, "price": money(price), "sum": money(price * quantity)}
    return f"{fewer} {asked}".strip()


def read_units(text: Any) -> int:
    """Return the units that somebody wrote as a number; 0 where it is none."""
    read = digits(str(text or "")).strip()
    return int(read) if is_number(read) else 0


def closing_question(quantity: int, more: int, spare: int, came: Outcome, together: int) -> str:
    """Return the confirming question of a pledge that fills the last box, so that it binds at once.

    It names the units and the sum as they will be. ``spare``: units that others would take in addition; they share the
    rest of the box by the tie rule.
    """
    rest = came.units - together
    least, most = quantity + max(0, rest - spare), quantity + min(more, rest)
    units, cost = str(least), money(came.price * least)
    if least != most:
        units = _("%(least)s to %(most)s") % {"least": least, "most": most}
        cost = _("%(least)s to %(most)s") % {"least": cost, "most": money(came.price * most)}
    words = ngettext(
        "You get %(units)s unit at %(price)s each, %(sum)s together: the last box is full then, so the purchase is "
        "closed and it binds at once. Do you pledge?",
        "You get %(units)s units at %(price)s each, %(sum)s together: the last box is full then, so the purchase is "
        "closed and it binds at once. Do you pledge?",
        most,
    )
    return words % {"units": units, "price": money(came.price), "sum": cost}
