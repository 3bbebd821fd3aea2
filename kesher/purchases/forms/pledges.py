"""Forms for joining and starting a group purchase: interest, pledge, vote; shared by all channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kesher.cases.forms import person_language_field
from kesher.contacts.models import Contact
from kesher.conversations import contact_address_fields
from kesher.conversations.contact_address_fields import AddressField, CodeField, address_field
from kesher.core.contact_address import Address
from kesher.core.db.ids import is_number
from kesher.core.http.arrival_time import arrived_at
from kesher.core.i18n.person_names import PersonNameField
from kesher.dialogues.forms import StepForm
from kesher.language import digits
from kesher.participation.services import find_participation
from kesher.purchases.models import TITLE_MAX, PickupSlot, Purchase
from kesher.purchases.pledge_cost import pledge_question
from kesher.purchases.prices import money
from kesher.purchases.services.distribution import find_share, stands_in_line
from kesher.purchases.services.pledge_journal import find_entry, find_pledge
from kesher.verbs.door_forms import StrangersMixin

ADDRESS_HELP = _("We send a code there. Nobody else sees it.")


class UnitsField(forms.IntegerField):
    """A number of units, in any kind of digits."""

    default_error_messages = {"invalid": _("Please write a number.")}

    def to_python(self, value: Any) -> Any:
        """Return the whole number that is written in digits of any script."""
        return super().to_python(digits(value) if isinstance(value, str) else value)


def own_address(label: Any = None) -> AddressField:
    """Return a form field for the address to which a code is sent."""
    return address_field(label, ADDRESS_HELP)


class CodeForm(contact_address_fields.CodeForm):
    """The form for an address and the code that was sent to it."""

    address = own_address()


class AddressForm(StepForm):
    """An address to which a code is sent; the rest is known."""

    address = own_address()


class InterestStepForm(StrangersMixin, AddressForm):
    """Interest in a conversation: an explicit yes, and an address where none is known."""

    interested = forms.BooleanField(
        label=_("Are you interested? You are not committing to anything; we will tell you about every offer.")
    )

    field_order = ("interested", "address")


class PledgeForm(StepForm):
    """A pledge: units, tolerance, pick-up place, waiting. ``subject``: the purchase, whose limits shape the questions.

    On a page and through the API an address is always given, and the button is the yes.
    """

    quantity = UnitsField(
        label=_("How many units do you take?"),
        min_value=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    tolerance = UnitsField(
        label=_("How many more would you take, if that fills a box?"), min_value=0, required=False, initial=0
    )
    point = forms.TypedChoiceField(label=_("Where will you collect them?"), coerce=int)
    address = own_address()
    wait = forms.BooleanField(label=_("If there is not enough for me, put me on the waiting list"), required=False)

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Set the purchase's limits, and drop the questions that it does not need."""
        purchase = self.subject
        assert isinstance(purchase, Purchase)
        quantity, point = self.fields["quantity"], self.fields["point"]
        assert isinstance(quantity, forms.IntegerField)
        assert isinstance(point, forms.ChoiceField)
        self.limit(quantity, purchase.each)
        if purchase.box == 1:
            del self.fields["tolerance"]
        point.choices = [(str(row.pk), row.name) for row in purchase.points.filter(is_active=True).order_by("id")]
        if len(point.choices) < 2:
            del self.fields["point"]
        if not self.may_wait(purchase, answers):
            del self.fields["wait"]

    def may_wait(self, purchase: Purchase, answers: Mapping[str, Any]) -> bool:
        """Return whether there may be too little for everybody, so that one may ask to wait."""
        return purchase.cap is not None and purchase.is_open

    def limit(self, field: forms.IntegerField, most: int) -> None:
        """Set ``most`` as the field's maximum, with an error message that names it."""
        field.max_value = most
        field.widget.attrs["max"] = most
        words = ngettext("At most %(count)s unit for each person.", "At most %(count)s units for each person.", most)
        field.error_messages = {**field.error_messages, "max_value": words % {"count": most}}
        field.validators = [check for check in field.validators if getattr(check, "code", "") != "max_value"]

    def clean_quantity(self) -> int:
        """Return the units; raise ValidationError for more than one person may take."""
        quantity: int = self.cleaned_data["quantity"]
        field = self.fields["quantity"]
        if quantity > self.subject.each:
            raise ValidationError(field.error_messages["max_value"], code="max_value")
        return quantity

    def clean_tolerance(self) -> int:
        """Return the tolerance; raise ValidationError where units and tolerance exceed the limit."""
        more = self.cleaned_data.get("tolerance") or 0
        most = self.subject.each - (self.cleaned_data.get("quantity") or 0)
        if more > max(most, 0):
            words = ngettext(
                "With these you would have more than a person may: at most %(count)s more.",
                "With these you would have more than a person may: at most %(count)s more.",
                max(most, 0),
            )
            raise ValidationError(words % {"count": max(most, 0)}, code="each")
        return more


class PledgeStepForm(StrangersMixin, PledgeForm):
    """A pledge in a conversation: it asks for a yes to the sum, and whether to wait only where too little is left."""

    said: ClassVar[dict[str, str]] = {"count": "quantity"}

    wait = forms.BooleanField(label=_("Join the waiting list?"))
    sure = forms.BooleanField(label=_("Join the purchase?"))

    field_order = ("quantity", "wait", "tolerance", "point", "address", "sure")

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Name the limits, and the sum in the last question."""
        super().shape(answers)
        if self.subject.box > 1:
            self.said = {}  # type: ignore[misc]  # "three" may be boxes or units, so it is asked
        most = self.subject.each
        self.fields["quantity"].help_text = ngettext("%(count)s at most.", "From 1 to %(count)s.", most) % {
            "count": most
        }
        if tolerance := self.fields.get("tolerance"):
            # Answered by number keys, "1" must mean one unit: an optional question would show "1 Skip".
            tolerance.required, tolerance.help_text = True, _now("Write 0 for none.")
        self.fields["sure"].label = pledge_question(self.subject, answers, self.contact)

    def may_wait(self, purchase: Purchase, answers: Mapping[str, Any]) -> bool:
        """Return whether fewer units are left than this person asks for, so that they may wait."""
        asked = digits(str(answers.get("quantity") or "")).strip()
        if purchase.left is None or not is_number(asked) or not purchase.is_open:
            return False
        mine = find_participation(purchase.pledging, self.contact) if self.contact is not None else None
        line = find_entry(mine) if mine is not None else None
        held = line.holds if line is not None else 0
        left = purchase.left + held
        if int(asked) > left:
            field = self.fields["wait"]
            field.help_text = ngettext("%(count)s unit is left.", "%(count)s units are left.", left) % {"count": left}
            return True
        return False


class ChangeForm(PledgeForm):
    """A change of a pledge on its own page, which asks for no address."""

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Remove the address field, since the pledger is known."""
        super().shape(answers)
        del self.fields["address"]


class CallerForm(forms.Form):
    """Interest that a clerk registers for a caller or visitor."""

    address = AddressField(
        label=_("The person's phone number or e-mail address"),
        max_length=254,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    name = forms.CharField(label=_("The person's name"), max_length=120, required=False)
    person_language = person_language_field()
    checked = forms.BooleanField(
        label=_("I saw an identity document, or called this number back"),
        help_text=_("Without it, send the person the link: there a code shows who it is."),
    )


class PledgeForCallerForm(ChangeForm):
    """A pledge that a clerk makes for a caller or visitor."""

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Add the fields about the caller to those about the pledge."""
        super().shape(answers)
        self.fields = {**CallerForm().fields, **self.fields}
        self.fields["checked"] = self.fields.pop("checked")  # last, as the clerk's own statement


class ConfirmForm(StepForm):
    """The code for a request, typed into a conversation.

    Only the code is asked for: the rest is known when the form begins.
    """

    wish = forms.CharField()
    address = AddressField(label=_("Your phone number or e-mail address"))
    quantity = forms.IntegerField(required=False)
    tolerance = forms.IntegerField(required=False)
    point = forms.IntegerField(required=False)
    wait = forms.BooleanField(required=False)
    offer = forms.CharField(required=False)  # a signed name: only its seller can prove it
    code = CodeField(label=_("Which code did you get?"), max_length=60)

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Remove what this request has not."""
        for name in ("quantity", "tolerance", "point", "wait", "offer"):
            if name not in answers:
                del self.fields[name]


class GiveUpForm(StepForm):
    """The question before a pledge, a turn or an interest is given up. ``subject``: the purchase."""

    give_up = forms.BooleanField(label=_("Withdraw your pledge?"))

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Name in the question what the person gives up: a place on the waiting list, an interest or a pledge."""
        if not isinstance(self.subject, Purchase) or self.contact is None:
            return
        if stands_in_line(self.subject, self.contact):
            self.fields["give_up"].label = _("Leave the waiting list?")
        elif find_pledge(self.subject, self.contact) is None:
            self.fields["give_up"].label = _("Do you want to be taken off the list?")


class TakeForm(StepForm):
    """The question whether a person takes the place that is kept. ``subject``: the purchase.

    Where it is less than they want, it also asks what becomes of their turn.
    """

    take = forms.BooleanField(label=_("Take the place?"))

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Add the choice to wait for more, where fewer units are reserved than the person wants."""
        missing = missing_beside_offer(self.subject, self.contact) if isinstance(self.subject, Purchase) else 0
        if not missing:
            return
        rest = ngettext("Yes, and wait for %(count)s more", "Yes, and wait for %(count)s more", missing)
        self.fields["take"] = forms.ChoiceField(
            label=self.fields["take"].label,
            choices=[
                ("take", rest % {"count": missing}),
                ("decline", _("No, I wait for all of it")),
                ("leave_line", _("No, and I wait no more")),
            ],
        )


def missing_beside_offer(purchase: Purchase, contact: Contact | None) -> int:
    """Return how many units a person still lacks beside those reserved; 0 where none are reserved."""
    if contact is None:
        return 0
    row = find_share(purchase, contact) or find_pledge(purchase, contact)
    return row.missing if row is not None and row.state_of_line == "offered" else 0


class LookForm(StepForm):
    """A form without questions."""


class VoteForm(StepForm):
    """A member's choice among the offers. ``subject``: the purchase."""

    offer = forms.ChoiceField(label=_("Which offer would you take?"))

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Fill the choice field with the sellers' offers that can be voted for."""
        field = self.fields["offer"]
        assert isinstance(field, forms.ChoiceField)
        offers = [offer for offer in self.subject.offers.shown() if offer.is_good]
        field.choices = [
            (str(offer.pk), f"{offer.seller}: {money(offer.ladder[0].price)} → {money(offer.ladder[-1].price)}")
            if len(offer.ladder) > 1
            else (str(offer.pk), f"{offer.seller}: {money(offer.ladder[0].price)}")
            for offer in offers
        ]


def free_slots(purchase: Purchase) -> list[PickupSlot]:
    """Return the pick-up times that are not full, the soonest first."""
    rows = PickupSlot.objects.filter(point__purchase=purchase, point__is_active=True, ends__gt=arrived_at())
    chosen = Count("allotments", filter=Q(allotments__state__in=["held", "collected"]))
    counted = rows.annotate(chosen=chosen).select_related("point")
    return [slot for slot in counted.order_by("starts", "id") if slot.chosen < slot.places]


def slot_title(slot: PickupSlot) -> str:
    """Return a pick-up time and its place in words: "Sun 3.5 16:00–18:00, community centre"."""
    starts, ends = timezone.localtime(slot.starts), timezone.localtime(slot.ends)
    return f"{date_format(starts, 'D j.n')} {starts:%H:%M}–{ends:%H:%M}, {slot.point.name}"


class SlotForm(StepForm):
    """A person's choice of a pick-up time. ``subject``: the purchase."""

    slot = forms.ChoiceField(label=_("When will you come?"))

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Fill the choice field with the pick-up times that are not full."""
        field = self.fields["slot"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(slot.pk), slot_title(slot)) for slot in free_slots(self.subject)]


class StartStepForm(StepForm):
    """A purchase that a citizen organises: what, why, and which interest they have in it."""

    takes_questions = ("title",)
    title = forms.CharField(label=_("What do you want to buy together?"), max_length=TITLE_MAX)
    text = forms.CharField(
        label=_("Tell your neighbours more: which kind, for whom, by when"),
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    declared = forms.ChoiceField(
        label=_("Do you have an interest in a seller or in the sale?"), choices=Purchase.Declared.choices
    )
    declaration = forms.CharField(label=_("Which interest?"), max_length=300)
    name = PersonNameField(
        label=_("Your name, as it will stand on the page"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    address = AddressField(label=_("Your phone number"), help_text=_("An organiser proves a phone number with a code."))

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Remove the name and phone fields where they are known, and an unneeded declaration."""
        if answers.get("declared") != Purchase.Declared.STATED:
            del self.fields["declaration"]
        if self.contact is not None and self.contact.name and not answers.get("name"):
            del self.fields["name"]
        if has_phone(self.contact):
            del self.fields["address"]

    def clean_address(self) -> Address:
        """Return the address; raise ValidationError for anything but a phone number."""
        address = self.cleaned_data["address"]
        assert isinstance(address, Address)
        if address.scheme != "tel":
            raise ValidationError(_("Whoever organises a purchase must prove a phone number with a code."))
        return address

    def clean(self) -> dict[str, Any]:
        """Return the answers, with the name of a person whom we know."""
        known = {"name": self.contact.name} if self.contact is not None else {}
        return {**known, **(super().clean() or self.cleaned_data)}


def has_phone(contact: Contact | None) -> bool:
    """Return whether this person has a phone number to which a code can be sent."""
    return contact is not None and contact.identities.filter(scheme="tel").exists()


class StartForm(StartStepForm):
    """The same form on a page and through the API."""

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Set the widgets of a web page."""
        self.fields["declared"].widget = forms.RadioSelect(choices=Purchase.Declared.choices)
        self.fields["declared"].initial = Purchase.Declared.NONE
        self.fields["declaration"].required = False
        self.fields["address"].widget = forms.TextInput(attrs={"autocomplete": "tel", "dir": "ltr", "inputmode": "tel"})

    def clean(self) -> dict[str, Any]:
        """Add an error where a stated interest in the purchase comes without a declaration."""
        cleaned = super().clean()
        if cleaned.get("declared") == Purchase.Declared.STATED and not cleaned.get("declaration", "").strip():
            self.add_error("declaration", _("Say in a few words which interest you have."))
        return cleaned
