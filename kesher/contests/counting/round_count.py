"""Count a contest's round by its method: from its ballots at the end, from tallies while it runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db.models import Q, QuerySet

from kesher.contests.counting import irv, pairwise, schulze
from kesher.contests.counting.tie_break import draw_lots
from kesher.contests.models import Choice, Proposal, Round
from kesher.participation.models import Participation

Method = Round.Method
Cast = Sequence[tuple[int, int | None, int | None, int]]


def counted_choices(round: Round) -> QuerySet[Choice]:
    """Return the Choice rows of all counted ballots, or of an anonymised round those that remain."""
    counts = Q(ballot__state=Participation.State.COUNTED, ballot__level__gte=1)
    return Choice.objects.filter(counts | Q(ballot=None), round=round)


def counted_votes(round: Round) -> Cast:
    """Return all counted choices, ballot by ballot, as (ballot, proposal, the other of a pair, value).

    A ballot is a number of this reading only; proposals have the numbers of those that stand for them.
    """
    roots = roots_of(round)
    ballots: dict[str, int] = {}
    choices = counted_choices(round).order_by("slip", "rank", "id")
    rows = choices.values_list("slip", "proposal", "against", "value").iterator(chunk_size=5_000)
    return [
        (ballots.setdefault(slip, len(ballots)), roots.get(one), roots.get(other) if other else None, value)
        for slip, one, other, value in rows
    ]


def result_of(round: Round, cast: Cast | None = None) -> dict[str, Any]:
    """Count a round by its method; return the result dict that `Round.result` stores.

    ``order`` is the list of places, best first, each {number, votes, …}; ``ballots`` how many were counted; ``lot``
    whether the lot decided the first place; and what the method adds. It is counted from the rows, not from the
    worker's tallies. ``cast``: the rows, where they are at hand.
    """
    cast = counted_votes(round) if cast is None else cast
    numbers = list(Proposal.objects.standing_in(round).order_by("position", "number").values_list("number", flat=True))
    count = {
        Method.IRV: count_irv,
        Method.SCHULZE: count_schulze,
        Method.PAIRWISE: count_pairs,
        Method.OPINION: count_opinions,
    }.get(Method(round.method), count_votes)
    found = count(numbers, cast, draw_lots(round.seed, numbers))
    return {"ballots": len({ballot for ballot, *_rest in cast}), "method": round.method, **found}


def roots_of(round: Round) -> dict[int, int]:
    """Return {proposal id: number of the proposal that it was merged into, else its own number}."""
    rows = Proposal.objects.filter(contest=round.contest_id).values_list("pk", "number", "merged_into__number")
    return {pk: root or number for pk, number, root in rows}


def count_votes(numbers: Sequence[int], cast: Cast, lots: Sequence[int]) -> dict[str, Any]:
    """Return the result with the number of ballots that name each proposal; lots break ties."""
    named = {(ballot, one) for ballot, one, _other, value in cast if value == 1 and one is not None}
    votes = Counter(one for _ballot, one in named)
    return order_by_votes({number: votes[number] for number in numbers}, lots)


def order_by_votes(votes: Mapping[int, int], lots: Sequence[int]) -> dict[str, Any]:
    """Return the result dict for these vote counts, most votes first; lots break ties."""
    luck = {number: place for place, number in enumerate(lots)}
    order = sorted(votes, key=lambda number: (-votes[number], luck[number]))
    drew = len(order) > 1 and votes[order[0]] == votes[order[1]] > 0
    return {"order": [{"number": number, "votes": votes[number]} for number in order], "lot": drew}


def rankings(numbers: Sequence[int], cast: Cast) -> list[list[int]]:
    """Return each ballot as a list of proposal numbers that are still listed, best first, each once."""
    known = set(numbers)
    ballots: dict[int, dict[int, None]] = defaultdict(dict)
    for ballot, one, _other, _value in cast:
        if one in known:
            assert one is not None
            ballots[ballot][one] = None
    return [list(ranking) for ranking in ballots.values()]


def count_irv(numbers: Sequence[int], cast: Cast, lots: Sequence[int]) -> dict[str, Any]:
    """Return the result dict by instant runoff; lots break ties."""
    found = irv.count(numbers, rankings(numbers, cast), lots)
    first = dict(found.stages[0].votes) if found.stages else {}
    order = [*found.order, *(number for number in lots if number not in found.order)]
    return {
        "order": [{"number": number, "votes": first.get(number, 0)} for number in order],
        "lot": any(stage.broke == "lot" for stage in found.stages),
        "stages": [asdict(stage) for stage in found.stages],
    }


def count_schulze(numbers: Sequence[int], cast: Cast, lots: Sequence[int]) -> dict[str, Any]:
    """Return the result dict by Schulze's method; lots break ties."""
    ballots = rankings(numbers, cast)
    found = schulze.count(numbers, ballots, lots)
    first = Counter(ballot[0] for ballot in ballots)
    order = found.order or list(lots)
    return {
        "order": [{"number": number, "votes": first[number]} for number in order],
        "lot": len(found.tied) > 1,
        "candidates": found.candidates,
        "wins": found.wins,
        "paths": found.paths,
    }


def count_pairs(numbers: Sequence[int], cast: Cast, lots: Sequence[int]) -> dict[str, Any]:
    """Return the result dict of pairwise comparisons: each proposal's strength, the strongest first.

    ``votes`` is how often an item was preferred, ``shown`` how often it was in a pair.
    """
    known, wins, shown = set(numbers), Counter[tuple[int, int]](), Counter[int]()
    for _ballot, one, other, value in cast:
        if one is None or other is None or one == other or not {one, other} <= known:
            continue
        shown.update((one, other))
        if value:
            wins[(one, other) if value > 0 else (other, one)] += 1
    strengths = pairwise.strengths(list(numbers), wins)
    won = Counter[int]()
    for (winner, _loser), n in wins.items():
        won[winner] += n
    luck = {number: place for place, number in enumerate(lots)}
    order = sorted(numbers, key=lambda number: (-round_off(strengths[number]), luck[number]))
    return {
        "order": [
            {"number": n, "votes": won[n], "shown": shown[n], "strength": round_off(strengths[n])} for n in order
        ],
        "lot": len(order) > 1 and round_off(strengths[order[0]]) == round_off(strengths[order[1]]),
        "comparisons": sum(wins.values()),
    }


def round_off(strength: float) -> float:
    """Return a log-strength rounded to six digits, since the fit itself is no finer."""
    return round(strength, 6)


def count_opinions(numbers: Sequence[int], cast: Cast, lots: Sequence[int]) -> dict[str, Any]:
    """Return the result dict of statements, ordered by agreements minus disagreements."""
    said: dict[int, Counter[int]] = defaultdict(Counter)
    seen: set[tuple[int, int]] = set()
    for ballot, one, _other, value in cast:
        if one is not None and (ballot, one) not in seen:
            seen.add((ballot, one))
            said[one][value] += 1
    luck = {number: place for place, number in enumerate(lots)}
    order = sorted(numbers, key=lambda number: (said[number][-1] - said[number][1], luck[number]))
    return {
        "order": [{"number": n, "votes": said[n][1], "disagree": said[n][-1], "passed": said[n][0]} for n in order],
        "lot": False,
    }
