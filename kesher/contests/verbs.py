"""What people do in contests: propose, vote, take a vote or a proposal back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.contacts.service_caller import Call
from kesher.contacts.services import WrongCode
from kesher.contests import services
from kesher.contests.ballot_codec import Answer
from kesher.contests.facts import list_proposal_facts, list_vote_facts
from kesher.contests.forms.ballots import AnswersForm, BallotForm, ConfirmForm, VoteForm
from kesher.contests.forms.proposals import ProposalForm, ProposeForm
from kesher.contests.forms.withdrawals import TakeBackForm, UnproposeForm, WithdrawalAddressForm
from kesher.contests.models import Contest, Proposal, Round
from kesher.contests.presenters import find_contest
from kesher.contests.services.proposals import PROPOSAL
from kesher.contests.services.votes import VOTE as VOTE_PURPOSE
from kesher.contests.services.votes import Voted, adds_to_ballot, round_of_newest_code
from kesher.contests.services.withdrawals import BACK, Key
from kesher.contests.skill import (
    before_proposing,
    before_taking_back,
    before_unproposing,
    before_voting,
    find_published_contest,
    find_voter_address,
    micro_vote_path,
    proposal_receipt,
    vote_receipt,
)
from kesher.core.errors import Refused
from kesher.verbs.declaration import Confirming, Proof, Receipt, Verb, register


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What came of taking something back: ``done`` is False where there was nothing, or where a proposal stays.

    ``title``: the contest's title, or the proposal's text. ``whole``: not only a part of a vote.
    """

    title: str
    done: bool
    whole: bool = True


def claim_proposal(contest: Contest, call: Call, code: str, *, proposal: Proposal | None) -> Proposal:
    """Credit a proposal to the address whose code came back. Raise Refused for a wrong code."""
    if proposal is None:
        raise WrongCode
    services.claim_proposal(proposal, call, code=code)
    return proposal


def vote(
    contest: Contest,
    call: Call,
    *,
    numbers: Sequence[int] = (),
    answers: Sequence[Answer] = (),
    updates: bool = False,
    add: bool = False,
    round: int | None = None,
) -> Voted:
    """Vote in the contest's open round, or in the one with the id ``round``. See `cast_vote`."""
    found = find_round(contest, round)
    if found is None:
        raise Refused(_now("This vote is not open now."))
    return services.cast_vote(found, call, numbers=numbers, answers=answers, updates=updates, add=add)


def find_round(contest: Contest, pk: int | None) -> Round | None:
    """Return the contest's round with this id; with none, the one that people vote in now."""
    return contest.vote_round if pk is None else next((row for row in contest.vote_rounds if row.pk == pk), None)


def confirm_vote(
    contest: Contest,
    call: Call,
    code: str,
    *,
    numbers: Sequence[int] = (),
    answers: Sequence[Answer] = (),
    updates: bool = False,
    add: bool | None = None,
    round: int | None = None,
    answered_at: datetime | None = None,
) -> Voted:
    """Count a vote whose code came back, in the round of the newest code if none is named. See `cast_vote`."""
    found = round_of_newest_code(contest, call.identity) if round is None else find_round(contest, round)
    if found is None:
        raise WrongCode
    selection: dict[str, Any] = {"numbers": numbers, "answers": answers, "updates": updates}
    add = adds_to_ballot(found) if add is None else add
    return services.cast_vote(found, call, add=add, code=code, answered_at=answered_at, **selection)


def withdraw_vote(contest: Contest, call: Call, *, which: Collection[Key] | None = None) -> Withdrawn:
    """Take the caller's vote back, or the choices of it with these keys."""
    round = contest.vote_round
    done = round is not None and services.withdraw_vote(round, call, keys=which)
    return Withdrawn(contest.title, done, whole=which is None)


def withdraw_proposal(contest: Contest, call: Call, *, proposal: Proposal) -> Withdrawn:
    """Take the caller's proposal back; it stays, without their name, where others want it too."""
    return Withdrawn(proposal.text, services.withdraw_proposal(proposal, call))


def vote_withdrawal_receipt(done: Withdrawn) -> Receipt:
    """Return what somebody gets who took a vote back, or a part of it."""
    words = _now("Your vote in “%(title)s” was withdrawn.")
    if not done.whole:
        words = _now("Taken back. The rest of your vote in “%(title)s” stands.")
    return Receipt(text=words % {"title": done.title})


def proposal_withdrawal_receipt(done: Withdrawn) -> Receipt:
    """Return what somebody gets who took a proposal back."""
    words = _now("“%(text)s” was withdrawn.")
    if not done.done:
        words = _now("“%(text)s” stays, since others want it too; it is not in your name any more.")
    return Receipt(text=words % {"text": done.title})


def keep_numbers(_result: Voted, answers: Mapping[str, Any]) -> dict[str, str]:
    """Return what a conversation keeps of a vote until its code comes back."""
    return {"numbers": " ".join(map(str, answers["numbers"]))}


PROPOSE = Verb(
    name="contests.propose",
    title=_("Propose a word, a name or an idea"),
    intents={
        "he": ("להציע", "הציעו", "הצעה", "להציע מילה", "להציע שם", "להציע רעיון", "מילה חדשה"),
        "ar": ("اقترح", "اقتراح", "أقترح", "اقتراح كلمة", "كلمة جديدة"),
        "ru": ("предложить", "предложение", "предложить слово", "новое слово"),
        "en": ("propose", "proposal", "suggest", "propose a word", "new word"),
    },
    subject=find_published_contest,
    needs_subject=True,
    table_row="propose",
    icon="lightbulb",
    form=ProposalForm,
    conversation_form=ProposeForm,
    introduce=before_proposing,
    facts=list_proposal_facts,
    proof=Proof.NONE,  # a proposal counts without an address; with one, a code says whose it is
    execute=services.submit_proposal,
    receipt=proposal_receipt,
    confirming=Confirming(
        name="",
        title=_("Propose"),
        purpose=PROPOSAL,
        subject=find_contest,
        execute=claim_proposal,
    ),
)

VOTE = Verb(
    name="contests.vote",
    title=_("Vote"),
    intents={
        "he": ("להצביע", "הצביעו", "הצבעה", "לבחור", "מצביע"),
        "ar": ("صوّت", "تصويت", "أصوت", "التصويت"),
        "ru": ("голосовать", "проголосовать", "голос", "голосование"),
        "en": ("vote", "voting", "cast a vote"),
    },
    subject=find_published_contest,
    needs_subject=True,
    table_row="vote",
    icon="check-circle",
    form=BallotForm,
    conversation_form=VoteForm,
    introduce=before_voting,
    facts=list_vote_facts,
    page=micro_vote_path,
    level=lambda contest: max(contest.vote_round.level, 1) if contest.vote_round else 1,
    find_address=find_voter_address,
    execute=vote,
    receipt=vote_receipt,
    data=lambda done: {"state": "counted", "receipt": done.receipt, "new": done.new, "changed": done.changed},
    confirming=Confirming(
        name="contests.confirm",
        title=_("Confirm my vote"),
        purpose=VOTE_PURPOSE,
        subject=find_contest,
        execute=confirm_vote,
        consents=("numbers", "updates"),
        keep=keep_numbers,
        form=ConfirmForm,
        sent=_("We sent a code and a link to %(address)s. Write the code here, or open the link: then you have voted."),
    ),
)
# The same on a page, by many small answers.
MICRO_VOTE = replace(VOTE, form=AnswersForm)

# Pages and the API prove an address by a code first, which they send whether or not it took part.
PROVED_BY_CODE = Confirming(
    name="",
    title=_("Withdraw my vote"),
    purpose=BACK,
    subject=find_contest,
    execute=services.check_withdrawal_code,
    silent=True,
)

UNVOTE = Verb(
    name="contests.unvote",
    title=_("Withdraw my vote"),
    intents={
        "he": ("לבטל הצבעה", "ביטול הצבעה", "לבטל את ההצבעה"),
        "ar": ("إلغاء التصويت", "الغاء التصويت", "سحب الصوت"),
        "ru": ("отозвать голос", "снять голос"),
        "en": ("unvote", "take my vote back", "withdraw my vote"),
    },
    subject=find_published_contest,
    needs_subject=True,
    icon="undo",
    form=TakeBackForm,
    introduce=before_taking_back,
    facts=list_vote_facts,
    proof=Proof.NONE,  # the service asks for the proof that the vote itself needed
    execute=withdraw_vote,
    receipt=vote_withdrawal_receipt,
    confirming=PROVED_BY_CODE,
)

UNPROPOSE = Verb(
    name="contests.unpropose",
    title=_("Withdraw my proposal"),
    intents={
        "he": ("לבטל הצעה", "ביטול הצעה", "למשוך הצעה", "לבטל את ההצעה"),
        "ar": ("سحب الاقتراح", "إلغاء الاقتراح", "الغاء الاقتراح"),
        "ru": ("отозвать предложение", "снять предложение"),
        "en": ("unpropose", "withdraw my proposal", "take my proposal back"),
    },
    subject=find_published_contest,
    needs_subject=True,
    icon="undo",
    form=UnproposeForm,
    introduce=before_unproposing,
    proof=Proof.NONE,
    execute=withdraw_proposal,
    receipt=proposal_withdrawal_receipt,
    confirming=PROVED_BY_CODE,
)
WITHDRAW = replace(UNVOTE, form=WithdrawalAddressForm, proof=Proof.ADDRESS, execute=services.ask_for_withdrawal_code)
register(PROPOSE, VOTE, UNVOTE, UNPROPOSE)
