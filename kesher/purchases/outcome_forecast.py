"""Forecast what a group purchase would come to if it ended now: price, units, whether it takes place.

The deadline decides by `expected_outcome`, and pages, messages and the API ask it, too. Prices are agorot a unit.
``asked`` and ``spare`` are the units and the tolerance of the pledges that stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kesher.purchases.allocation import count_boxes, lacking_units


@dataclass(frozen=True, slots=True)
class Terms:
    """The conditions that bind everybody.

    ``steps`` are (from units, price), rising in units; ``minimum`` is never less than where the first step begins; at
    most ``cap`` units may be asked for, and at most ``stock`` can be ordered.
    """

    steps: tuple[tuple[int, int], ...]
    minimum: int = 1
    box: int = 1
    stock: int | None = None
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a purchase comes to.

    ``comes``: whether it comes about. ``units``: what would be ordered. ``price``: of each; where it does not come
    about, the price with the fewest more units that make it do so. ``lacks``: units that would fill the last box.
    """

    comes: bool
    units: int
    price: int
    lacks: int


def binding_minimum(minimum: int, steps: Sequence[tuple[int, int]]) -> int:
    """Return the least units with which anything is sold: the minimum, or the first price step if higher."""
    return max([minimum, *(start for start, _price in steps[:1])])


def unreachable_step(steps: Sequence[tuple[int, int]], box: int, *limits: int | None) -> int | None:
    """Return the units of the first price step that no order of whole boxes reaches, or None."""
    most = min((limit // box * box for limit in limits if limit), default=None)
    return next((start for start, _price in steps if most is not None and start > most), None)


def price_at(steps: Sequence[tuple[int, int]], units: int) -> int:
    """Return the unit price, in agorot, of an order of so many units in all."""
    reached = [price for start, price in steps if start <= units] or [price for _start, price in steps[:1]]
    return reached[-1] if reached else 0


def expected_outcome(terms: Terms, asked: int, spare: int = 0) -> Outcome:
    """Return the result of closing with ``asked`` units and ``spare`` tolerance: units, price, and so on."""
    units = count_boxes(asked, spare, terms.box, terms.stock) * terms.box
    comes = asked >= terms.minimum and units >= terms.minimum
    least = asked if comes else least_to_come_about(terms, asked, spare)
    at = terms.minimum if least is None else count_boxes(least, spare, terms.box, terms.stock) * terms.box
    return Outcome(comes, units, price_at(terms.steps, at), lacking_in_box(terms, asked, spare))


def lacking_in_box(terms: Terms, asked: int, spare: int) -> int:
    """Return how many units would fill the begun box; 0 where none is begun or the stock is too small."""
    whole = (asked // terms.box + 1) * terms.box
    return lacking_units(asked, spare, terms.box) if terms.stock is None or whole <= terms.stock else 0


def least_asked(terms: Terms, spare: int, units: int) -> int | None:
    """Return the fewest pledged units with which ``units`` are ordered; None where they cannot be."""
    whole = -(-units // terms.box)
    # The last box must be begun, and tolerance must fill the rest of it.
    asked = max((whole - 1) * terms.box + 1, whole * terms.box - spare)
    enough = terms.stock is None or whole * terms.box <= terms.stock
    return asked if enough and (terms.cap is None or asked <= terms.cap) else None


def least_to_come_about(terms: Terms, asked: int, spare: int) -> int | None:
    """Return the fewest units, at least ``asked``, with which the purchase comes about, or None."""
    found = least_asked(terms, spare, terms.minimum)
    if found is None or (terms.cap is not None and terms.minimum > terms.cap):
        return None
    return max(asked, found, terms.minimum)


def next_price(terms: Terms, asked: int, spare: int, most: int | None = None) -> tuple[int, int] | None:
    """Return (further units, agorot) of the next lower price; None where none can be reached.

    ``most``: as many units together as may still come.
    """
    now = expected_outcome(terms, asked, spare)
    floor = asked if now.comes else least_to_come_about(terms, asked, spare)
    if floor is None:
        return None
    for start, price in terms.steps:
        if price >= now.price or (found := least_asked(terms, spare, start)) is None:
            continue
        least = max(found, floor)
        if most is None or least <= most:
            return least - asked, expected_outcome(terms, least, spare).price
    return None
