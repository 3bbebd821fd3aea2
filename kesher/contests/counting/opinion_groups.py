"""Cluster people by their opinions: from answers (agree, disagree, pass) to statements.

The method is that of Polis (C. Small et al., "Polis: scaling deliberation by mapping high dimensional opinion spaces",
2021), without its memory of earlier pictures:

1. People who voted on fewer than seven statements are not placed (nor counted in a group).
2. A missing vote is taken as the statement's mean; the two directions in which people differ most are computed (PCA).
3. Each person is placed by their own votes alone, stretched by √(statements / votes), so that few votes alone do not
   place anybody in the middle. Statements that were taken down count as passed by everybody: they say nothing, and
   they keep the stretch modest, as in Polis.
4. k-means for k = 2 … 5; the k with the best silhouette is kept, if every group has at least the smallest size allowed.

Nothing is random: the starts of k-means are laid out over the plane, so that the same votes always give the same
picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Votes = NDArray[np.float64]
Points = NDArray[np.float64]
Labels = NDArray[np.int64]

VOTES_MIN = 7
GROUPS_MAX = 5
DIRECTIONS = 12
ROUNDS = 200
SAMPLE = 2_000
NOBODY = -1


@dataclass(frozen=True, slots=True)
class OpinionMap:
    """The positions and groups of people.

    ``points``: (people, 2), also of those not placed in a group. ``labels``: the group of each, largest group 0, or
    NOBODY. ``explained``: the share of all differences that the two directions show, 0 to 1.
    """

    points: Points
    labels: Labels
    groups: int
    silhouettes: dict[int, float]
    explained: float


def opinion_map(
    votes: Votes, *, hidden: int = 0, given: Labels | None = None, groups: int | None = None, smallest: int = 1
) -> OpinionMap | None:
    """Return people's points on the opinion map and their groups; None where too few voted to tell.

    ``votes``: one row a person and one column a statement shown: 1, 0, -1, and NaN for none. ``hidden``: how many
    statements were taken down. ``given``: on how many statements each person voted, those included (default: those
    shown). ``groups`` forces their number. ``smallest``: the least size of a group.
    """
    people, statements = votes.shape
    if given is None:
        given = (~np.isnan(votes)).sum(axis=1)
    placed = given >= min(VOTES_MIN, statements + hidden)
    points, explained = project(votes, hidden)
    best, silhouettes = best_groups(points[placed], groups, smallest)
    if best is None:
        return None
    labels = np.full(people, NOBODY, dtype=np.int64)
    labels[placed] = number_by_size(best)
    return OpinionMap(points, labels, int(best.max()) + 1, silhouettes, explained)


def project(votes: Votes, hidden: int) -> tuple[Points, float]:
    """Return each person's point on the two main axes of disagreement, and the share of variance they show.

    The share of all differences is from 0 to 1.
    """
    known = ~np.isnan(votes)
    n = known.sum(axis=0)
    mean = np.where(n > 0, np.nansum(votes, axis=0) / np.maximum(n, 1), 0.0)
    centred = np.where(known, votes - mean, 0.0)  # a missing vote is the mean, and so says nothing
    values, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, ::-1][:, :2]
    axes = axes * np.where(axes.sum(axis=0) < 0, -1.0, 1.0)  # an eigenvector has no sign of its own: choose one
    cast = known.sum(axis=1)
    stretch = np.sqrt((votes.shape[1] + hidden) / np.maximum(cast + hidden, 1))
    points = (centred @ axes) * stretch[:, None]
    if points.shape[1] < 2:
        points = np.pad(points, ((0, 0), (0, 2 - points.shape[1])))
    total = float(values.sum())
    return points, float(values[-2:].sum()) / total if total > 0 else 0.0


def best_groups(points: Points, groups: int | None, smallest: int) -> tuple[Labels | None, dict[int, float]]:
    """Return (group of each person or None, {number of groups: silhouette}); the best silhouette wins."""
    most = min(GROUPS_MAX, 2 + len(points) // 12)
    asked = sample(points)
    some = points[asked]
    found: dict[int, Labels] = {}
    scores: dict[int, float] = {}
    for k in [groups] if groups else range(2, most + 1):
        if len(np.unique(some, axis=0)) < k:
            continue
        labels = k_means(points, some, k)
        if np.bincount(labels, minlength=k).min() >= smallest:
            found[k], scores[k] = labels, silhouette(some, labels[asked])
    if not found:
        return None, {}
    return found[max(found, key=lambda k: (scores[k], -k))], scores


def sample(points: Points) -> Labels:
    """Return the indexes of the people on whom the search for groups runs: all, or a sample of many.

    Up to SAMPLE people that is everybody; of more, those at equal steps from one side of the picture to the other,
    whatever the order in which they came.
    """
    if len(points) <= SAMPLE:
        return np.arange(len(points))
    return np.lexsort((points[:, 1], points[:, 0]))[:: -(-len(points) // SAMPLE)]


def k_means(points: Points, some: Points, k: int) -> Labels:
    """Return the grouping with the least sum of squares over all starts, found on ``some`` and applied to all."""
    best = min((lloyd_steps(some, centres) for centres in starting_centres(some, k)), key=lambda end: round(end[0], 9))
    return lloyd_steps(points, best[1])[2] if len(some) < len(points) else best[2]


def starting_centres(points: Points, k: int) -> Iterator[Points]:
    """Yield sets of k starting centres for k-means that cover the plane.

    In each of several directions: equal slices, and slices of equal width; then the points farthest from one another.
    """
    for turn in range(DIRECTIONS):
        angle = np.pi * turn / DIRECTIONS
        along = points @ np.array([np.cos(angle), np.sin(angle)])
        for edges in (np.quantile(along, np.linspace(0, 1, k + 1)), np.linspace(along.min(), along.max(), k + 1)):
            slices = np.clip(np.searchsorted(edges, along, side="right") - 1, 0, k - 1)
            if len(np.unique(slices)) == k:
                yield centres_of(points, slices, k)
    yield distant_points(points, k)


def distant_points(points: Points, k: int) -> Points:
    """Return points far from one another: the farthest from the middle, then the farthest from all chosen."""
    chosen = [points[distances(points, points.mean(axis=0)[None, :])[:, 0].argmax()]]
    while len(chosen) < k:
        chosen.append(points[distances(points, np.array(chosen)).min(axis=1).argmax()])
    return np.array(chosen)


def lloyd_steps(points: Points, centres: Points) -> tuple[float, Points, Labels]:
    """Repeat Lloyd's steps until nothing moves; return the sum of squares, the centres and each point's group."""
    k = len(centres)
    for _round in range(ROUNDS):
        labels = distances(points, centres).argmin(axis=1)
        new = centres_of(points, labels, k, centres)
        if np.allclose(new, centres):
            break
        centres = new
    apart = distances(points, centres)
    return float(apart.min(axis=1).sum()), centres, apart.argmin(axis=1).astype(np.int64)


def centres_of(points: Points, labels: Labels, k: int, otherwise: Points | None = None) -> Points:
    """Return the mean point of each group; an empty group keeps its centre from ``otherwise``."""
    n = np.bincount(labels, minlength=k)
    sums = np.stack([np.bincount(labels, weights=points[:, axis], minlength=k) for axis in (0, 1)], axis=1)
    means = sums / np.maximum(n, 1)[:, None]
    return means if otherwise is None else np.where(n[:, None] > 0, means, otherwise)


def distances(points: Points, centres: Points) -> Points:
    """Return the squared distance of each point to each centre."""
    across = points[:, 0, None] - centres[None, :, 0]
    down = points[:, 1, None] - centres[None, :, 1]
    found: Points = across * across + down * down
    return found


def silhouette(points: Points, labels: Labels) -> float:
    """Return how much nearer points lie to their own group than to the next, from -1 to 1.

    Source: P. Rousseeuw, 1987.
    """
    k = int(labels.max()) + 1
    sizes = np.bincount(labels, minlength=k)
    member = np.eye(k)[labels]
    total = 0.0
    for some in np.array_split(np.arange(len(points)), max(1, len(points) // 256)):
        sums = np.sqrt(distances(points[some], points)) @ member
        own = labels[some]
        rows = np.arange(len(some))
        inner = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
        means = np.where(sizes > 0, sums / np.maximum(sizes, 1), np.inf)
        means[rows, own] = np.inf
        outer = means.min(axis=1)
        score = (outer - inner) / np.maximum(np.maximum(outer, inner), 1e-12)
        total += float(np.where(sizes[own] > 1, score, 0.0).sum())
    return total / len(points)


def number_by_size(labels: Labels) -> Labels:
    """Renumber the groups by size, the largest first; between equals, by who comes first."""
    sizes = np.bincount(labels)
    first = [int(np.argmax(labels == group)) for group in range(len(sizes))]
    order = sorted(range(len(sizes)), key=lambda group: (-sizes[group], first[group]))
    new = np.empty(len(sizes), dtype=np.int64)
    new[order] = np.arange(len(sizes))
    found: Labels = new[labels]
    return found
