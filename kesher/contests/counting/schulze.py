"""Count ranked ballots by the Schulze method: each against each; a chain is as strong as its weakest link.

A ballot prefers a candidate to those whom it ranks later, and all whom it ranks to all whom it leaves out; between two
left out it says nothing. The strength of a win is the number of ballots for it ("winning votes"). The tie rule: where
neither beats the other over any chain, the lot decides (`tie_break.draw_lots`). Source: M. Schulze, "A new monotonic,
clone-independent, reversal symmetric, and Condorcet-consistent single-winner election method", 2011.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kesher.contests.counting.irv import group_ballots

Matrix = NDArray[np.int64]
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Beatpath:
    """The whole count.

    ``order``: best first. ``tied``: those who share the first place before the lot is drawn. ``wins[i][j]`` ballots
    prefer candidate i to candidate j, ``paths[i][j]`` is the strongest chain from i to j; both are in the order of
    ``candidates``.
    """

    winner: int | None
    order: list[int]
    tied: list[int]
    candidates: list[int]
    wins: list[list[int]]
    paths: list[list[int]]
    ballots: int


def count(candidates: Sequence[int], ballots: Iterable[Sequence[int]], lots: Sequence[int]) -> Beatpath:
    """Return the Schulze result of ballots that rank some or all candidates; arguments as in `irv.count`."""
    piles = group_ballots(candidates, ballots)
    rankings, weights = list(piles), np.array(list(piles.values()), dtype=np.int64)
    wins = pairwise(candidates, rankings, weights)
    paths = strongest_paths(wins)
    at = {one: index for index, one in enumerate(candidates)}
    order = order_by_paths([at[one] for one in lots if one in at], paths)
    free = [i for i in order if all(paths[i, j] >= paths[j, i] for j in order)]
    total = int(weights.sum())
    names = [candidates[i] for i in order] if total else []
    return Beatpath(
        names[0] if names else None,
        names,
        [candidates[i] for i in free] if total else [],
        list(candidates),
        wins.tolist(),
        paths.tolist(),
        total,
    )


def pairwise(candidates: Sequence[int], rankings: Sequence[Sequence[int]], weights: Matrix) -> Matrix:
    """Return the matrix of how many ballots prefer each candidate (row) to each other (column)."""
    n = len(candidates)
    at = {one: index for index, one in enumerate(candidates)}
    wins = np.zeros((n, n), dtype=np.int64)
    for start in range(0, len(rankings), CHUNK):
        some = rankings[start : start + CHUNK]
        place = np.full((len(some), n), n, dtype=np.int16)
        for row, ranking in enumerate(some):
            for rank, one in enumerate(ranking):
                place[row, at[one]] = rank
        weight = weights[start : start + CHUNK]
        for i in range(n):
            wins[i] += weight @ (place[:, [i]] < place)
    return wins


def strongest_paths(wins: Matrix) -> Matrix:
    """Return the matrix of strongest beat-path strengths between candidates (Floyd and Warshall)."""
    paths = np.where(wins > wins.T, wins, 0)
    for k in range(len(wins)):
        paths = np.maximum(paths, np.minimum(paths[:, [k]], paths[[k], :]))
    np.fill_diagonal(paths, 0)
    return paths


def order_by_paths(lots: Sequence[int], paths: Matrix) -> list[int]:
    """Return the candidates' indexes best first: those whom no other beats, ties by lot."""
    left, found = list(lots), list[int]()
    while left:
        best = next(i for i in left if all(paths[i, j] >= paths[j, i] for j in left))
        found.append(best)
        left.remove(best)
    return found
