"""Instant runoff and Schulze against oracles: a library, and a count that shares no line with ours."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, pairwise, permutations

import pyrankvote
import pytest
from pyrankvote.helpers import ElectionManager
from pyrankvote.models import Ballot, Candidate

from kesher.contests.counting import irv, schulze
from kesher.contests.counting.tie_break import draw_lots, seal_seed
from kesher.core.tests.each import each

Profile = tuple[list[int], list[tuple[int, ...]], list[int]]


def profile(number: int) -> Profile:
    """A random profile: few ballots on few candidates, so that about every second one has a tie somewhere; some
    ballots rank only a part, some candidates get nothing."""
    rng = random.Random(number)
    candidates = list(range(1, rng.randint(2, 7) + 1))
    favoured = rng.sample(candidates, rng.randint(2, len(candidates)))
    ballots = []
    for _ in range(rng.choice([3, 4, 6, 8, 10, 12, 16, 20, 30, 60])):
        pool = favoured if rng.random() < 0.7 else candidates
        ballots.append(tuple(rng.sample(pool, rng.randint(1, len(pool)))))
    return candidates, ballots, draw_lots(f"seed {number}", candidates)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Callable[[Profile], int]:
    """The winner by pyrankvote, whose coin for what no later choice decides is replaced by the lot."""
    own = ElectionManager._candidate1_has_most_second_choices
    order: list[int] = []

    def by_lot(self: ElectionManager, one: object, other: object, x: int) -> bool:
        if x >= self._number_of_candidates:
            names = [int(vote.candidate.name) for vote in (one, other)]  # type: ignore[attr-defined]
            return order.index(names[0]) < order.index(names[1])
        return bool(own(self, one, other, x))

    monkeypatch.setattr(ElectionManager, "_candidate1_has_most_second_choices", by_lot)

    def winner(given: Profile) -> int:
        candidates, ballots, lots = given
        order[:] = lots
        people = {one: Candidate(str(one)) for one in candidates}
        slips = [Ballot(ranked_candidates=[people[one] for one in ballot]) for ballot in ballots]
        found = pyrankvote.instant_runoff_voting(list(people.values()), slips)
        return int(found.get_winners()[0].name)

    return winner


@each("number", range(200))
def test_the_runoff_has_the_winner_of_the_library(number: int, library: Callable[[Profile], int]) -> None:
    given = profile(number)
    assert irv.count(*given).winner == library(given)


def test_the_profiles_do_have_ties() -> None:
    broken = [stage.broke for number in range(200) for stage in irv.count(*profile(number)).stages]
    assert broken.count("choices") > 20
    assert broken.count("lot") >= 10


def last_alone(given: Profile) -> set[int]:
    """Who may win where exactly one leaves at a time and every tie may fall either way: all universes."""
    candidates, ballots, _lots = given

    def winners(standing: frozenset[int]) -> set[int]:
        if len(standing) == 1:
            return set(standing)
        firsts = [next((one for one in ballot if one in standing), None) for ballot in ballots]
        fewest = min(firsts.count(one) for one in standing)
        lasts = [one for one in standing if firsts.count(one) == fewest]
        return set().union(*(winners(standing - {one}) for one in lasts))

    return winners(frozenset(candidates))


@each("number", range(200))
def test_the_runoff_never_elects_whom_no_fall_of_the_ties_would(number: int) -> None:
    given = profile(number)
    assert irv.count(*given).winner in last_alone(given)


@each("number", range(200))
def test_no_ballot_is_lost_between_two_stages(number: int) -> None:
    found = irv.count(*profile(number))
    for stage, following in pairwise(found.stages):
        left = {one: n for one, n in stage.votes if one not in stage.leaving}
        for move in stage.moves:
            if move.to is not None:
                left[move.to] += move.n
        assert left == dict(following.votes)
        assert following.exhausted == stage.exhausted + sum(move.n for move in stage.moves if move.to is None)
        assert sum(left.values()) + following.exhausted == found.ballots


def chains(wins: list[list[int]]) -> list[list[int]]:
    """The strongest chain between each two, by walking every chain there is."""
    n = len(wins)

    def every(start: int, end: int) -> Iterator[Sequence[int]]:
        others = [one for one in range(n) if one not in (start, end)]
        for length in range(len(others) + 1):
            for middle in permutations(others, length):
                yield (start, *middle, end)

    def strength(chain: Sequence[int]) -> int:
        return min((wins[a][b] if wins[a][b] > wins[b][a] else 0) for a, b in pairwise(chain))

    return [[0 if a == b else max(strength(chain) for chain in every(a, b)) for b in range(n)] for a in range(n)]


def preferred(ballots: Sequence[Sequence[int]], one: int, other: int) -> int:
    return sum(one in b and (other not in b or b.index(one) < b.index(other)) for b in ballots)


@each("number", range(200))
def test_schulze_equals_walking_every_chain(number: int) -> None:
    candidates, ballots, lots = profile(number)
    found = schulze.count(candidates, ballots, lots)
    wins = [[0 if a == b else preferred(ballots, a, b) for b in candidates] for a in candidates]
    paths = chains(wins)
    assert (found.wins, found.paths) == (wins, paths)
    index = {one: at for at, one in enumerate(candidates)}
    unbeaten = {
        a for a in candidates if all(paths[index[a]][index[b]] >= paths[index[b]][index[a]] for b in candidates)
    }
    assert set(found.tied) == unbeaten
    assert found.winner == next(one for one in lots if one in unbeaten)
    for better, worse in combinations(found.order, 2):
        assert paths[index[better]][index[worse]] >= paths[index[worse]][index[better]]


def test_schulze_gives_the_order_of_its_inventors_example() -> None:
    """Forty-five voters and five candidates, from Schulze's paper: E, A, C, B, D."""
    rankings = {"ACBED": 5, "ADECB": 5, "BEDAC": 8, "CABED": 3, "CAEBD": 7, "CBADE": 2, "DCEBA": 7, "EBADC": 8}
    ballots = [[ord(one) for one in ranking] for ranking, n in rankings.items() for _ in range(n)]
    found = schulze.count([ord(one) for one in "ABCDE"], ballots, [ord(one) for one in "DBCAE"])
    assert "".join(map(chr, found.order)) == "EACBD"


def test_a_condorcet_winner_wins_by_schulze_though_the_runoff_drops_him_first() -> None:
    ballots = [(1, 2, 3)] * 8 + [(3, 2, 1)] * 7 + [(2, 1, 3)] * 4
    assert schulze.count([1, 2, 3], ballots, [1, 2, 3]).winner == 2
    assert irv.count([1, 2, 3], ballots, [1, 2, 3]).winner == 1


@pytest.mark.parametrize("count", [irv.count, schulze.count])
def test_nobody_wins_where_nobody_voted(count: Callable[..., irv.Runoff]) -> None:
    assert count([1, 2], [], [1, 2]).winner is None


@pytest.mark.parametrize("count", [irv.count, schulze.count])
@pytest.mark.parametrize("ballot", [(1, 1), (1, 9)])
def test_a_ballot_that_is_no_ranking_is_refused(count: Callable[..., irv.Runoff], ballot: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="not a ranking"):
        count([1, 2], [(2, 1), ballot], [1, 2])


def test_lots_are_the_same_for_whoever_has_the_seed() -> None:
    assert draw_lots("a seed", range(20)) == draw_lots("a seed", reversed(range(20)))
    assert draw_lots("a seed", range(20)) != draw_lots("another", range(20))
    assert seal_seed("a seed") != seal_seed("another")
