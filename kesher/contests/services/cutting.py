"""Cutting an anonymous round from its voters, when it is counted or stopped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import batched
from secrets import SystemRandom

from kesher.contests.counting import counted_choices
from kesher.contests.models import Ballot, Choice, Proposal, Round
from kesher.core.ids import token
from kesher.participation.models import Action

Said = tuple[int, int | None, bool, int, int | None]
BATCH = 5_000


def cut(round: Round) -> None:
    """After it no row of this round leads from a vote to a person. Not only the link goes: ids, times and slips follow
    the order in which people voted, and so do the ballots, whose persons stay. Hence every choice is written anew, in
    an order that was drawn, under a slip of its own. What does not count is not kept. Within a ballot the order stays:
    where two statements were joined, the first answer counts. The caller opens the transaction."""
    slips: dict[str, list[Said]] = defaultdict(list)
    rows = counted_choices(round).order_by("slip", "rank", "id")
    columns = rows.values_list("slip", "proposal_id", "against_id", "swapped", "value", "rank")
    for slip, one, other, swapped, value, rank in columns.iterator(chunk_size=BATCH):
        slips[slip].append((one, other, swapped, value, rank))
    ballots = list(slips.values())
    SystemRandom().shuffle(ballots)
    Choice.objects.filter(round=round).delete()
    for some in batched(written_anew(round, ballots), BATCH, strict=False):
        Choice.objects.bulk_create(some)
    Ballot.objects.of(round).update(value="")
    Action.objects.filter(pk=round.action_id).update(is_cut=True)


def written_anew(round: Round, ballots: list[list[Said]]) -> Iterator[Choice]:
    known = Proposal.objects.filter(contest=round.contest_id).only("agency").in_bulk()
    for ballot in ballots:
        slip = token(12)
        for one, other, swapped, value, rank in ballot:
            yield Choice(
                agency_id=round.agency_id,
                round=round,
                slip=slip,
                proposal=known[one],
                against=known[other] if other is not None else None,
                swapped=swapped,
                value=value,
                rank=rank,
            )
