"""Allocate the units of a group purchase to the people who pledged, and forecast what it comes to: pure functions.

The order of service is the tie rule, which is fixed before anybody pledges:

- ``first``: by the journal. Each unit keeps the moment at which it was asked for; a person who takes less gives back
  their newest units.
- ``lottery``: by SHA-256 of the seed and the receipt. The seed's hash is published before, the seed after.
- ``round``: one unit each in turn, in the journal's order.

Boxes: a seller's box of ``box`` units is ordered whole or not at all. Units wanted beyond the last whole box are filled
up with what people would take in addition (their tolerance); no box is made of tolerance alone.

The deadline decides by `expected_outcome`, and pages, messages and the API ask it, too. Prices are agorot a unit.
``asked`` and ``spare`` are the units and the tolerance of the pledges that stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Wish:
    """What one person wants: ``key`` is their row's id, ``receipt`` their ticket in a lottery."""

    key: int
    receipt: str
    quantity: int
    tolerance: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the journal: from here on, the person ``key`` wants ``quantity`` units."""

    key: int
    quantity: int


def count_boxes(quantity: int, tolerance: int, box: int, stock: int | None = None) -> int:
    """Return how many whole boxes can be ordered for these units within the stock.

    That is as many as are wanted; the last one may be filled up by tolerance.
    """
    whole, rest = divmod(quantity, box)
    if rest and rest + tolerance >= box:
        whole += 1
    return whole if stock is None else min(whole, stock // box)


def lacking_units(quantity: int, tolerance: int, box: int) -> int:
    """Return how many units the last box still lacks; 0 where it is whole, or was never begun."""
    rest = quantity % box
    return max(0, box - rest - tolerance) if rest else 0


def helps_fill_box(before: tuple[int, int], after: tuple[int, int], others: tuple[int, int], box: int) -> bool:
    """Return whether changing one pledge from ``before`` to ``after`` helps to fill the last box.

    It helps if they take no less than before and the box lacks fewer units.
    """
    if after[0] < before[0] or sum(after) < sum(before):
        return False
    lacked = lacking_units(others[0] + before[0], others[1] + before[1], box)
    return lacking_units(others[0] + after[0], others[1] + after[1], box) < lacked


def queue_units(lines: Iterable[Line]) -> list[tuple[int, int]]:
    """Return the pledge journal as a first-come queue of (person's key, units).

    A raise joins at its end; a cut takes the person's newest units out.
    """
    waiting: list[list[int]] = []
    have: dict[int, int] = {}
    for line in lines:
        more = line.quantity - have.get(line.key, 0)
        have[line.key] = line.quantity
        if more > 0:
            waiting.append([line.key, more])
        for entry in reversed(waiting):
            if more >= 0:
                break
            if entry[0] == line.key:
                cut = min(entry[1], -more)
                entry[1] -= cut
                more += cut
    return [(key, units) for key, units in waiting if units]


def draw_lots(wishes: Sequence[Wish], seed: str) -> list[Wish]:
    """Return the wishes in the lottery's order, by SHA-256 of seed and receipt, which anybody can repeat."""
    return sorted(wishes, key=lambda wish: sha256(f"{seed}:{wish.receipt}".encode()).hexdigest())


def serve_units(wanted: Mapping[int, int], order: Sequence[tuple[int, int]], supply: int, rule: str) -> dict[int, int]:
    """Return {key: units} that each person gets of ``supply`` under a tie rule, at most what they want.

    ``order``: (key, units) in the order of service; the rule "round" gives one unit at a time.
    """
    got = dict.fromkeys(wanted, 0)
    if rule == "round":
        turn = list(dict.fromkeys(key for key, _units in order))
        while supply > 0 and (hungry := [key for key in turn if got[key] < wanted[key]]):
            for key in hungry[:supply]:
                got[key] += 1
            supply -= min(supply, len(hungry))
        return got
    for key, units in order:
        given = min(units, supply, wanted[key] - got[key])
        got[key] += given
        supply -= given
    return got


def service_order(wishes: Sequence[Wish], lines: Iterable[Line], rule: str, seed: str = "") -> list[tuple[int, int]]:
    """Return (person's key, units) in the order in which a tie rule serves them."""
    if rule == "lottery":
        return [(wish.key, wish.quantity) for wish in draw_lots(wishes, seed)]
    known = {wish.key for wish in wishes}
    return [(key, units) for key, units in queue_units(lines) if key in known]


def allot(
    wishes: Sequence[Wish],
    lines: Iterable[Line] = (),
    *,
    box: int = 1,
    stock: int | None = None,
    rule: str = "first",
    seed: str = "",
) -> dict[int, int]:
    """Return {person's key: units} that each gets when a purchase closes.

    Together they are whole boxes within the stock. Nobody gets more than they would take, or less than they want unless
    there is not enough. ``lines`` is the journal (default: the wishes as they stand).
    """
    journal = list(lines) or [Line(wish.key, wish.quantity) for wish in wishes]
    wanted = {wish.key: wish.quantity for wish in wishes}
    asked, spare = sum(wanted.values()), sum(wish.tolerance for wish in wishes)
    supply = count_boxes(asked, spare, box, stock) * box
    order = service_order(wishes, journal, rule, seed)
    got = serve_units(wanted, order, min(supply, asked), rule)
    if supply > asked:
        extra = {wish.key: wish.tolerance for wish in wishes}
        turn = [(key, extra[key]) for key in dict.fromkeys(key for key, _units in order)]
        for key, units in serve_units(extra, turn, supply - asked, rule).items():
            got[key] += units
    return got


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
