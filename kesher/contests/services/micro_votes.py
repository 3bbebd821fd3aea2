"""Convert answers to statements or pairs to the choices that a ballot stores."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from kesher.contests.ballot_codec import Answer, Given, answers_with_proposals
from kesher.contests.micro_vote_next_question import standing_rows
from kesher.contests.models import Choice, Round
from kesher.contests.services.proposals import tally_value
from kesher.core.db.ids import token
from kesher.core.errors import Refused
from kesher.participation.models import Participation
from kesher.participation.services import change_values

Wanted = dict[tuple[int, int | None], Choice]


def answers_given(round: Round, answers: Sequence[Answer]) -> list[Given]:
    """Return (proposal, other of a pair, value) of each answer; raise Refused where none is listed any more."""
    given = answers_with_proposals(answers, standing_rows(round))
    if not given:
        raise Refused(_("There is nothing to count yet."), code="numbers")
    return given


def write_answers(round: Round, ballot: Participation, given: Sequence[Given]) -> tuple[int, int]:
    """Store answers on a ballot; return how many are new and how many changed."""
    before = list(Choice.objects.filter(ballot=ballot).order_by("id"))
    slip = before[0].slip if before else token(12)
    wanted = {key_of(choice): choice for choice in (choice_of(round, one) for one in given)}
    changed = changes(before, wanted)
    fresh = list(wanted.values())
    for choice in fresh:
        choice.ballot, choice.slip = ballot, slip
    Choice.objects.bulk_create(fresh)
    Choice.objects.bulk_update(changed, ["value"])
    mine = Choice.objects.filter(ballot=ballot).select_related("proposal__merged_into", "round").order_by("id")
    change_values({ballot.pk: tally_value(list(mine))})
    return len(fresh), len(changed)


def choice_of(round: Round, given: Given) -> Choice:
    """Return an unsaved Choice for an answer; of a pair, ``proposal`` is the one with the smaller id."""
    proposal, against, value = given
    swapped = against is not None and proposal.pk > against.pk
    if against is not None and swapped:
        proposal, against, value = against, proposal, -value
    return Choice(
        agency_id=round.agency_id, round=round, proposal=proposal, against=against, value=value, swapped=swapped
    )


def key_of(choice: Choice) -> tuple[int, int | None]:
    """Return the proposal ids of a choice: the statement and None, or both of the pair."""
    return choice.proposal_id, choice.against_id


def changes(before: Sequence[Choice], wanted: Wanted) -> list[Choice]:
    """Return stored choices whose value changes, and remove all stored ones from ``wanted``."""
    found = []
    for row in before:
        choice = wanted.pop(key_of(row), None)
        if choice is not None and choice.value != row.value:
            row.value = choice.value
            found.append(row)
    return found
