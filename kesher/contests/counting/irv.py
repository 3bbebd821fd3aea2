"""Count ranked ballots by instant-runoff voting (IRV): the last drops out, its ballots go to the next choice.

The tie rule is fixed before the first ballot: of two with equal votes the one stands higher who is more often the
second choice among those still standing, then the third, and so on; candidates who are equal in all of that are ordered
by lot (`tie_break.draw_lots`). The order among equals is computed again whenever ballots have moved. Candidates who
together could not overtake the one above them leave together: that changes no result and saves rounds.

These are the conventions of the library that the tests compare with. Source: the method as in Robert's Rules of Order
(preferential voting); the batch as in the election law of San Francisco and of Maine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Ranking = tuple[int, ...]
Piles = Mapping[Ranking, int]


@dataclass(frozen=True, slots=True)
class Move:
    """``n`` ballots of a candidate who left go to ``to``; None: they name nobody who still stands."""

    source: int
    to: int | None
    n: int


@dataclass(slots=True)
class Stage:
    """One count: the votes of those standing, best first, who leaves after it, and where their ballots go.

    ``broke`` says what decided who is last: "votes", "choices" (later choices, between equals) or "lot".
    """

    votes: list[tuple[int, int]]
    exhausted: int
    leaving: list[int] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    broke: str = "votes"


@dataclass(frozen=True, slots=True)
class Runoff:
    """The whole count.

    ``winner`` is None only without votes. ``order``: the winner, then those who left, the last first.
    """

    winner: int | None
    order: list[int]
    stages: list[Stage]
    ballots: int


def count(candidates: Sequence[int], ballots: Iterable[Sequence[int]], lots: Sequence[int]) -> Runoff:
    """Return the instant-runoff result of ballots that rank some or all of the candidates, best first.

    ``ballots``: a candidate who is not ranked is not chosen. ``lots``: all candidates in the order of the lot. Raise
    ValueError for a ballot that names a candidate twice, or one who does not stand.
    """
    piles = group_ballots(candidates, ballots)
    total = sum(piles.values())
    standing = rank_standing(candidates, piles, lots)
    stages: list[Stage] = []
    gone: list[int] = []
    while total and len(standing) > 1:
        votes = first_choices(standing, piles)
        stage = Stage([(one, votes[one]) for one in standing], total - sum(votes.values()))
        stages.append(stage)
        cut = find_cut(standing, votes)
        staying, stage.leaving = standing[:cut], standing[cut:]
        stage.broke = tie_rule_used(standing, cut, votes, piles)
        gone = [*stage.leaving, *gone]
        if cut > 1:
            stage.moves = moved_ballots(stage.leaving, standing, staying, piles)
        standing = rank_standing(staying, piles, lots) if any(move.n for move in stage.moves) else staying
    return Runoff(standing[0] if total else None, [*standing, *gone] if total else [], stages, total)


def group_ballots(candidates: Sequence[int], ballots: Iterable[Sequence[int]]) -> Counter[Ranking]:
    """Return how often each ranking was cast. Raise ValueError as `count` does."""
    known = set(candidates)
    piles = Counter(tuple(ballot) for ballot in ballots if ballot)
    for ranking in piles:
        if len(set(ranking)) != len(ranking) or not known.issuperset(ranking):
            raise ValueError(f"not a ranking of these candidates: {ranking}")
    return piles


def first_choices(standing: Sequence[int], piles: Piles) -> dict[int, int]:
    """Return {candidate: ballots that name them first among those still standing}."""
    found = dict.fromkeys(standing, 0)
    for ranking, n in piles.items():
        first = next((one for one in ranking if one in found), None)
        if first is not None:
            found[first] += n
    return found


def choices_by_place(standing: Sequence[int], piles: Piles) -> dict[int, list[int]]:
    """Return {candidate: [times ranked first, second, third …]} among those still standing."""
    found = {one: [0] * len(standing) for one in standing}
    for ranking, n in piles.items():
        for place, one in enumerate(one for one in ranking if one in found):
            found[one][place] += n
    return found


def rank_standing(standing: Sequence[int], piles: Piles, lots: Sequence[int]) -> list[int]:
    """Return those standing, best first: by votes, then by later choices, then by lot."""
    held = choices_by_place(standing, piles)
    luck = {one: -place for place, one in enumerate(lots)}
    return sorted(standing, key=lambda one: (held[one], luck[one]), reverse=True)


def find_cut(order: Sequence[int], votes: Mapping[int, int]) -> int:
    """Return the index in ``order`` from which on all candidates are eliminated in this stage.

    The votes of those who leave together do not exceed those of the one above. The last always leaves; where everybody
    but the first does, the first has half of the votes, and has won.
    """
    below = sum(votes[one] for one in order)
    for place, one in enumerate(order[:-1]):
        below -= votes[one]
        if below <= votes[one]:
            return place + 1
    return len(order) - 1


def tie_rule_used(order: Sequence[int], cut: int, votes: Mapping[int, int], piles: Piles) -> str:
    """Return what decided the elimination: "votes", "choices" (later preferences) or "lot"."""
    above, below = order[cut - 1], order[cut]
    if votes[above] != votes[below]:
        return "votes"
    held = choices_by_place(order, piles)
    return "choices" if held[above] != held[below] else "lot"


def moved_ballots(leaving: Sequence[int], standing: Sequence[int], staying: Sequence[int], piles: Piles) -> list[Move]:
    """Return where the ballots of eliminated candidates go: to their next remaining choice, or to none."""
    found: Counter[tuple[int, int | None]] = Counter()
    here, after = set(standing), set(staying)
    for ranking, n in piles.items():
        holder = next((one for one in ranking if one in here), None)
        if holder is not None and holder not in after:
            found[holder, next((one for one in ranking if one in after), None)] += n
    place = {one: index for index, one in enumerate([*standing])}
    keys = sorted(found, key=lambda key: (place[key[0]], len(place) if key[1] is None else place[key[1]]))
    return [Move(source, to, found[source, to]) for source, to in keys]
