"""Voting: one person, one ballot in a round, whichever door; and changing it while the round says so.

How well a person must be known is as for a petition: whoever writes on a channel that vouches for its senders counts at
once; everybody else gives an address, and his ballot is cast when the code that we sent there comes back. Until then
nothing is stored of it: the choices travel in the signed link, and in this browser's signed cookie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from kesher.contacts.models import Contact, Identity, Proof
from kesher.contacts.services import asked_when, know, prove, use_code
from kesher.contests.models import Choice, Contest, Proposal, Round
from kesher.contests.services.confirmations import FORMS, voted
from kesher.contests.services.proposals import agree, root_of, value_of
from kesher.contests.services.round_close import check_open, hold_open
from kesher.conversations.services import confirm_commitment, send_code
from kesher.core.address import Address
from kesher.core.arrival import arrival
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.core.ids import token
from kesher.core.live import publish
from kesher.participation.models import Participation
from kesher.participation.services import change_values, find_participation, take_part
from kesher.participation.services.participate import STANDING, lock_row

VOTE = "contest_vote"
Method = Round.Method
RANKED = (Method.IRV, Method.SCHULZE)
PIECES = (Method.PAIRWISE, Method.OPINION)  # many small answers, see `answering.py`
BALLOT_MAX = 30  # more than these are chosen from the list, one by one


@dataclass(frozen=True, slots=True)
class Cast:
    """What became of a wish to vote. ``changed``: the ballot that stood before says something else now."""

    ballot: Participation
    new: bool
    changed: bool = False


@transaction.atomic
def vote(
    round: Round, identity: Identity, numbers: Sequence[int], *, door: str, updates: bool = False, add: bool = False
) -> Cast:
    """A person votes from an address for the proposals of these numbers (in the order of his preference, where the
    method ranks). ``add``: beside what the ballot says already, where as many as one likes may be chosen. Raises
    Refused where the round is closed, asks for a better proof, or takes no change."""
    hold_open(round)
    check_level(round, identity)
    if add and round.method == Method.APPROVAL:
        before = find_participation(round.action, identity.contact.root())
        if before is not None:
            lock_row(before)  # what another door adds meanwhile is read below, or waits for this one
        numbers = [*chosen_by(round, identity.contact), *numbers]
    chosen = candidates(round, numbers)
    done = cast(round, identity, choices_of(round, chosen), door=door, updates=updates)
    if done.new or (done.changed and not add):  # of a long list, what is added one by one needs no message each
        make = partial(voted, round, done.ballot, identity)
        confirm_commitment(identity, make, door=door, forms=FORMS, subject=round.contest.code)
    return done


def adds(round: Round) -> bool:
    """Is the list so long that people choose from it one by one, each choice added to their ballot?"""
    if round.method != Method.APPROVAL:
        return False
    return Proposal.objects.standing_in(round)[: BALLOT_MAX + 1].count() > BALLOT_MAX


def chosen_by(round: Round, contact: Contact) -> list[int]:
    """The numbers on this person's ballot."""
    ballot = find_participation(round.action, contact.root())
    rows = Choice.objects.filter(ballot=ballot).order_by("rank", "id") if ballot is not None else Choice.objects.none()
    return list(rows.values_list("proposal__number", flat=True))


def cast(round: Round, identity: Identity, choices: list[Choice], *, door: str, updates: bool = False) -> Cast:
    """The ballot with exactly these choices, in place of what it said before."""
    by = person(identity, door)
    ballot, new = ballot_of(round, identity, door=door, value=value_of(choices))
    changed = False if new else choose_anew(round, ballot, choices)
    if new:
        keep_choices(ballot, choices, token(12))
    audit("contests.vote", by=by, subject=ballot, new=new, changed=changed)
    if updates:
        agree(identity, door)
    publish(round.action.stream)
    return Cast(ballot, new, changed)


def ballot_of(round: Round, identity: Identity, *, door: str, value: str = "") -> tuple[Participation, bool]:
    """This person's ballot, and whether it is new. One that stood is locked until the transaction ends, so that two
    doors change it one after the other; one that was taken back a moment ago gives place to a new one."""
    while True:
        check_once(round, identity.contact)
        ballot, new = take_part(
            round.action,
            identity,
            level=identity.assurance,
            channel=door,
            by=person(identity, door),
            value=value,
        )
        if new or lock_row(ballot).state in STANDING:
            return ballot, new


def check_once(round: Round, contact: Contact) -> None:
    """Where nothing may change, a ballot that was taken back has none after it. Raises Refused."""
    if "change" in round.verbs:
        return
    gone = Participation.objects.filter(action=round.action_id, state=Participation.State.WITHDRAWN)
    if gone.filter(contact__in=contact.family_ids()).exists():
        raise Refused(_("You took your vote back, and in this vote nothing can be changed."), code="voted")


def choose_anew(round: Round, ballot: Participation, choices: list[Choice]) -> bool:
    """Another choice on a ballot that stands. Raises Refused where the round takes none."""
    before = list(Choice.objects.filter(ballot=ballot).order_by("rank", "id"))
    if said(before) == said(choices):
        return False
    if "change" not in round.verbs:
        raise Refused(
            _("You have voted already. Your receipt: %(receipt)s.") % {"receipt": ballot.receipt}, code="voted"
        )
    slip = before[0].slip if before else token(12)
    Choice.objects.filter(ballot=ballot).delete()
    keep_choices(ballot, choices, slip)
    change_values({ballot.pk: value_of(choices)})
    return True


def said(choices: Sequence[Choice]) -> list[tuple[int, int | None, int, int | None]]:
    return sorted((c.proposal_id, c.against_id, c.value, c.rank) for c in choices)


def keep_choices(ballot: Participation, choices: Sequence[Choice], slip: str) -> None:
    for choice in choices:
        choice.ballot, choice.slip = ballot, slip
    Choice.objects.bulk_create(choices)


def check_level(round: Round, identity: Identity) -> None:
    if identity.assurance < max(round.level, 1):
        raise Refused(_("This vote asks for a better proof of who you are."), code="level")


def candidates(round: Round, numbers: Sequence[int]) -> list[Proposal]:
    """The proposals of these numbers that stand in this vote, each once, in this order. Raises Refused."""
    wanted = list(dict.fromkeys(numbers))
    found = Proposal.objects.filter(contest=round.contest_id, number__in=wanted).select_related("merged_into")
    by_number = {row.number: root_of(row) for row in found}
    unknown = [number for number in wanted if number not in by_number or round.method in PIECES]
    rows = list(dict.fromkeys(by_number[number] for number in wanted if number in by_number))
    standing_here = set(Proposal.objects.standing_in(round).filter(pk__in=[row.pk for row in rows]))
    if unknown or set(rows) - standing_here:
        raise Refused(_("One of these does not stand in this vote. Please look at the list again."), code="numbers")
    check_many(round, len(rows))
    return rows


def check_many(round: Round, count: int) -> None:
    most = 1 if round.method == Method.ONE else round.most
    if not count:
        raise Refused(_("Choose at least one."), code="numbers")
    if most is not None and count > most:
        raise Refused(_("Choose at most %(most)s.") % {"most": most}, code="numbers")


def choices_of(round: Round, chosen: Sequence[Proposal]) -> list[Choice]:
    ranked = round.method in RANKED
    return [
        Choice(agency_id=round.agency_id, round=round, proposal=proposal, value=1, rank=rank if ranked else None)
        for rank, proposal in enumerate(chosen, 1)
    ]


@transaction.atomic
def ask_for_code(
    round: Round,
    address: Address,
    numbers: Sequence[int],
    *,
    lang: str,
    link: str,
    door: str = "web",
    add: bool = False,
) -> Identity:
    """Somebody gives an address with his choice: a code and a link go there. The same happens whether or not that
    address had voted. ``link`` has ID where the identity's key goes and CODE where the code goes. Raises Refused."""
    check_open(round)
    candidates(round, numbers)
    identity = know(address, language=lang)
    link = link.replace("i=ID", f"i={identity.pk}")
    send_code(identity, purpose=VOTE, subject=str(round.pk), lang=lang, link=link, wish=wish_of(numbers, add=add))
    return identity


def wish_of(numbers: Sequence[int], *, add: bool) -> dict[str, object]:
    """What a code for a vote is asked for: another choice that comes back with it is a vote of its own moment."""
    return {"numbers": " ".join(map(str, numbers)), "add": add}


def round_asked(contest: Contest, identity: Identity) -> Round | None:
    """The round for which this address asked for its newest code; else the one that `vote_round` finds. While one round
    waits for its codes the next may run."""
    rounds = {str(row.pk): row for row in contest.rounds.exclude(method="").select_related("contest__action", "action")}
    codes = Proof.objects.filter(identity=identity, purpose=VOTE, used_at=None, subject__in=rounds)
    newest = codes.order_by("-id").first()
    return rounds[newest.subject] if newest is not None else vote_round(contest)


def confirm_vote(
    round: Round,
    identity: Identity | None,
    code: str,
    numbers: Sequence[int],
    *,
    door: str = "web",
    updates: bool = False,
    add: bool = False,
) -> Cast:
    """The code came back: the address is his, and the ballot is cast at level 1 or better, as of the moment of its
    request. Raises Refused for a code that is wrong or too old. Not one transaction: a wrong try must stay
    counted although the verb is refused."""
    proof = use_code(identity, code, purpose=VOTE, subject=str(round.pk))
    assert identity is not None
    with arrival(asked_when(proof, code, wish_of(numbers, add=add))):
        return vote_proved(round, identity, numbers, door=door, updates=updates, add=add)


@transaction.atomic
def vote_proved(
    round: Round, identity: Identity, numbers: Sequence[int], *, door: str, updates: bool, add: bool
) -> Cast:
    prove(identity, level=1, evidence={"code_for": round.contest.code}, by=person(identity, door))
    return vote(round, identity, numbers, door=door, updates=updates, add=add)


def person(identity: Identity, door: str) -> Actor:
    return Actor("contact", identity.contact.root().pk, door)


def vote_round(contest: Contest) -> Round | None:
    """The round in which people vote now; else the last one in which they voted."""
    rounds = list(contest.rounds.exclude(method="").select_related("contest__action", "action"))
    begun = [round for round in rounds if round.has_begun]
    return next((round for round in begun if round.allows("vote")), begun[-1] if begun else None)
