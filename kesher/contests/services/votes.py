"""Vote in a round: one ballot a person, written by `cast_vote` for pages, API, desk and conversations.

An address that the channel vouches for, or that was proved, votes at once. Any other address gets a code, and the
ballot is cast when the code comes back. Until then nothing of the vote is stored: the choices are in the signed link
and in a signed cookie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.contacts.models import Contact, Identity, Proof
from kesher.contacts.service_caller import Call
from kesher.contacts.services import effective_time, find_identity, get_or_create_identity, prove_identity, use_code
from kesher.contests.ballot_codec import Answer
from kesher.contests.models import Choice, Contest, Proposal, Round
from kesher.contests.services.confirmations import FORMS, vote_confirmation
from kesher.contests.services.micro_votes import answers_given, write_answers
from kesher.contests.services.proposals import record_news_consent, root_of, tally_value
from kesher.contests.services.round_close import check_open, hold_open
from kesher.conversations.services import confirm_commitment, send_code
from kesher.core.audit import audit
from kesher.core.db.ids import token
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrival
from kesher.core.live.live_events import publish
from kesher.participation.models import Participation
from kesher.participation.services import change_values, find_participation, take_part
from kesher.participation.services.participate import STANDING, lock_row

VOTE_SALT = "kesher.contests.vote"
VOTE = "contest_vote"
TO_VOTE = gettext_lazy('to vote in "%(title)s"')
Method = Round.Method
RANKED = (Method.IRV, Method.SCHULZE)
PIECES = (Method.PAIRWISE, Method.OPINION)  # many small answers, see `micro_votes.py`
BALLOT_MAX = 30  # more than these are chosen from the list, one by one


@dataclass(frozen=True, slots=True)
class Selection:
    """What a voter marked. See `cast_vote` for the fields."""

    numbers: Sequence[int]
    answers: Sequence[Answer]
    updates: bool
    add: bool

    def as_request(self) -> dict[str, object]:
        """Return the choice as a dict to which a confirmation code is bound."""
        answers = " ".join(sorted(map(str, self.answers)))
        return {"numbers": " ".join(map(str, self.numbers)), "add": self.add, "answers": answers}


@dataclass(frozen=True, slots=True)
class Voted:
    """The result of `cast_vote`.

    ``ballot`` is None where a code was sent to ``identity``, or nothing was to be cast. ``changed``: the ballot was
    cast before and says something else now. ``own``: the voter asked, from an address that is theirs; ``news``: they
    agreed to get news just now.
    """

    round: Round
    identity: Identity
    ballot: Participation | None = None
    new: bool = False
    changed: bool = False
    own: bool = False
    news: bool = False

    @property
    def receipt(self) -> str:
        """Return the ballot's receipt; "" where no ballot is stored yet."""
        return self.ballot.receipt if self.ballot is not None else ""


def cast_vote(
    round: Round,
    call: Call,
    *,
    numbers: Sequence[int] = (),
    answers: Sequence[Answer] = (),
    updates: bool = False,
    add: bool = False,
    code: str = "",
    answered_at: datetime | None = None,
) -> Voted:
    """Store a person's ballot; for an address that is not proved, send it a code instead.

    ``numbers``: the chosen proposals, in order of preference where the method ranks. ``answers``: statements or pairs,
    where the method asks for many small answers; they are added to the ballot. ``add``: add the numbers to the ballot,
    too, where any number may be chosen. ``updates``: the person wants news of the contest.

    ``code``: the code that came back. The vote then counts as of the moment at which the code was asked for, or the
    last answer came (``answered_at``, from a sealed cookie).

    Raise Refused where the round is closed, asks for a better proof or takes no change, or the code is wrong or too
    old. This is not one transaction: a wrong try must stay counted.
    """
    selection = Selection(numbers, answers, updates, add)
    if not code and call.identity is None:
        return send_vote_code(round, call, selection)
    if not code:
        return write_vote(round, call, selection)
    identity = call.identity or (find_identity(call.address) if call.address is not None else None)
    proof = use_code(identity, code, purpose=VOTE, subject=str(round.pk))
    assert identity is not None  # else the code was wrong
    if answered_at is not None:
        moment = max(proof.asked_at, answered_at)
    else:
        moment = effective_time(proof, code, selection.as_request())
    with arrival(moment):
        return write_vote(round, replace(call, identity=identity, confirmed=True), selection)


@transaction.atomic
def send_vote_code(round: Round, call: Call, selection: Selection) -> Voted:
    """Send a code and a link that confirm this vote to the address that was given with it.

    The same happens whether or not that address had voted. The link holds the choices, or leads to the browser that
    holds the answers.
    """
    check_open(round)
    if round.method not in PIECES:
        find_candidates(round, selection.numbers)
    assert call.address is not None  # a call without an identity has one
    identity = get_or_create_identity(call.address, language=call.lang)
    if round.method in PIECES:
        link = link_to_count(round.contest)
    else:
        link = link_to_confirm(round, selection.numbers, updates=selection.updates, add=selection.add)
    link = link.replace("i=ID", f"i={identity.pk}")
    send_code(
        identity,
        purpose=VOTE,
        why=TO_VOTE,
        title=lambda: round.contest.title,
        subject=str(round.pk),
        lang=call.lang,
        link=link,
        wish=selection.as_request(),
    )
    return Voted(round, identity)


@transaction.atomic
def write_vote(round: Round, call: Call, selection: Selection) -> Voted:
    """Store the ballot of a proved address; send a confirmation unless the vote came in a conversation."""
    identity = call.identity
    assert identity is not None
    if call.confirmed:
        prove_identity(identity, level=1, evidence={"code_for": round.contest.code}, by=call.actor(identity.contact))
        call = replace(call, level=identity.assurance)
    if round.method in PIECES and not selection.answers:
        return Voted(round, identity)
    hold_open(round)
    if call.level < max(round.level, 1):
        raise Refused(_("This vote asks for a better proof of who you are."), code="level")
    write = write_micro_votes if round.method in PIECES else write_choices
    done = write(round, call, identity, selection)
    if selection.updates:
        record_news_consent(identity, call.door)
    publish(round.action.stream)
    # Choices that are added one by one, from a long list or by small answers, are one vote with one message.
    if done.ballot is not None and (done.new or (done.changed and not selection.add and round.method not in PIECES)):
        make = partial(vote_confirmation, round, done.ballot, identity)
        confirm_commitment(identity, make, door=call.door, forms=FORMS, subject=round.contest.code)
    return replace(done, own=not call.confirmed, news=selection.updates)


def write_choices(round: Round, call: Call, identity: Identity, selection: Selection) -> Voted:
    """Replace the choices on a person's ballot by the selected proposals, creating the ballot if needed."""
    numbers = selection.numbers
    if selection.add and round.method == Method.APPROVAL:
        before = find_participation(round.action, identity.contact.root())
        if before is not None:
            lock_row(before)  # what another door adds meanwhile is read below, or waits for this one
        numbers = [*chosen_by(round, identity.contact), *numbers]
    choices = choices_of(round, find_candidates(round, numbers))
    ballot, new = ballot_of(round, call, identity, value=tally_value(choices))
    changed = False if new else choose_anew(round, ballot, choices)
    if new:
        store_choices(ballot, choices, token(12))
    audit("contests.vote", by=call.actor(identity.contact), subject=ballot, new=new, changed=changed)
    return Voted(round, identity, ballot, new, changed)


def write_micro_votes(round: Round, call: Call, identity: Identity, selection: Selection) -> Voted:
    """Add the selected answers to a person's ballot; later answers replace earlier ones."""
    given = answers_given(round, selection.answers)
    ballot, new = ballot_of(round, call, identity)
    added, changed = write_answers(round, ballot, given)
    audit("contests.say", by=call.actor(identity.contact), subject=ballot, new=added, changed=changed)
    return Voted(round, identity, ballot, new, changed=bool(changed))


def ballot_of(round: Round, call: Call, identity: Identity, *, value: str = "") -> tuple[Participation, bool]:
    """Return this person's ballot in the round, created if needed, and whether it is new.

    One that was cast before is locked until the transaction ends, so that two doors change it one after the other. One
    that was taken back a moment ago is followed by a new one.
    """
    by = call.actor(identity.contact)
    while True:
        check_once(round, identity.contact)
        ballot, new = take_part(round.action, identity, level=call.level, channel=call.door, by=by, value=value)
        if new or lock_row(ballot).state in STANDING:
            return ballot, new


def check_once(round: Round, contact: Contact) -> None:
    """Raise Refused where this person withdrew a ballot from a round that allows no change."""
    if "change" in round.verbs:
        return
    gone = Participation.objects.filter(action=round.action_id, state=Participation.State.WITHDRAWN)
    if gone.filter(contact__in=contact.family_ids()).exists():
        raise Refused(_("You took your vote back, and in this vote nothing can be changed."), code="voted")


def choose_anew(round: Round, ballot: Participation, choices: list[Choice]) -> bool:
    """Replace the choices of a ballot; return whether they differ. Raise Refused if the round allows no change."""
    before = list(Choice.objects.filter(ballot=ballot).order_by("rank", "id"))
    if ballot_content(before) == ballot_content(choices):
        return False
    if "change" not in round.verbs:
        raise Refused(
            _("You have voted already. Your receipt: %(receipt)s.") % {"receipt": ballot.receipt}, code="voted"
        )
    slip = before[0].slip if before else token(12)
    Choice.objects.filter(ballot=ballot).delete()
    store_choices(ballot, choices, slip)
    change_values({ballot.pk: tally_value(choices)})
    return True


def ballot_content(choices: Sequence[Choice]) -> list[tuple[int, int | None, int, int | None]]:
    """Return what a ballot's choices say as sorted tuples, so that two ballots can be compared."""
    return sorted((c.proposal_id, c.against_id, c.value, c.rank) for c in choices)


def store_choices(ballot: Participation, choices: Sequence[Choice], slip: str) -> None:
    """Save these choices of a ballot under ``slip``, the random name that stays once voters are removed."""
    for choice in choices:
        choice.ballot, choice.slip = ballot, slip
    Choice.objects.bulk_create(choices)


def find_candidates(round: Round, numbers: Sequence[int]) -> list[Proposal]:
    """Return the proposals with these numbers that can be voted for in the round, each once, in order.

    A number that was joined with another proposal means that one. Raise Refused for a number that is not on the list,
    and for too few or too many.
    """
    wanted = list(dict.fromkeys(numbers))
    found = Proposal.objects.filter(contest=round.contest_id, number__in=wanted).select_related("merged_into")
    by_number = {row.number: root_of(row) for row in found}
    unknown = [number for number in wanted if number not in by_number or round.method in PIECES]
    rows = list(dict.fromkeys(by_number[number] for number in wanted if number in by_number))
    standing_here = set(Proposal.objects.standing_in(round).filter(pk__in=[row.pk for row in rows]))
    if unknown or set(rows) - standing_here:
        raise Refused(_("One of these does not stand in this vote. Please look at the list again."), code="numbers")
    check_number_chosen(round, len(rows))
    return rows


def check_number_chosen(round: Round, count: int) -> None:
    """Raise Refused where a ballot chooses nothing, or more than the round allows."""
    most = 1 if round.method == Method.ONE else round.most
    if not count:
        raise Refused(_("Choose at least one."), code="numbers")
    if most is not None and count > most:
        raise Refused(_("Choose at most %(most)s.") % {"most": most}, code="numbers")


def choices_of(round: Round, chosen: Sequence[Proposal]) -> list[Choice]:
    """Return an unsaved Choice for each chosen proposal, with its rank where the method ranks."""
    ranked = round.method in RANKED
    return [
        Choice(agency_id=round.agency_id, round=round, proposal=proposal, value=1, rank=rank if ranked else None)
        for rank, proposal in enumerate(chosen, 1)
    ]


def chosen_by(round: Round, contact: Contact) -> list[int]:
    """Return the proposal numbers on this person's ballot, in order; [] without a ballot."""
    ballot = find_participation(round.action, contact.root())
    rows = Choice.objects.filter(ballot=ballot).order_by("rank", "id") if ballot is not None else Choice.objects.none()
    return list(rows.values_list("proposal__number", flat=True))


def adds_to_ballot(round: Round) -> bool:
    """Return whether votes add to the earlier ballot, because the list is too long for one form."""
    if round.method != Method.APPROVAL:
        return False
    return Proposal.objects.standing_in(round)[: BALLOT_MAX + 1].count() > BALLOT_MAX


def round_of_newest_code(contest: Contest, identity: Identity | None) -> Round | None:
    """Return the round for which this address got its newest code, else the contest's `vote_round`.

    While one round waits for its codes the next may run.
    """
    if identity is None:
        return contest.vote_round
    rounds = {str(row.pk): row for row in contest.vote_rounds}
    codes = Proof.objects.filter(identity=identity, purpose=VOTE, used_at=None, subject__in=rounds)
    newest = codes.order_by("-id").first()
    return rounds[newest.subject] if newest is not None else contest.vote_round


def link_to_confirm(round: Round, numbers: Sequence[int], *, updates: bool, add: bool = False) -> str:
    """Return the URL that confirms a vote with its signed choices, with placeholders ID and CODE.

    It holds the signed choices and nothing that names the voter. ID and CODE in it are replaced when it is sent.
    """
    signed = signing.dumps([round.pk, list(numbers), int(updates), int(add)], salt=VOTE_SALT, compress=True)
    path = reverse("contests:confirm", args=[round.contest.code])
    return absolute(f"{path}?{urlencode({'v': signed, 'i': 'ID', 'code': 'CODE'})}")


def link_to_count(contest: Contest) -> str:
    """Return the URL at which a code counts this browser's answers, with placeholders ID and CODE."""
    query = urlencode({"i": "ID", "code": "CODE"})
    return absolute(f"{reverse('contests:mine-code', args=[contest.code])}?{query}")
