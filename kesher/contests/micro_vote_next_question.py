"""Choose the statement or pair that a person is asked next in a vote of many small answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from zlib import crc32

from django.core.cache import cache
from django.db.models import Count

from kesher.contacts.models import Contact
from kesher.contests.counting.pairwise import Pair, next_pair
from kesher.contests.models import Choice, Proposal, Round
from kesher.participation.models import Participation, Tally
from kesher.participation.services import find_participation

PAIRS_SECONDS = 15  # how old a count of shown pairs may be: it only spreads attention
Key = tuple[int, int | None]


def standing_rows(round: Round) -> dict[int, Proposal]:
    """Return {number: proposal} of the proposals that can be voted for in this round. One query."""
    return {row.number: row for row in Proposal.objects.standing_in(round).order_by("position", "number")}


def keys_on_ballot(ballot: Participation | None) -> set[Key]:
    """Return the statement numbers, or pairs (smaller number first), that this ballot answers."""
    if ballot is None:
        return set()
    rows = Choice.objects.filter(ballot=ballot).values_list("proposal__number", "against__number")
    return {(min(one, other), max(one, other)) if other else (one, None) for one, other in rows}


def keys_answered_by(round: Round, contact: Contact | None) -> set[Key]:
    """Return the statement numbers, or pairs, that this person has answered in the round."""
    return keys_on_ballot(find_participation(round.action, contact)) if contact is not None else set()


def statements_left(round: Round, numbers: Sequence[int], seen: Collection[Key], who: str) -> list[int]:
    """Return the statement numbers that this person has not answered, least answered first.

    Between equals each person has an order of their own, so that the top of the list has no advantage. One query.
    """
    times = times_answered(round)
    left = [number for number in numbers if (number, None) not in seen]
    return sorted(left, key=lambda number: (times[number], crc32(f"{who}:{number}".encode())))


def times_answered(round: Round) -> Counter[int]:
    """Return how often each statement number was answered, from the tallies ("12+", "12-", "12=")."""
    found: Counter[int] = Counter()
    for key, n in Tally.objects.filter(action=round.action_id, dimension="value").values_list("key", "n"):
        if key[:-1].isdecimal():
            found[int(key[:-1])] += n
    return found


def pair_for(round: Round, numbers: Sequence[int], seen: Collection[Key], who: str) -> Pair | None:
    """Return the next pair of proposal numbers to show to this person; None if they saw every pair."""
    known: set[Pair] = {(one, other) for one, other in seen if other is not None}
    return next_pair(numbers, pair_counts(round), known, who)


def pair_counts(round: Round) -> Mapping[Pair, int]:
    """Return how often each pair was compared: {(number, number): n}, smaller number first.

    At most one query.
    """
    key = f"contests:pairs:{round.pk}"
    found: dict[Pair, int] | None = cache.get(key)
    if found is None:
        rows = Choice.objects.filter(round=round, against__isnull=False).order_by()
        counted = rows.values_list("proposal__number", "against__number").annotate(n=Count("id"))
        found = {(min(one, other), max(one, other)): n for one, other, n in counted}
        cache.set(key, found, PAIRS_SECONDS)
    return found
