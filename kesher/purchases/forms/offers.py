"""Forms of a seller's offer, of the staff, and of an organiser's decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kesher.core.i18n.person_names import PersonNameField
from kesher.core.ui.form_fields import AmountField, DayField
from kesher.dialogues.forms import StepForm
from kesher.initiatives.forms import InitiativeForm, LastDayField
from kesher.purchases.allocation import unreachable_step
from kesher.purchases.forms.pledges import UnitsField, own_address
from kesher.purchases.models import TITLE_MAX, Purchase

STEPS = 4
CONDITIONS = ("registration", "minimum", "stock", "maximum", "box", "each", "good_until")


class OfferForm(StepForm):
    """A seller's offer: a price that falls in up to four steps, and its conditions."""

    seller = PersonNameField(label=_("The seller's name"))
    registration = forms.CharField(label=_("Company or dealer number"), max_length=20, required=False)
    minimum = UnitsField(
        label=_("From how many units together"),
        help_text=_("With fewer it does not come about. It is never less than where your first price begins."),
        min_value=1,
        initial=1,
    )
    stock = UnitsField(label=_("How many there are"), min_value=1, required=False)
    maximum = UnitsField(label=_("How many may be pledged at most"), min_value=1, required=False)
    box = UnitsField(label=_("Units in a box that is sold whole"), min_value=1, initial=1)
    each = UnitsField(label=_("At most for each person"), min_value=1, initial=5)
    good_until = LastDayField(label=_("The offer is good until"), required=False)
    terms = forms.CharField(
        label=_("Conditions: delivery, installation, warranty, payment"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Add a pair of fields, units and price, for each price step; the first is required."""
        for step in range(1, STEPS + 1):
            self.fields[f"start_{step}"] = UnitsField(label=_("From units"), min_value=1, required=step == 1)
            self.fields[f"price_{step}"] = AmountField(
                label=_("Price of a unit in shekels, VAT included"),
                min_value=1,
                max_digits=9,
                decimal_places=2,
                required=step == 1,
            )
        self.fields["start_1"].initial = 1

    def pairs(self) -> list[tuple[Any, Any]]:
        """Return (units field, price field) of each price step, for the template."""
        return [(self[f"start_{step}"], self[f"price_{step}"]) for step in range(1, STEPS + 1)]

    def clean(self) -> dict[str, Any]:
        """Add the price steps as ``ladder``; add an error on one that whole boxes within the limits cannot reach."""
        cleaned = super().clean() or self.cleaned_data
        cleaned["ladder"] = self.ladder
        start = unreachable_step(self.ladder, cleaned.get("box") or 1, cleaned.get("stock"), cleaned.get("maximum"))
        if start is not None:
            step = next(step for step in range(1, STEPS + 1) if cleaned.get(f"start_{step}") == start)
            self.add_error(f"start_{step}", out_of_reach(start))
        return cleaned

    @property
    def ladder(self) -> tuple[tuple[int, int], ...]:
        """Return the filled-in price steps as (from units, price in agorot)."""
        cleaned = self.cleaned_data
        steps = [(cleaned.get(f"start_{step}"), cleaned.get(f"price_{step}")) for step in range(1, STEPS + 1)]
        return tuple((start, round(price * 100)) for start, price in steps if start and price)


class SellerOfferForm(OfferForm):
    """An offer that its seller makes on a page or through the API."""

    address = own_address(_("Your phone number or business e-mail"))


def out_of_reach(start: int) -> str:
    """Return the error message for a price step that can never be reached."""
    words = _now(
        "The price from %(count)s units can never come true: there is not enough in whole boxes. "
        "Leave this step out, or change how many there are, how many may be pledged, or the box."
    )
    return words % {"count": start}


def is_on_the_clock(day: date, at: time) -> bool:
    """Return whether this local time exists on this day: an hour is skipped when summer time begins."""
    moment = timezone.make_aware(datetime.combine(day, at))
    return timezone.localtime(moment.astimezone(UTC)).replace(tzinfo=None) == datetime.combine(day, at)


class ChooseForm(forms.Form):
    """The offer on which pledging begins, and its last day."""

    offer = forms.ChoiceField(label=_("Offer"))
    closes_at = LastDayField(label=_("Last day to pledge"))
    tie = forms.ChoiceField(label=_("If there is not enough for everybody"), choices=Purchase.Tie.choices)

    def __init__(self, *args: Any, purchase: Purchase, **kwargs: Any) -> None:
        """List the purchase's valid published offers, and its tie rule as the initial one."""
        super().__init__(*args, **kwargs)
        field = self.fields["offer"]
        assert isinstance(field, forms.ChoiceField)
        self.offers = {str(offer.pk): offer for offer in purchase.offers.shown() if offer.is_good}
        field.choices = [(key, offer.seller) for key, offer in self.offers.items()]
        self.fields["tie"].initial = purchase.tie


class PurchaseForm(InitiativeForm):
    """A purchase as the desk writes it, with each text in each of the agency's languages."""

    tie = forms.ChoiceField(label=_("If there is not enough for everybody"), choices=Purchase.Tie.choices)
    proof = forms.TypedChoiceField(
        label=_("How well a pledger must be known"),
        coerce=int,
        choices=[(1, _("A phone or mailbox that answered")), (2, _("A phone that answered with a code"))],
    )
    declared = forms.ChoiceField(label=_("The organiser's declaration"), choices=Purchase.Declared.choices)
    declaration = forms.CharField(label=_("Which interest?"), max_length=300, required=False)

    TEXTS = (
        ("title", _("What is bought"), TITLE_MAX, 1),
        ("text", _("More about it"), 1500, 5),
        ("payment", _("Who is paid, when and how"), 300, 2),
    )
    VALUES = ("tie", "proof", "declared", "declaration")
    AFTER = (*VALUES, "picture", "picture_alt")


class ReasonForm(forms.Form):
    """The reason why a purchase is cancelled or an offer refused, which those concerned read."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class PlaceForm(forms.Form):
    """A pick-up place."""

    name = forms.CharField(label=_("Name of the place"), max_length=80)
    address = forms.CharField(label=_("Address"), max_length=160)


class TimeForm(forms.Form):
    """A pick-up time, and for how many people."""

    day = DayField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    starts = forms.TimeField(
        label=pgettext_lazy("time", "From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(label=_("Until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    places = UnitsField(label=_("How many people"), min_value=1, initial=30)

    def clean(self) -> dict[str, Any]:
        """Add errors for a time that ends before it starts, or that the clocks skip."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("starts") and cleaned.get("ends") and cleaned["ends"] <= cleaned["starts"]:
            self.add_error("ends", _("The end must come after the beginning."))
        for name in ("starts", "ends"):
            if cleaned.get("day") and cleaned.get(name) and not is_on_the_clock(cleaned["day"], cleaned[name]):
                self.add_error(name, _("The clocks skip this time on that day. Choose another."))
        return cleaned

    def moments(self) -> tuple[datetime, datetime]:
        """Return the start and end as aware datetimes in the agency's time zone."""
        cleaned = self.cleaned_data
        starts, ends = (timezone.make_aware(datetime.combine(cleaned["day"], cleaned[n])) for n in ("starts", "ends"))
        return starts, ends


class PointForm(PlaceForm, TimeForm):
    """A pick-up place with one time."""

    field_order = ("name", "address", "day", "starts", "ends", "places")


class LeadNewsForm(forms.Form):
    """News of an organiser to the members."""

    text = forms.CharField(
        label=_("What is new?"),
        help_text=_("We read it first. It then goes to everybody who joined."),
        max_length=1200,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class CollectForm(forms.Form):
    """Pick-up codes: one that somebody shows, or many from a list ticked on paper."""

    codes = forms.CharField(
        label=_("Pick-up codes"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "ltr", "inputmode": "numeric", "class": "code"}),
    )

    def clean_codes(self) -> list[str]:
        """Return all typed pick-up codes, also ones of a wrong length, to be reported as unknown."""
        codes = "".join(c if c.isdecimal() else " " for c in self.cleaned_data["codes"]).split()
        if not any(len(code) == 6 for code in codes):
            raise ValidationError(_("A pick-up code has six digits."))
        return codes
