"""Find the statements that are typical of one opinion group, and those on which all groups agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kesher.contests.counting.opinion_groups import Labels, Votes

SURE = 1.2816  # one-sided, 90 %
AT_MOST = 5
COMMON = 0.6


@dataclass(frozen=True, slots=True)
class Mark:
    """One statement that marks a group.

    ``share`` of the group's voters agreed (or, where not ``agrees``, disagreed); ``elsewhere``: the same of all others.
    ``voters``: how many of the group voted on it.
    """

    statement: int
    agrees: bool
    share: float
    elsewhere: float
    voters: int


@dataclass(frozen=True, slots=True)
class Common:
    """A statement that every group holds (or rejects); ``least`` is the share in the group that holds it least."""

    statement: int
    agrees: bool
    share: float
    least: float
    voters: int


def counts(votes: Votes, labels: Labels, groups: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two arrays: each group's agreements and disagreements by statement, and its voters by statement.

    The first has the shape (2, groups, statements), the second (groups, statements).
    """
    member = labels[None, :] == np.arange(groups)[:, None]
    said = np.stack([member @ (votes == value).astype(np.float64) for value in (1, -1)])
    return said, member @ (~np.isnan(votes)).astype(np.float64)


def marks(votes: Votes, labels: Labels, groups: int, at_most: int = AT_MOST) -> list[list[Mark]]:
    """Return for each group the statements that set it apart from the others, the most telling first.

    A statement marks a group where, with 90 % confidence each, most of its voters hold it and more of them than of
    everybody else; these are ordered by how much, how surely and how widely. Without any, the nearest one is given.
    Source: Polis's representativeness.
    """
    said, voters = counts(votes, labels, groups)
    return [marks_of(group, said, voters, at_most) for group in range(groups)]


def marks_of(group: int, said: NDArray[np.float64], voters: NDArray[np.float64], at_most: int) -> list[Mark]:
    """Return the statements that set one group apart from the others, at least one."""
    mine, ours = said[:, group], voters[group]
    theirs, others = said.sum(axis=1) - mine, voters.sum(axis=0) - ours
    share, elsewhere = (mine + 1) / (ours + 2), (theirs + 1) / (others + 2)
    ratio = share / elsewhere
    most = majority_z(mine, ours)
    more = two_shares_z(mine, ours, theirs, others)
    weight = ratio * more * share * most
    tells = (most > SURE) & (more > SURE) & (ours > 0)
    order = sorted(zip(*np.nonzero(tells), strict=True), key=lambda at: -weight[at])
    if not order:
        order = [np.unravel_index(np.argmax(np.where(ours > 0, ratio * share, 0)), ratio.shape)]
    found: dict[int, Mark] = {}
    for kind, statement in order:
        at = int(kind), int(statement)
        part = mine[at] / max(ours[at[1]], 1)
        rest = theirs[at] / max(others[at[1]], 1)
        found.setdefault(at[1], Mark(at[1], at[0] == 0, float(part), float(rest), int(ours[at[1]])))
    return list(found.values())[:at_most]


def majority_z(said: NDArray[np.float64], voters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return z-scores for "more than half of a group's voters agree (or disagree)", by statement."""
    n = voters + 1
    found: NDArray[np.float64] = 2 * np.sqrt(n) * ((said + 1) / n - 0.5)
    return found


def two_shares_z(
    mine: NDArray[np.float64], ours: NDArray[np.float64], theirs: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return z-scores for "the first share is larger than the second", by a two-proportion test."""
    a, b, n, m = mine + 1, theirs + 1, ours + 1, others + 1
    pooled = np.clip((a + b) / (n + m), 1e-9, 1 - 1e-9)
    found: NDArray[np.float64] = (a / n - b / m) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return found


def common(votes: Votes, labels: Labels, groups: int, at_most: int = AT_MOST) -> list[Common]:
    """Return the statements that at least 60 % of the voters of every group hold (or reject).

    The first is the one with the largest share in the group that holds it least. A group that hardly voted on one
    counts as undecided.
    """
    said, voters = counts(votes, labels, groups)
    share = (said + 1) / (voters + 2)
    least = share.min(axis=1)
    order = sorted(zip(*np.nonzero(least >= COMMON), strict=True), key=lambda at: -least[at])
    total, cast = said.sum(axis=1), voters.sum(axis=0)
    held = np.where(voters > 0, said / np.maximum(voters, 1), 0).min(axis=1)
    return [
        Common(int(s), bool(kind == 0), float(total[kind, s] / cast[s]), float(held[kind, s]), int(cast[s]))
        for kind, s in order[:at_most]
    ]
