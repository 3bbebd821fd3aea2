"""Who gets how many: pure functions over what people wish, the same input always with the same answer.

The order of service is the tie rule, fixed before anybody pledges:

- ``first``: by the journal. Each unit keeps the moment at which it was asked for; who takes less gives back his newest.
- ``lottery``: by SHA-256 of the seed and the receipt. The seed's own hash is published before, the seed after.
- ``round``: one unit each in turn, in the journal's order.

Boxes: a seller's box of ``box`` units is ordered whole or not at all. What is wanted beyond the last whole box is
filled up with what people would take in addition (their tolerance); no box is made of tolerance alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Wish:
    """One person: ``key`` names him (a row's id), ``receipt`` is his ticket in a lottery."""

    key: int
    receipt: str
    quantity: int
    tolerance: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal: from here on this person wants ``quantity``."""

    key: int
    quantity: int


def boxes(quantity: int, tolerance: int, box: int, stock: int | None = None) -> int:
    """How many whole boxes can be ordered: as many as are wanted, the last one filled up by tolerance if that is
    enough, and never more than the stock has."""
    whole, rest = divmod(quantity, box)
    if rest and rest + tolerance >= box:
        whole += 1
    return whole if stock is None else min(whole, stock // box)


def missing(quantity: int, tolerance: int, box: int) -> int:
    """How many units the last box still lacks; 0 where it is whole, or never begun."""
    rest = quantity % box
    return max(0, box - rest - tolerance) if rest else 0


def helps(before: tuple[int, int], after: tuple[int, int], others: tuple[int, int], box: int) -> bool:
    """While boxes are filled: does this change of one person's (quantity, tolerance) help? He takes no less than he
    did, and the last box lacks fewer units than before."""
    if after[0] < before[0] or sum(after) < sum(before):
        return False
    lacked = missing(others[0] + before[0], others[1] + before[1], box)
    return missing(others[0] + after[0], others[1] + after[1], box) < lacked


def queue(lines: Iterable[Line]) -> list[tuple[int, int]]:
    """The journal as a queue of (key, units): a raise joins at its end, a cut takes one's newest units out."""
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


def draw(wishes: Sequence[Wish], seed: str) -> list[Wish]:
    """The lottery: anybody can do it again once the seed is published."""
    return sorted(wishes, key=lambda wish: sha256(f"{seed}:{wish.receipt}".encode()).hexdigest())


def served(wanted: Mapping[int, int], order: Sequence[tuple[int, int]], supply: int, rule: str) -> dict[int, int]:
    """Hands ``supply`` units to people in order, each at most what he wants. ``order``: (key, units) as they are
    served; "round" gives one at a time."""
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


def order_of(wishes: Sequence[Wish], lines: Iterable[Line], rule: str, seed: str = "") -> list[tuple[int, int]]:
    """(key, units) in the order of service."""
    if rule == "lottery":
        return [(wish.key, wish.quantity) for wish in draw(wishes, seed)]
    known = {wish.key for wish in wishes}
    return [(key, units) for key, units in queue(lines) if key in known]


def allot(
    wishes: Sequence[Wish],
    lines: Iterable[Line] = (),
    *,
    box: int = 1,
    stock: int | None = None,
    rule: str = "first",
    seed: str = "",
) -> dict[int, int]:
    """{key: units}. Together whole boxes, within the stock; nobody gets more than he would take, and nobody less than
    he wants unless there is not enough. ``lines`` is the journal (default: the wishes as they stand)."""
    journal = list(lines) or [Line(wish.key, wish.quantity) for wish in wishes]
    wanted = {wish.key: wish.quantity for wish in wishes}
    asked, spare = sum(wanted.values()), sum(wish.tolerance for wish in wishes)
    supply = boxes(asked, spare, box, stock) * box
    order = order_of(wishes, journal, rule, seed)
    got = served(wanted, order, min(supply, asked), rule)
    if supply > asked:
        extra = {wish.key: wish.tolerance for wish in wishes}
        turn = [(key, extra[key]) for key in dict.fromkeys(key for key, _units in order)]
        for key, units in served(extra, turn, supply - asked, rule).items():
            got[key] += units
    return got
