"""Two at a time: strengths against a library, and the pairs that are shown."""

from __future__ import annotations

import random
from collections import Counter

import choix
import numpy as np
import pytest

from kesher.contests.counting.pairwise import ALPHA, Pair, chance, next_pair, strengths


def judged(seed: int, items: int = 12, votes: int = 300) -> list[Pair]:
    """Made-up judgements by Bradley and Terry's model: (winner, loser)."""
    rng = random.Random(seed)
    true = [rng.gauss(0, 1) for _ in range(items)]
    found = []
    for _ in range(votes):
        one, other = rng.sample(range(items), 2)
        found.append((one, other) if rng.random() < chance(true[one], true[other]) else (other, one))
    return found


@pytest.mark.parametrize("alpha", [ALPHA, 0.01, 1.0])
@pytest.mark.parametrize("seed", range(10))
def test_strengths_are_those_of_the_library(seed: int, alpha: float) -> None:
    votes = judged(seed)
    ours = strengths(range(12), Counter(votes), alpha)
    theirs = choix.mm_pairwise(12, votes, alpha=alpha, tol=1e-10)
    assert np.allclose(list(ours.values()), theirs, atol=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_without_regularisation_they_are_the_most_likely_ones(seed: int) -> None:
    votes = judged(seed)
    ours = strengths(range(12), Counter(votes), alpha=0)
    assert np.allclose(list(ours.values()), choix.ilsr_pairwise(12, votes), atol=1e-5)
    assert np.allclose(list(ours.values()), choix.opt_pairwise(12, votes, alpha=0), atol=1e-3)


def test_who_won_everything_is_first_and_not_infinitely_far() -> None:
    found = strengths([1, 2, 3], {(1, 2): 5, (1, 3): 5, (2, 3): 5})
    assert found[1] > found[2] > found[3]
    assert found[1] < 10


def test_without_regularisation_nobody_can_win_everything() -> None:
    with pytest.raises(ValueError, match="tie all items together"):
        strengths([1, 2, 3], {(1, 2): 5, (1, 3): 5, (2, 3): 5}, alpha=0)


def test_what_nobody_compared_stands_in_the_middle() -> None:
    assert strengths([1, 2, 3], {}) == {1: 0, 2: 0, 3: 0}
    assert abs(strengths([1, 2, 3], {(1, 2): 4})[3]) < abs(strengths([1, 2, 3], {(1, 2): 4})[1])


def shown(rounds: int, items: list[int]) -> Counter[Pair]:
    """So many judgements by people who each judge one pair."""
    found: Counter[Pair] = Counter()
    for person in range(rounds):
        pair = next_pair(items, found, (), f"person {person}")
        assert pair is not None
        found[min(pair), max(pair)] += 1
    return found


def test_every_pair_is_shown_once_before_any_is_shown_twice() -> None:
    items = list(range(1, 8))
    assert set(shown(21, items).values()) == {1}
    assert sorted(shown(50, items).values()) == [2] * 13 + [3] * 8


def test_of_many_items_each_is_shown_equally_often() -> None:
    times: Counter[int] = Counter()
    for pair, n in shown(400, list(range(1, 101))).items():
        for item in pair:
            times[item] += n
    assert max(times.values()) - min(times.values()) <= 1


def test_a_person_sees_each_pair_once_and_then_no_more() -> None:
    seen: set[Pair] = set()
    while pair := next_pair([1, 2, 3, 4], {}, seen, "somebody"):
        assert (min(pair), max(pair)) not in seen
        seen.add((min(pair), max(pair)))
    assert len(seen) == 6


def test_two_people_at_once_see_different_pairs_and_either_side_first() -> None:
    pairs = [next_pair(list(range(9)), {}, (), f"person {number}") for number in range(60)]
    assert len({frozenset(pair) for pair in pairs if pair}) > 20
    assert len({pair[0] < pair[1] for pair in pairs if pair}) == 2
