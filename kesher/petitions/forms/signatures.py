"""Forms for signing a petition, on pages and in chats, and the staff's forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import in_language
from kesher.conversations.contact_address_fields import AddressField, address_field, needs_address
from kesher.core.i18n.person_names import PersonNameField
from kesher.dialogues.forms import StepForm
from kesher.initiatives.forms import InitiativeForm, LastDayField, WordsForm
from kesher.initiatives.models import Initiative
from kesher.petitions.area_map import AreaField, find_last_area, known_areas
from kesher.petitions.models import TITLE_MAX


class SignForm(StepForm):
    """The questions of signing a petition."""

    address = address_field(help_text=_("We send a code there. Nobody else sees it."))
    name = PersonNameField(label=_("Your name"), required=False, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    show_name = forms.BooleanField(label=_("Show my name on this page"), required=False)
    area = AreaField(label=_("Where do you live?"))
    updates = forms.BooleanField(label=_("Send me news about this petition"), required=False)

    desk_labels: ClassVar[dict[str, Any]] = {
        "name": _("The person's name"),
        "show_name": _("The name may stand on the petition's page"),
        "area": _("Where the person lives"),
        "updates": _("The person wants news about this petition"),
    }


class SignStepForm(StepForm):
    """The questions of signing in a conversation: an explicit yes, and an address of somebody whom we do not know.

    The others are asked when the signature counts, and only of those who want it; an answer that was given on a page
    comes along.
    """

    sign = forms.BooleanField(label=_("Sign this petition?"))
    address = AddressField(
        label=_("Your phone number or e-mail address"),
        help_text=_("We send a code there, so that nobody signs for you."),
    )
    name = PersonNameField(label=_("Your name, if it may stand on the petition's page"), required=False)
    area = AreaField(label=_("Where do you live?"))
    updates = forms.BooleanField(label=_("May we send you news about this petition?"), required=False)

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Drop what was not answered before, and the address of a known person; show what is stored besides."""
        stranger = needs_address(self.contact)
        for name in ("name", "area", "updates"):
            if stranger or not answers.get(name):
                del self.fields[name]
        if not stranger:
            del self.fields["address"]
        if "name" in self.fields:
            # It came from a page that somebody else may have filled in.
            words = _now("Sign this petition? Its page will show the name %(name)s.")
            self.fields["sign"].label = words % {"name": answers["name"]}
        if self.last_area and "area" not in self.fields:
            place = in_language(dict(known_areas())[self.last_area])
            words = _now("We count you in the area that you named when you last signed: %(area)s.")
            self.fields["sign"].help_text = words % {"area": place}

    @cached_property
    def last_area(self) -> str:
        """Return the area that a known person named when they last signed; "" if never."""
        return "" if self.contact is None or needs_address(self.contact) else find_last_area(self.contact)

    def clean(self) -> dict[str, Any]:
        """Return the answers: a name that is given is shown, and an area is asked once only."""
        cleaned = super().clean() or self.cleaned_data
        return {**cleaned, "show_name": bool(cleaned.get("name")), "area": cleaned.get("area") or self.last_area}

    def said_in(self, text: str, slots: Mapping[str, str], *, opening: bool = False) -> dict[str, str]:
        """Return the name that a known person says with which they sign; the question shows it."""
        return {"name": slots["name"]} if slots.get("name") and not needs_address(self.contact) else {}

    def said_by_command(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return the consent that the command to sign implies; none if a web page filled in the name."""
        return {} if answers.get("name") else {"sign": "on"}


class SignerAreaForm(StepForm):
    """Where a signer lives."""

    area = AreaField(label=_("Where do you live?"))


class WithdrawForm(StepForm):
    """The question to somebody who withdraws a signature on a page."""

    address = AddressField(
        label=_("The phone number or e-mail address that you signed with"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )


class WithdrawStepForm(StepForm):
    """The yes that withdraws a signature in a conversation; a stranger also gives the address."""

    withdraw = forms.BooleanField(label=_("Withdraw your signature?"))
    address = AddressField(label=_("The phone number or e-mail address that you signed with"))

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Ask for an address only where the person has none."""
        if not needs_address(self.contact):
            del self.fields["address"]


class CountedWordsForm(WordsForm):
    """A text in at least one of the agency's languages, whose letters the page counts: an update or a reason."""

    COUNTED = True


class ResponseForm(CountedWordsForm):
    """The body's answer to a petition."""

    TEXTS = (("text", "", 6000, 10),)
    AFTER = ("tell",)

    def __init__(self, *args: Any, sent: bool = False, **kwargs: Any) -> None:
        """Add the question whether signers get the answer; ``sent``: they got an earlier one.

        Then a correction goes to them only where the clerk says so.
        """
        super().__init__(*args, **kwargs)
        first = _("They signed to get it: it goes once to each, on the channel that they used last.")
        again = _("They got the answer as it was before. A small correction need not go to all of them again.")
        self.fields["tell"] = forms.BooleanField(
            label=_("Send the correction to everybody who signed") if sent else _("Send it to everybody who signed"),
            help_text=again if sent else first,
            required=False,
            initial=not sent,
        )


class PetitionForm(InitiativeForm):
    """A petition as the desk writes it: each text in each of the agency's languages."""

    threshold = forms.IntegerField(label=_("Signatures for an answer"), min_value=1, max_value=10_000_000, initial=1000)
    author_name = PersonNameField(label=_("Who asks for it, as the page says"), required=False)
    area = AreaField(none=_("The whole town"), label=_("Which part of town is it about?"))
    closes_at = LastDayField(label=_("Last day to sign"), required=False)

    TEXTS = (
        ("title", _("Title"), TITLE_MAX, 1),
        ("demand", _("What is asked for"), 600, 3),
        ("background", _("Background"), 6000, 8),
        ("goal", _("What happens when the threshold is reached"), 160, 1),
    )
    NEEDED = ("title", "demand")
    VALUES = ("author_name", "area", "threshold", "closes_at")
    AFTER = (*VALUES, "picture", "picture_alt")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Leave the area out where the agency has none, and accept a last day that was set before."""
        super().__init__(*args, **kwargs)
        area, last = self.fields["area"], self.fields["closes_at"]
        assert isinstance(area, AreaField)
        assert isinstance(last, LastDayField)
        last.unchanged = self.initial.get("closes_at")
        if not area.is_asked:
            del self.fields["area"]

    def fix_promise(self) -> None:
        """Disable the fields of the first threshold and its promise, because it was reached."""
        for name, field in self.fields.items():
            if name == "threshold" or name.startswith("goal_"):
                field.disabled = True

    @classmethod
    def initial_of(cls, row: Initiative) -> dict[str, Any]:
        """Return the form's initial values from this petition."""
        found = super().initial_of(row)
        return found | {"closes_at": timezone.localtime(found["closes_at"]).date() if found["closes_at"] else None}


class CheckedForm(forms.Form):
    """The clerk's word that they checked who asks."""

    checked = forms.BooleanField(label=_("I saw an identity document, or called this number back"))


class VoidForm(forms.Form):
    """The reason why a signature is void, or counts again."""

    note = forms.CharField(label=_("Reason"), max_length=200)
