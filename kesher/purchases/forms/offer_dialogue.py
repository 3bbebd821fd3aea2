"""Chat form of a seller's offer, question by question; the web page has `offer_forms.OfferForm`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from functools import partialmethod
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.conversations.contact_address_fields import AddressField
from kesher.core.i18n.person_names import PersonNameField
from kesher.core.templatetags.ui import number
from kesher.dialogues.forms import StepForm
from kesher.initiatives.forms import LastDayField
from kesher.language import digits, read_amount
from kesher.purchases.allocation import unreachable_step
from kesher.purchases.forms.offers import STEPS, out_of_reach
from kesher.purchases.forms.pledges import ADDRESS_HELP, UnitsField
from kesher.purchases.prices import money
from kesher.verbs.door_forms import StrangersMixin

UNLIMITED = {"minimum": "1", "box": "1", "each": "5"}  # the initial values of the page's form
AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2}(?!\d))?")
TWO_WAYS = re.compile(r"\d+,\d{1,2}")  # ambiguous alone: a price, or units and a price


class StepField(forms.CharField):
    """A price step as people write it: "10 4,800", "from 10: ₪4,800.50".

    It cleans to (from units, agorot), or to "" where it may be left open and was. The first step may be the price
    alone.
    """

    default_error_messages = {
        "step": _("Please write two numbers: from how many units, and the price of each. For example: 10 4800"),
    }

    def __init__(self, *args: Any, first: bool = False, **kwargs: Any) -> None:
        """Set whether this is the first price step, which may name a price alone."""
        super().__init__(*args, max_length=60, **kwargs)
        self.first = first

    def clean(self, value: Any) -> Any:
        """Return a price step as (from units, agorot). Raise ValidationError for anything else."""
        text = super().clean(value)
        if not text:
            return ""
        found = AMOUNT.findall(digits(text))
        if self.first and len(found) == 1 and not TWO_WAYS.fullmatch(digits(text).strip()):
            found.insert(0, "1")
        if len(found) != 2 or not found[0].isdecimal() or not 0 < int(found[0]) < 10**6:
            raise ValidationError(self.error_messages["step"], code="step")
        price = round((read_amount(found[1]) or Decimal(0)) * 100)
        if not 100 <= price < 10**9:
            raise ValidationError(self.error_messages["step"], code="step")
        return int(found[0]), price


def lower_step() -> StepField:
    """Return a form field for a further price step, with more units at a lower price."""
    return StepField(
        label=_("From how many units is it cheaper, and what does each cost then?"),
        help_text=_("For example: 10 4800"),
        required=False,
    )


class OfferStepForm(StrangersMixin, StepForm):
    """An offer, question by question: the price in up to four steps, and its limits where there are any.

    ``subject`` is the purchase.
    """

    seller = PersonNameField(label=_("In whose name is the offer? Write the seller's name."))
    registration = forms.CharField(label=_("What is your company or dealer number?"), max_length=20, required=False)
    step_1 = StepField(
        label=_("What does a unit cost, in shekels and with VAT?"),
        help_text=_("Write from how many units, and then the price of each. For example: 1 5200"),
        first=True,
    )
    step_2, step_3, step_4 = lower_step(), lower_step(), lower_step()
    limits = forms.BooleanField(
        label=_("Is the offer limited: by a minimum, a stock, whole boxes, or a last day?"), required=False
    )
    minimum = UnitsField(label=_("From how many units together do you sell?"), min_value=1)
    stock = UnitsField(label=_("How many do you have?"), help_text=_("Write 0 if there is enough."), min_value=0)
    maximum = UnitsField(label=_("How many may be pledged at most?"), min_value=1, required=False)
    box = UnitsField(
        label=_("How many units are in a box?"), help_text=_("Write 1 if each is sold by itself."), min_value=1
    )
    each = UnitsField(label=_("How many may one person take?"), min_value=1)
    good_until = LastDayField(
        label=_("Until which day is the offer good?"),
        help_text=_("For example: 31.12.2027"),
        input_formats=("%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d", "%d.%m.%y", "%d/%m/%y"),
        required=False,
    )
    terms = forms.CharField(
        label=_("What are the conditions: delivery, installation, warranty, payment?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    address = AddressField(label=_("Your phone number or business e-mail"), help_text=ADDRESS_HELP)
    sure = forms.BooleanField(label=_("Make this offer?"))

    LIMITS = ("minimum", "stock", "maximum", "box", "each", "good_until")

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Remove the fields for steps, limits and address that this seller need not be asked for."""
        for step in range(2, STEPS):
            if f"step_{step}" in answers and not answers[f"step_{step}"]:
                self.fields.pop(f"step_{step + 1}", None)  # no step after an empty one
        if "step_3" not in self.fields:
            self.fields.pop("step_4", None)
        if not answers.get("limits"):
            for name in self.LIMITS:
                del self.fields[name]
        super().shape(answers)
        self.fields["sure"].label = offer_in_words(self, answers)

    def lower(self, step: int) -> Any:
        """Return price step number ``step``. Raise ValidationError unless it is lower than the one before."""
        now, before = self.cleaned_data[f"step_{step}"], self.cleaned_data.get(f"step_{step - 1}")
        if now and before and not (now[0] > before[0] and now[1] < before[1]):
            raise ValidationError(_("Each step needs more units and a lower price than the one before."), code="ladder")
        return now

    clean_step_2, clean_step_3, clean_step_4 = partialmethod(lower, 2), partialmethod(lower, 3), partialmethod(lower, 4)

    def clean_stock(self) -> int | None:
        """Return the seller's stock in units; None for no limit."""
        return self.no_less_than_the_minimum("stock")

    def clean_maximum(self) -> int | None:
        """Return the most units that are sold together; None for no limit."""
        return self.no_less_than_the_minimum("maximum")

    def clean_box(self) -> int:
        """Return the units in a box. Raise ValidationError where a price step can never be reached."""
        box: int = self.cleaned_data["box"]
        self.within_reach(box, self.cleaned_data.get("stock"), self.cleaned_data.get("maximum"))
        return box

    def no_less_than_the_minimum(self, name: str) -> int | None:
        """Return the limit ``name``, or None. Raise ValidationError below the minimum."""
        limit: int = self.cleaned_data[name] or 0
        if 0 < limit < (self.cleaned_data.get("minimum") or 1):
            raise ValidationError(_("The minimum is larger than what there is."), code=name)
        self.within_reach(1, limit)
        return limit or None

    def within_reach(self, box: int, *limits: int | None) -> None:
        """Raise ValidationError where these limits leave a price step that is never reached."""
        start = unreachable_step(steps_in(self.cleaned_data), box, *limits)
        if start is not None:
            raise ValidationError(out_of_reach(start), code="reach")

    def clean(self) -> dict[str, Any]:
        """Return the answers with the price steps as ``ladder``."""
        cleaned = super().clean() or self.cleaned_data
        return {**cleaned, "ladder": steps_in(cleaned)}


class WithdrawOfferForm(StepForm):
    """The question before a seller's offers are withdrawn. ``subject``: the purchase."""

    sure = forms.BooleanField(label=_("Withdraw your offer?"))


def steps_in(answers: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """Return the price steps in cleaned answers, as (from units, agorot)."""
    return tuple(answers[f"step_{step}"] for step in range(1, STEPS + 1) if answers.get(f"step_{step}"))


def to_conversation_answers(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the web form's data as initial answers for the same form in a conversation.

    A step is one line there, and limits are asked only where one was set: the page's initial values are no limit.
    """
    steps = {
        f"step_{step}": f"{start} {price}"
        for step in range(1, STEPS + 1)
        if (start := given.get(f"start_{step}")) and (price := given.get(f"price_{step}"))
    }
    limits = {name: given.get(name, "") for name in OfferStepForm.LIMITS}
    limited = any(value and value != UNLIMITED.get(name) for name, value in limits.items())
    same = {name: given.get(name, "") for name in ("seller", "registration", "terms", "address")}
    return {**same, **steps, **({"limits": "on", **limits, "stock": limits["stock"] or "0"} if limited else {})}


def offer_in_words(form: OfferStepForm, answers: Mapping[str, Any]) -> str:
    """Return the confirming question, which sums up the seller's offer."""
    steps = []
    for name in (f"step_{step}" for step in range(1, STEPS + 1)):
        found: Any = None
        if name in form.fields:
            with suppress(ValidationError):
                found = form.fields[name].clean(answers.get(name))
        if found:
            steps.append(_now("from %(count)s: %(price)s") % {"count": number(found[0]), "price": money(found[1])})
    with suppress(ValidationError, KeyError):
        if most := form.fields["maximum"].clean(answers.get("maximum")):
            steps.append(_now("at most %(count)s together") % {"count": number(most)})
    known = {"seller": str(answers.get("seller") or "").strip(), "steps": ", ".join(steps)}
    return _now("%(seller)s: %(steps)s. Do you make this offer? We look at it before it is published.") % known
