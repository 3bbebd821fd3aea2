"""Allocate the units of a group purchase to the people who pledged: pure functions over numbers.

The order of service is the tie rule, which is fixed before anybody pledges:

- ``first``: by the journal. Each unit keeps the moment at which it was asked for; a person who takes less gives back
  their newest units.
- ``lottery``: by SHA-256 of the seed and the receipt. The seed's hash is published before, the seed after.
- ``round``: one unit each in turn, in the journal's order.

Boxes: a seller's box of ``box`` units is ordered whole or not at all. Units wanted beyond the last whole box are filled
up with what people would take in addition (their tolerance); no box is made of tolerance alone.
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
