"""Describe the operations of the API for contests."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from django import forms
from django.utils.translation import gettext_lazy as _

from kesher.contests.forms.ballots import AnswersForm
from kesher.contests.forms.proposals import RequestedProposalForm
from kesher.contests.forms.withdrawals import WithdrawalAddressForm, WithdrawForm
from kesher.conversations.contact_address_fields import CodeForm
from kesher.core.api.api_operations import Operation, TooMany, Who
from kesher.core.api.json_schema import ListField
from kesher.initiatives.api_operations import PAGE, WORDS, ItemLinks, PageLinks
from kesher.verbs.api_operations import PendingAnswer


class ContestItem(TypedDict):
    """A contest without its rounds."""

    code: str
    kind: str
    title: str
    titles: dict[str, str]
    brief: str
    state: str
    links: ItemLinks


class ContestList(TypedDict):
    """One page of contests."""

    links: PageLinks
    data: list[ContestItem]


class ContestRound(TypedDict):
    """A round; its votes only where the public may see them. ``seal``: the hash of the seed that breaks ties."""

    position: int
    kind: str
    method: str
    verbs: list[str]
    opens_at: str | None
    closes_at: str | None
    open: bool
    counting: bool
    results_hidden: bool
    anonymous: bool
    seal: str
    voters: NotRequired[int]
    by_level: NotRequired[dict[str, int]]
    by_channel: NotRequired[dict[str, int]]
    votes: NotRequired[dict[str, int]]
    unit: NotRequired[str]
    order: NotRequired[list[int]]
    result: NotRequired[dict[str, Any]]
    seed: NotRequired[str]


class Correction(TypedDict):
    """An earlier version of the decision, until when it held, and why it was corrected."""

    proposal: int | None
    text: str | None
    reasons: str | dict[str, str]
    at: str
    corrected_at: str
    why: str | dict[str, str]


class Decision(TypedDict):
    """What was decided, and why."""

    proposal: int | None
    text: str | None
    reasons: str | dict[str, str]
    differs_from_vote: bool
    at: str
    corrections: list[Correction]


class Stopped(TypedDict):
    """Why a contest was stopped."""

    reasons: dict[str, str]
    at: str


class ContestDetail(ContestItem):
    """A contest with its rounds and its decision."""

    rounds: list[ContestRound]
    decision: NotRequired[Decision]
    stopped: NotRequired[Stopped]


class ContestAnswer(TypedDict):
    """A contest with its rounds and its decision."""

    data: ContestDetail


class ContestProposal(TypedDict):
    """A proposal, with the names that may be shown."""

    number: int
    text: str | dict[str, str]
    meaning: str | dict[str, str]
    language: str
    shortlisted: bool
    place: int | None
    credits: list[str]


class NextLink(TypedDict):
    """The URLs of this part of a list and of the next."""

    self: str
    next: str | None


class ProposalList(TypedDict):
    """Proposals by their number."""

    links: NextLink
    data: list[ContestProposal]


class Proposed(TypedDict):
    """A proposal that was submitted; ``joined``: the number of the one that it is the same as."""

    number: int
    sent_to: str
    joined: int | None


class ProposedAnswer(TypedDict):
    """A proposal that was submitted."""

    data: Proposed


class Candidate(TypedDict):
    """A proposal to vote for."""

    number: int
    text: str | dict[str, str]


class Pair(TypedDict):
    """Two proposals to compare."""

    pair: str
    first: Candidate
    second: Candidate


class Voting(TypedDict):
    """What a voter is asked about.

    ``proposals``: choose their numbers, in order of preference where the method ranks. ``statements``: answer each as
    "12+" (agree), "12-" or "12=". ``pairs``: answer each as its ``pair`` and "<", "=" or ">" (the first is preferred).
    """

    method: str
    open: bool
    proposals: NotRequired[list[Candidate]]
    statements: NotRequired[list[Candidate]]
    pairs: NotRequired[list[Pair]]


class VotingAnswer(TypedDict):
    """What a voter is asked about."""

    data: Voting


class Voted(TypedDict):
    """A vote that counts; ``changed``: whether it replaced an earlier one."""

    state: str
    receipt: str
    new: bool
    changed: bool


class VotedAnswer(TypedDict):
    """A vote that counts."""

    data: Voted


class TakenBack(TypedDict):
    """What was withdrawn; "stays" for a proposal that others want too."""

    state: str


class TakenBackAnswer(TypedDict):
    """What was withdrawn."""

    data: TakenBack


class BallotChoice(TypedDict):
    """One choice of a ballot."""

    proposal: int
    against: NotRequired[int]
    value: NotRequired[int]
    rank: NotRequired[int]


class Ballot(TypedDict):
    """A ballot under a name that leads to nobody."""

    id: str
    choices: list[BallotChoice]


class Ballots(TypedDict):
    """All counted ballots; ``joined``: proposals that became one, {number: number of the other}."""

    method: str
    seed: str
    standing: list[int]
    joined: dict[str, int]
    ballots: list[Ballot]


class BallotsAnswer(TypedDict):
    """All counted ballots."""

    data: Ballots


CHOICE = ListField(label=_("The numbers that you choose, the best first; or your answers, as the vote asks for them"))
UPDATES = forms.BooleanField(label=_("Tell me what is decided"), required=False)

LIST = Operation(
    title=_("List the published contests and polls, newest first."),
    answers={200: ContestList},
    query={
        "state": forms.CharField(label=_("Only: published, finished or stopped"), required=False),
        "q": WORDS,
        "page": PAGE,
    },
)
READ = Operation(
    title=_("Read one contest: its rounds, the votes unless they are hidden, and the decision."),
    answers={200: ContestAnswer},
)
PROPOSALS = Operation(
    title=_("List the proposals of a contest by number."),
    answers={200: ProposalList},
    query={"q": WORDS, "after": forms.CharField(label=_("Only what comes after this number"), required=False)},
)
PROPOSE = Operation(
    method="POST",
    title=_("Propose something. A code goes to the address."),
    answers={202: ProposedAnswer, 429: TooMany},
    form=RequestedProposalForm,
    errors=(409,),
    example={"text": "Sea garden", "name": "Noa Levi", "address": "noa@example.com"},
)
VOTING = Operation(
    title=_("Read what the current vote asks."),
    answers={200: VotingAnswer},
)
VOTE = Operation(
    method="POST",
    title=_("Vote. It waits for the code that goes to the address, and is counted once for each person."),
    answers={202: PendingAnswer, 429: TooMany},
    form=AnswersForm,
    fields={"choice": CHOICE, "updates": UPDATES},
    errors=(409,),
    example={"address": "noa@example.com", "choice": [3]},
)
CONFIRM = Operation(
    method="POST",
    title=_("Bring the code for a vote; it counts then."),
    answers={200: VotedAnswer},
    form=CodeForm,
    fields={"choice": CHOICE, "updates": UPDATES},
    errors=(429,),
    who=Who.CODE,
    example={"address": "noa@example.com", "code": "123456", "choice": [3]},
)
WITHDRAW = Operation(
    method="POST",
    title=_("Withdraw a vote or a proposal. A code goes to the address, whether or not it took part."),
    answers={202: PendingAnswer},
    form=WithdrawalAddressForm,
    errors=(429,),
    example={"address": "noa@example.com"},
)
WITHDRAWN = Operation(
    method="POST",
    title=_("Bring the code for a withdrawal, and say what is withdrawn: the ballot, choices of it, or a proposal."),
    answers={200: TakenBackAnswer},
    form=WithdrawForm,
    errors=(409, 429),
    who=Who.CODE,
    example={"address": "noa@example.com", "code": "123456", "what": "ballot"},
)
BALLOTS = Operation(
    title=_("List every counted ballot when the vote is over, so that anybody can count again."),
    answers={200: BallotsAnswer},
    errors=(409,),
)
