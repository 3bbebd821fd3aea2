"""Answering many small questions of one round: statements one at a time, or pairs. On a page the answers wait in the
browser until an address is proved; then they are written down together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from kesher.contacts.models import Identity
from kesher.contacts.services import asked_when, know, prove, use_code
from kesher.contests.ballot_codec import Answer, Given, of_rows
from kesher.contests.models import Choice, Round
from kesher.contests.next_question import standing_rows
from kesher.contests.services.confirmations import FORMS, voted
from kesher.contests.services.proposals import value_of
from kesher.contests.services.round_close import check_open, hold_open
from kesher.contests.services.votes import VOTE, Cast, ballot_of, check_level, person
from kesher.conversations.services import confirm_commitment, send_code
from kesher.core.address import Address
from kesher.core.arrival import arrival
from kesher.core.audit import audit
from kesher.core.errors import Refused
from kesher.core.ids import token
from kesher.core.live import publish
from kesher.participation.services import change_values

Wanted = dict[tuple[int, int | None], Choice]


@transaction.atomic
def say_all(round: Round, identity: Identity, answers: Sequence[Answer], *, door: str) -> Cast:
    """Adds these answers to the person's ballot; what he answered before is answered anew. Raises Refused where the
    round is closed, asks for a better proof, or none of it stands any more."""
    hold_open(round)
    check_level(round, identity)
    given = of_rows(answers, standing_rows(round))
    if not given:
        raise Refused(_("There is nothing to count yet."), code="numbers")
    by = person(identity, door)
    ballot, new = ballot_of(round, identity, door=door)
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
    change_values({ballot.pk: value_of(list(mine))})
    audit("contests.say", by=by, subject=ballot, new=len(fresh), changed=len(changed))
    publish(round.action.stream)
    if new:  # the answers after it are the same vote
        make = partial(voted, round, ballot, identity)
        confirm_commitment(identity, make, door=door, forms=FORMS, subject=round.contest.code)
    return Cast(ballot, new, changed=bool(changed))


def choice_of(round: Round, given: Given) -> Choice:
    """A pair keeps the smaller id in ``proposal``, whichever was shown first."""
    proposal, against, value = given
    swapped = against is not None and proposal.pk > against.pk
    if against is not None and swapped:
        proposal, against, value = against, proposal, -value
    return Choice(
        agency_id=round.agency_id, round=round, proposal=proposal, against=against, value=value, swapped=swapped
    )


def key_of(choice: Choice) -> tuple[int, int | None]:
    return choice.proposal_id, choice.against_id


def changes(before: Sequence[Choice], wanted: Wanted) -> list[Choice]:
    """The rows that now say something else; what stands already is taken out of ``wanted``."""
    found = []
    for row in before:
        choice = wanted.pop(key_of(row), None)
        if choice is not None and choice.value != row.value:
            row.value = choice.value
            found.append(row)
    return found


def wish_of(answers: Sequence[Answer]) -> dict[str, object]:
    """What a code for these answers is asked for."""
    return {"answers": " ".join(sorted(map(str, answers)))}


@transaction.atomic
def ask_to_count(round: Round, address: Address, *, lang: str, link: str, answers: Sequence[Answer] = ()) -> Identity:
    """Somebody whose answers wait in his browser gives an address: a code and a link go there. The same happens whether
    or not that address had voted. ``link`` has ID and CODE in it. Raises Refused."""
    check_open(round)
    identity = know(address, language=lang)
    link = link.replace("ID", str(identity.pk))
    send_code(identity, purpose=VOTE, subject=str(round.pk), lang=lang, link=link, wish=wish_of(answers))
    return identity


def count_answers(
    round: Round,
    identity: Identity | None,
    code: str,
    answers: Sequence[Answer],
    *,
    door: str = "web",
    kept_at: datetime | None = None,
) -> Cast | None:
    """The code came back: the address is his, and what waited is counted; None where nothing did. It counts as of the
    moment at which the code was asked for, or the last answer came (``kept_at``, where a browser kept them sealed).
    Raises Refused for a code that is wrong or too old. Not one transaction: a wrong try must stay counted although the
    verb is refused."""
    proof = use_code(identity, code, purpose=VOTE, subject=str(round.pk))
    assert identity is not None
    moment = max(proof.asked_at, kept_at) if kept_at is not None else asked_when(proof, code, wish_of(answers))
    with arrival(moment):
        return count_proved(round, identity, answers, door=door)


@transaction.atomic
def count_proved(round: Round, identity: Identity, answers: Sequence[Answer], *, door: str) -> Cast | None:
    prove(identity, level=1, evidence={"code_for": round.contest.code}, by=person(identity, door))
    return say_all(round, identity, answers, door=door) if answers else None
