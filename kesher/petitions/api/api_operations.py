"""Describe the operations of the API for petitions."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from django import forms
from django.utils.translation import gettext_lazy as _

from kesher.conversations.contact_address_fields import CodeForm
from kesher.core.api.api_operations import Errors, Operation, TooMany, Who
from kesher.initiatives.api_operations import PAGE, WORDS, CodeCount, ItemLinks, PageLinks, SelfLink
from kesher.petitions.forms.authors import NewsForm, StartForm, WriteForm
from kesher.petitions.forms.signatures import SignForm, WithdrawForm
from kesher.verbs.api_operations import CodeSentAnswer, PendingAnswer
from kesher.verbs.door_forms import page_form


class Rejection(TypedDict):
    """Why a petition was not published."""

    code: str
    title: str
    details: str
    duplicate_of: int | None


class Response(TypedDict):
    """The agency's written answer to a petition."""

    responded_on: str
    details: str


class PetitionAttributes(TypedDict):
    """A petition without breakdowns and timeline; ``action`` is its title."""

    action: str
    background: str
    additional_details: str
    language: str
    titles: dict[str, str]
    state: str
    counting: bool
    creator_name: str | None
    area: str | None
    signature_count: int
    response_threshold: int
    created_at: str
    updated_at: str
    opened_at: str | None
    closed_at: str | None
    rejection: Rejection | None
    response_threshold_reached_at: str | None
    government_response_at: str | None
    government_response: Response | None


class PetitionItem(TypedDict):
    """A petition of a list."""

    type: Literal["petition"]
    id: int
    links: ItemLinks
    attributes: PetitionAttributes


class PetitionList(TypedDict):
    """One page of petitions."""

    links: PageLinks
    data: list[PetitionItem]


class SimilarPetitions(TypedDict):
    """Petitions that ask for the same, nearest first."""

    data: list[PetitionItem]


class SimilarExist(Errors):
    """Why a petition was not started; ``similar``: those that ask for the same."""

    similar: NotRequired[list[PetitionItem]]


class Supporters(TypedDict):
    """How many supporters a petition needs before it is published, and has."""

    needed: int
    signed: int


class Threshold(TypedDict):
    """What the agency promises, at how many signatures of which level of proof."""

    promise: str
    title: str
    threshold: int
    level: int
    state: str
    signature_count: int
    counts: str | None
    due_at: str | None
    done_at: str | None


class TimelineEvent(TypedDict):
    """What happened to a petition."""

    event: str
    at: str
    title: str
    words: dict[str, str]
    data: dict[str, Any]


class PetitionFigures(PetitionAttributes):
    """A petition with breakdowns, each of which adds up to ``signature_count``, and its timeline."""

    signatures_by_channel: list[CodeCount]
    signatures_by_level: list[CodeCount]
    signatures_by_area: list[CodeCount]
    supporters: NotRequired[Supporters]
    thresholds: list[Threshold]
    timeline: list[TimelineEvent]


class PetitionDetail(TypedDict):
    """A petition with its figures."""

    type: Literal["petition"]
    id: int
    links: ItemLinks
    attributes: PetitionFigures


class PetitionAnswer(TypedDict):
    """A petition with its figures."""

    links: SelfLink
    data: PetitionDetail


class Signed(TypedDict):
    """A signature that counts; ``new``: whether it counts only now."""

    state: str
    receipt: str
    new: bool


class SignedAnswer(TypedDict):
    """A signature that counts."""

    data: Signed


class Withdrawn(TypedDict):
    """A signature that was withdrawn."""

    state: str


class WithdrawnAnswer(TypedDict):
    """A signature that was withdrawn."""

    data: Withdrawn


class AuthorLink(TypedDict):
    """The author's own secret page."""

    author: str


class Started(TypedDict):
    """A petition whose author's address is proved."""

    id: int
    state: str
    supporters_needed: int
    links: AuthorLink


class StartedAnswer(TypedDict):
    """A petition whose author's address is proved."""

    data: Started


class OwnPetition(TypedDict):
    """Where a petition stands, and what its author ``may`` do now."""

    id: int
    state: str
    review_due: str | None
    supporters_missing: int
    changes_asked: str | None
    rejection: Rejection | None
    advice: str | None
    signature_count: int
    may: list[Literal["write", "news", "close"]]


class OwnPetitionAnswer(TypedDict):
    """Where a petition stands, for its author."""

    data: OwnPetition


LIST = Operation(
    title=_("List the published petitions, newest first."),
    answers={200: PetitionList},
    query={
        "state": forms.CharField(label=_("Only: open, closed, archived or rejected"), required=False),
        "q": WORDS,
        "page": PAGE,
    },
)
START = Operation(
    method="POST",
    title=_("Start a petition. A code goes to the author; unless “sure” is true, similar petitions are shown first."),
    answers={202: PendingAnswer, 409: SimilarExist, 429: TooMany},
    form=page_form(StartForm),
    fields={"sure": forms.BooleanField(label=_("Is it another one than those that are similar?"), required=False)},
    example={
        "title": "Shade over the playground in Herzl Street",
        "demand": "Put up a shade sail over the slides before the summer.",
        "address": "noa@example.com",
    },
)
SIMILAR = Operation(
    title=_("Find petitions that ask for the same, nearest first."),
    answers={200: SimilarPetitions},
    query={
        "title": forms.CharField(label=_("Title"), required=False),
        "demand": forms.CharField(label=_("What is asked for"), required=False),
    },
)
READ = Operation(
    title=_("Read one petition: signatures by channel, level of proof and area, thresholds, timeline."),
    answers={200: PetitionAnswer},
)
SIGN = Operation(
    method="POST",
    title=_("Sign a petition. It waits for the code that goes to the address."),
    answers={202: PendingAnswer, 429: TooMany},
    form=page_form(SignForm),
    errors=(409,),
    example={"address": "noa@example.com", "name": "Noa Levi", "show_name": True},
)
UPDATES = forms.BooleanField(label=_("Send me news about this petition"), required=False)
CONFIRM = Operation(
    method="POST",
    title=_("Bring the code for a signature; it counts then."),
    answers={200: SignedAnswer},
    form=CodeForm,
    fields={"updates": UPDATES},
    errors=(429,),
    who=Who.CODE,
    example={"address": "noa@example.com", "code": "123456"},
)
WITHDRAW = Operation(
    method="POST",
    title=_("Withdraw a signature. A code goes to the address if it signed; the answer is the same if it did not."),
    answers={202: CodeSentAnswer},
    form=page_form(WithdrawForm),
    errors=(429,),
    example={"address": "noa@example.com"},
)
WITHDRAWN = Operation(
    method="POST",
    title=_("Bring the code for a withdrawal; the signature is deleted then."),
    answers={200: WithdrawnAnswer},
    form=CodeForm,
    errors=(429,),
    who=Who.CODE,
    example={"address": "noa@example.com", "code": "123456"},
)
PROVE = Operation(
    method="POST",
    title=_("Bring the code of a petition that was started."),
    answers={200: StartedAnswer},
    fields={"code": CodeForm.base_fields["code"]},
    errors=(429,),
    who=Who.CODE,
    example={"code": "123456"},
)
OWN = Operation(
    title=_("Read where your petition stands, and what you may do now."),
    answers={200: OwnPetitionAnswer},
    who=Who.KEY,
)
WRITE = Operation(
    method="POST",
    title=_("Change your petition, and submit it for review again."),
    answers={200: OwnPetitionAnswer},
    form=WriteForm,
    errors=(409,),
    who=Who.KEY,
    example={"title": "Shade over the playground", "demand": "Put up a shade sail before the summer."},
)
NEWS = Operation(
    method="POST",
    title=_("Propose news for those who signed. A moderator reads it first."),
    answers={202: OwnPetitionAnswer},
    form=NewsForm,
    errors=(409,),
    who=Who.KEY,
    example={"text": "The engineer was here today and measured the place."},
)
CLOSE = Operation(
    method="POST",
    title=_("Close your petition to further signatures."),
    answers={200: OwnPetitionAnswer},
    errors=(409,),
    who=Who.KEY,
)
