"""Remove people from what they did: voters from an anonymous round's votes, an erased name from its proposals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import batched
from secrets import SystemRandom

from django.db import transaction

from kesher.contests.counting.round_count import counted_choices
from kesher.contests.models import Ballot, Choice, Proposal, ProposalCredit, Round
from kesher.contests.services.round_close import wait_for_votes
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.ids import token
from kesher.dialogues.models import DialogueSession
from kesher.participation.models import Action

Said = tuple[int, int | None, bool, int, int | None]
VOTING = ("contests.vote", "contests.confirm")
BALLOTS = 500  # a transaction; some thousand rows, and others wait a fraction of a second


def anonymise_round(round: Round) -> None:
    """Replace the votes of a round that has ended by rows that lead to no person.

    Removing the link is not enough: ids, times and slips follow the order in which people voted, and so do the ballots,
    which keep their persons. So every choice is written anew, in a drawn order, under a new slip. What does not count
    is not kept.

    Votes on their way are waited for. The work is done some hundred ballots at a time, each in a transaction, drawn
    from all that are left: so the order is one draw, also after an interruption, and no earlier state is needed.
    Meanwhile each ballot is in one place or the other, and counts once. The persons' own rows are emptied all at once
    at the end, so that none shares a step with its vote. Doing it twice has the same result as once.
    """
    wait_for_votes(round)
    rows = counted_choices(round).filter(ballot__isnull=False)
    slips = list(rows.order_by("slip").values_list("slip", flat=True).distinct())
    SystemRandom().shuffle(slips)
    known = Proposal.objects.filter(contest=round.contest_id).only("agency").in_bulk()
    for some in batched(slips, BALLOTS, strict=False):
        anonymise_ballots(round, some, known)
    unlink_voters(round)


@transaction.atomic
def anonymise_ballots(round: Round, slips: Sequence[str], known: Mapping[int, Proposal]) -> None:
    """Write these ballots anew as choices without voters, in a random order.

    Within a ballot the order stays: where two statements were joined, the first answer counts. The lock is for a second
    process, which finds these ballots moved.
    """
    list(Round.objects.select_for_update(no_key=True).filter(pk=round.pk).values_list("pk"))
    mine = Choice.objects.filter(round=round, slip__in=slips, ballot__isnull=False)
    rows = counted_choices(round).filter(pk__in=mine.values("pk")).order_by("slip", "rank", "id")
    ballots: dict[str, list[Said]] = defaultdict(list)
    columns = ("slip", "proposal_id", "against_id", "swapped", "value", "rank")
    for slip, one, other, swapped, value, rank in rows.values_list(*columns):
        ballots[slip].append((one, other, swapped, value, rank))
    drawn = list(ballots.values())
    SystemRandom().shuffle(drawn)
    mine.delete()
    Choice.objects.bulk_create(anonymous_choices(round, drawn, known))


@transaction.atomic
def unlink_voters(round: Round) -> None:
    """Delete the round's choices that are linked to a voter, and clear copies in ballots and open forms."""
    Choice.objects.filter(round=round, ballot__isnull=False).delete()
    Ballot.objects.of(round).exclude(value="").update(value="")
    # Unfinished forms hold the choice too: of a person who opened the link, the conversation still asks for the code.
    forms = DialogueSession.objects.filter(skill__in=VOTING, subject__contains=round.contest.code)
    forms.exclude(answers={}).update(answers={}, prompt={})
    Action.objects.filter(pk=round.action_id).update(is_cut=True)
    audit("contests.cut", by=SYSTEM, subject=round)


def anonymous_choices(round: Round, ballots: Sequence[Sequence[Said]], known: Mapping[int, Proposal]) -> list[Choice]:
    """Return unsaved Choice rows without voters, those of each ballot under a new random slip."""
    return [
        Choice(
            agency_id=round.agency_id,
            round=round,
            slip=slip,
            proposal=known[one],
            against=known[other] if other is not None else None,
            swapped=swapped,
            value=value,
            rank=rank,
        )
        for slip, ballot in ((token(12), ballot) for ballot in ballots)
        for one, other, swapped, value, rank in ballot
    ]


@transaction.atomic
def erase_credits(ids: Sequence[int]) -> None:
    """Clear these contacts' names on their proposals; the proposals stay, by "a resident"."""
    ProposalCredit.objects.filter(contact__in=ids).update(name="")
    audit("contests.erase_credits", by=SYSTEM, people=len(ids))
