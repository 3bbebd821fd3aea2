"""Compute the result of an opinion vote: a two-dimensional map of people, their groups, what marks each.

No person can be recognised in it. It needs enough people, no group is smaller than GROUP_MIN, and no share is given of
fewer voters than that; points are moved onto a grid and put together, and carry no name, number or order of arrival.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from kesher.contests.counting.opinion_groups import NOBODY, Labels, OpinionMap, Points, Votes, opinion_map
from kesher.contests.counting.representative_statements import Common, Mark, common, marks
from kesher.contests.counting.round_count import Cast
from kesher.contests.models import Proposal, Round

PEOPLE_MIN, GROUP_MIN = 20, 5
WIDE, HIGH, EDGE, GRID = 120.0, 80.0, 5.0, 2.0

Answers = tuple[Votes, list[int], int, Labels]


def answers_of(round: Round, cast: Cast) -> Answers:
    """Return the votes as a matrix, its statement numbers, how many were taken down, and each person's vote count."""
    numbers = list(Proposal.objects.standing_in(round).order_by("position", "number").values_list("number", flat=True))
    said = np.array([(ballot, one, value) for ballot, one, _other, value in cast if one is not None], dtype=np.int64)
    ballots, ones, values = said.reshape(-1, 3).T
    known = np.unique(ones)
    column = np.full(int(max([*numbers, *known[-1:]], default=0)) + 1, NOBODY)
    column[numbers] = np.arange(len(numbers))
    people = int(ballots.max(initial=-1)) + 1
    votes = np.full((people, len(numbers)), np.nan)
    # Of two statements that were joined since, a person's first answer counts.
    first = np.unique(ballots * len(column) + ones, return_index=True)[1]
    shown = first[column[ones[first]] != NOBODY]
    votes[ballots[shown], column[ones[shown]]] = values[shown]
    given = np.bincount(ballots[first], minlength=people)
    return votes, numbers, len(set(known.tolist()) - set(numbers)), given


def draw_opinion_map(round: Round, cast: Cast) -> dict[str, Any] | None:
    """Return the opinion map as JSON data to store; None where too few people answered, or none differ."""
    votes, numbers, hidden, given = answers_of(round, cast)
    found = opinion_map(votes, hidden=hidden, given=given, smallest=GROUP_MIN) if len(votes) >= PEOPLE_MIN else None
    if found is None or (found.labels != NOBODY).sum() < PEOPLE_MIN:
        return None
    placed = found.labels != NOBODY
    mine, labels = votes[placed], found.labels[placed]
    told = marks(mine, labels, found.groups)
    sizes = np.bincount(labels, minlength=found.groups)
    return {
        "people": int(placed.sum()),
        "voters": len(votes),
        "groups": [
            {"size": int(size), "marks": [mark_row(one, numbers) for one in some if one.voters >= GROUP_MIN]}
            for size, some in zip(sizes, told, strict=True)
        ],
        "common": [common_row(one, numbers) for one in common(mine, labels, found.groups)],
        "dots": dots(found, placed),
        "explained": round_share(found.explained),
    }


def mark_row(mark: Mark, numbers: list[int]) -> dict[str, Any]:
    """Return one statement that sets a group apart, as the dict to store."""
    return {
        "number": numbers[mark.statement],
        "agrees": mark.agrees,
        "share": round_share(mark.share),
        "elsewhere": round_share(mark.elsewhere),
    }


def common_row(one: Common, numbers: list[int]) -> dict[str, Any]:
    """Return one statement that all groups agree on, as the dict to store."""
    return {
        "number": numbers[one.statement],
        "agrees": one.agrees,
        "share": round_share(one.share),
        "least": round_share(one.least),
    }


def round_share(share: float) -> float:
    """Return a share from 0 to 1, rounded to whole percents."""
    return round(share, 2)


def dots(found: OpinionMap, placed: Any) -> list[list[float]]:
    """Return [x, y, group, number of people] of each grid point where people lie, sorted."""
    points, labels = fit_to_frame(found.points[placed]), found.labels[placed]
    here = Counter(
        (float(x), float(y), int(group)) for (x, y), group in zip(np.round(points / GRID) * GRID, labels, strict=True)
    )
    return [[x, y, group, n] for (x, y, group), n in sorted(here.items())]


def fit_to_frame(points: Points) -> Points:
    """Return the points scaled into a frame of WIDE by HIGH, with their proportions.

    The few far outside are drawn at its edge, so that the others are not squeezed into the middle.
    """
    low, high = np.quantile(points, [0.01, 0.99], axis=0)
    scale = min((np.array([WIDE, HIGH]) - 2 * EDGE) / np.maximum(high - low, 1e-9))
    moved: Points = (points - (low + high) / 2) * scale + np.array([WIDE, HIGH]) / 2
    return np.clip(moved, EDGE, np.array([WIDE, HIGH]) - EDGE)
