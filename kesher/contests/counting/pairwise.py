"""Estimate each item's strength from comparisons of two, and choose the next pair to ask.

The model is Bradley and Terry's: item i is preferred to item j with probability w(i) / (w(i) + w(j)). It is fitted by
minorization and maximization (D. Hunter, "MM algorithms for generalized Bradley-Terry models", 2004):

    w(i) ← (wins(i) + a) / (Σ over comparisons of i with j of 1 / (w(i) + w(j)) + a),   weights scaled to mean 1

The regularisation ``a`` is a small Dirichlet prior: it keeps an item that has won (or lost) everything at a finite
place, and joins groups of items that were never compared with each other. ALPHA = 0.1 is a tenth of a comparison: with
the usual dozens an item it changes no order. "I cannot decide" says nothing of strength and counts only as shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.1
TOLERANCE, STEPS = 1e-9, 20_000
LOOKED_AT = 60

Pair = tuple[int, int]


def strengths(items: Sequence[int], wins: Mapping[Pair, int], alpha: float = ALPHA) -> dict[int, float]:
    """Return each item's Bradley-Terry log-strength, fitted to won comparisons; their mean is 0.

    ``wins``: {(winner, loser): how often}. Raise ValueError where ``alpha`` is not positive and the comparisons do not
    connect all items (then the best places are infinitely apart).
    """
    if not items:
        return {}
    at = {item: index for index, item in enumerate(items)}
    won = np.zeros((len(items), len(items)))
    for (winner, loser), n in wins.items():
        won[at[winner], at[loser]] += n
    logs = fit(won, alpha)
    return {item: float(logs[at[item]]) for item in items}


def fit(won: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    """Return the Bradley-Terry log-strengths for a matrix of wins (row over column)."""
    met, total = won + won.T, won.sum(axis=1)
    logs = np.zeros(len(won))
    with np.errstate(divide="ignore", invalid="ignore"):
        for _step in range(STEPS):
            weight = np.exp(logs)
            weight /= weight.mean()
            share = (met / (weight[:, None] + weight[None, :])).sum(axis=1)
            new: NDArray[np.float64] = np.log((total + alpha) / (share + alpha))
            new = new - new.mean()
            if not np.isfinite(new).all():
                break
            if np.abs(new - logs).mean() <= TOLERANCE:
                return new
            logs = new
    raise ValueError("these comparisons do not tie all items together, and there is no regularisation")


def chance(one: float, other: float) -> float:
    """Return the probability that the first is preferred to the second, from their log-strengths."""
    return float(1 / (1 + np.exp(other - one)))


def next_pair(items: Sequence[int], shown: Mapping[Pair, int], seen: Collection[Pair], who: str) -> Pair | None:
    """Return the pair of items to ask this person about next; None if they have seen every pair.

    ``shown``: how often each pair (smaller id first) was shown to anybody. ``seen``: the pairs that this person has
    seen. ``who``: what tells this person from others.

    The pair shown least comes first, then the one whose items were shown least; between equals each person gets
    another, so that a hundred at once do not all judge the same two. People do not choose their pair, and which of the
    two is first is drawn too. Of very many items only the least shown are considered.
    """
    total: dict[int, int] = dict.fromkeys(items, 0)
    for pair, n in shown.items():
        for item in pair:
            if item in total:
                total[item] += n
    fewest = sorted(items, key=lambda item: (total[item], order_hash(who, (item, 0))))
    for some in (fewest[:LOOKED_AT], fewest[LOOKED_AT:] and fewest):
        free = [pair for pair in combinations(sorted(some), 2) if pair not in seen]
        if free:
            best = min(free, key=lambda p: (shown.get(p, 0), total[p[0]] + total[p[1]], order_hash(who, p)))
            return best if order_hash(who, best) & 1 else (best[1], best[0])
    return None


def order_hash(who: str, pair: Pair) -> int:
    """Return a hash that orders pairs differently for each person."""
    return crc32(f"{who}:{pair[0]}:{pair[1]}".encode())
