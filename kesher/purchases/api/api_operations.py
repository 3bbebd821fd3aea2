"""Describe the operations of the API for group purchases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kesher.core.api.api_operations import Operation, TooMany, Who
from kesher.core.api.json_schema import ListField, optional
from kesher.core.ui.form_fields import DayField
from kesher.initiatives.api_operations import PAGE, WORDS
from kesher.purchases.api import api_answers as answers
from kesher.purchases.forms.offers import LeadNewsForm, PointForm, ReasonForm, SellerOfferForm
from kesher.purchases.forms.pledges import AddressForm, CodeForm, PledgeStepForm, StartForm
from kesher.purchases.models import Purchase
from kesher.verbs.api_operations import PendingAnswer

WISHES = [(name, name) for name in ("pledge", "interest", "give_up", "offer", "unoffer", "start", "mine")]
# Not every purchase asks for all of it.
DROPPED = ("tolerance", "point", "wait")
PLEDGE = {name: PledgeStepForm.base_fields[name] for name in ("quantity", *DROPPED)}
ADDRESS = {"address": "+972501234567"}
SENT = {202: PendingAnswer, 429: TooMany}

LIST = Operation(
    title=_("List the published purchases, newest first."),
    answers={200: answers.PurchaseList},
    query={"state": forms.CharField(label=_("Only those in this state"), required=False), "q": WORDS, "page": PAGE},
)
START = Operation(
    method="POST",
    title=_("Start a purchase as its organiser. A code goes to the phone; we review it once the code came back."),
    answers=SENT,
    form=StartForm,
    fields={"declaration": forms.CharField(label=_("Which interest?"), max_length=300, required=False)},
    errors=(409,),
    example={
        "title": "Solar water heaters",
        "text": "For the roofs of Herzl Street, before the winter.",
        "declared": "none",
        "name": "Noa Levi",
        **ADDRESS,
    },
)
READ = Operation(
    title=_("Read one purchase: its offers, pick-up places, and pledgers by channel and level of proof."),
    answers={200: answers.PurchaseAnswer},
)


def waits_for_code(method: str, title: Any, **more: Any) -> Operation:
    """Return the description of a request that is carried out once its code came back."""
    given = {"form": AddressForm, "example": ADDRESS, **more}
    return Operation(method=method, title=title, answers=SENT, errors=(409,), **given)


INTEREST = waits_for_code(
    "POST",
    _("Say that you are interested. It binds you to nothing, and waits for the code that goes to the address."),
)
PLEDGE_UNITS = waits_for_code(
    "POST",
    _("Pledge units. None are held until the code comes back that goes to the address."),
    fields=PLEDGE,
    optional=DROPPED,
    example={"quantity": 2, **ADDRESS},
)
GIVE_UP = waits_for_code(
    "DELETE", _("Give up a pledge, a share or a turn on the waiting list, once the code comes back.")
)
OFFER = waits_for_code(
    "POST",
    _("Make an offer as a seller. We review it once the code comes back; keep its seal until then."),
    form=None,
    fields=SellerOfferForm().fields,
    example={
        "seller": "Sun Ltd",
        "minimum": 10,
        "box": 1,
        "each": 5,
        "terms": "Delivery within a month, five years of warranty.",
        "start_1": 10,
        "price_1": "2400",
        "address": "sales@sun.example",
    },
)
WITHDRAW_OFFERS = waits_for_code("DELETE", _("Withdraw your offers as a seller, once the code comes back."))
MINE = waits_for_code("POST", _("Get the secret links to your own pages, once the code comes back."))
CONFIRM = Operation(
    method="POST",
    title=_("Bring the code for a request, with what is wished and what is pledged; it is done then."),
    answers={200: answers.ConfirmedAnswer},
    form=CodeForm,
    fields={
        "wish": forms.ChoiceField(label=_("What is done?"), choices=WISHES, required=False),
        **optional(PLEDGE),
        "offer": forms.CharField(label=_("The seal of the offer"), required=False),
    },
    optional=("quantity", *DROPPED),
    errors=(429,),
    who=Who.CODE,
    example={"code": "123456", "wish": "pledge", "quantity": 2, **ADDRESS},
)


def by_own_key(method: str, title: Any, **more: Any) -> Operation:
    """Return the description of a request by the key of a person's own page."""
    errors = () if method == "GET" else (409,)
    return Operation(method=method, title=title, answers={200: answers.OwnAnswer}, errors=errors, who=Who.KEY, **more)


OWN = by_own_key("GET", _("Read your part in a purchase, and what you may do now."))
CHANGE_PLEDGE = by_own_key(
    "POST",
    _("Change your pledge. What is left out stays as it is."),
    fields=optional(PLEDGE),
    optional=DROPPED,
    example={"quantity": 3},
)
GIVE_UP_OWN = by_own_key("DELETE", _("Give up your pledge, your share or your turn on the waiting list."))
NOT_INTERESTED = by_own_key("DELETE", _("Withdraw your interest."))
PLACE = by_own_key(
    "POST",
    _("Accept the units that are reserved for you, or decline them."),
    fields={
        "decline": forms.BooleanField(label=_("No, I wait for all of it"), required=False),
        "leave_line": forms.BooleanField(label=_("No, and I wait no more"), required=False),
    },
    example={"decline": True},
)
VOTE = by_own_key(
    "POST",
    _("Choose the offer that you would take; again to change it."),
    fields={"offer": forms.IntegerField(label=_("Which offer would you take?"))},
    example={"offer": 7},
)
SLOT = by_own_key(
    "POST",
    _("Choose a pick-up time, and with it the place; again to change it."),
    fields={"slot": forms.IntegerField(label=_("When will you come?"))},
    example={"slot": 7},
)
LEAD = Operation(
    title=_("Read the purchase that you organise, and what you may decide now."),
    answers={200: answers.OrganisedAnswer},
    who=Who.KEY,
)
PICKUP = Operation(
    title=_("Read who collects what, where and when, with the names that may be shown."),
    answers={200: answers.PickupAnswer},
    who=Who.KEY,
)
DECIDE = Operation(
    method="POST",
    title=_(
        "Decide on the purchase that you organise: open (offer, closes_at, tie), confirm, fulfil, cancel (reason); "
        "add_time, change_time, change_point, remove_time, remove_point; collect and uncollect (codes); news (text)."
    ),
    answers={200: answers.OrganisedAnswer | answers.CollectedAnswer, 202: answers.NewsAnswer},
    fields=optional(
        {
            "offer": forms.IntegerField(label=_("Offer")),
            "closes_at": DayField(label=_("Last day to pledge")),
            "tie": forms.ChoiceField(label=_("If there is not enough for everybody"), choices=Purchase.Tie.choices),
            **ReasonForm.base_fields,
            **PointForm.base_fields,
            "point": forms.IntegerField(label=_("Which place?")),
            "time": forms.IntegerField(label=_("Which time?")),
            "codes": ListField(label=_("Pick-up codes")),
            **LeadNewsForm.base_fields,
        }
    ),
    errors=(409,),
    who=Who.KEY,
    example={"reason": "The seller went out of business."},
)
