"""Add to a verb's form what the page, the API, the chat or the staff ask besides: an address, a robot trap."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kesher.conversations.contact_address_fields import (
    AddressField,
    CodeField,
    RobotsMixin,
    address_field,
    honeypot,
    needs_address,
)
from kesher.dialogues.forms import StepForm
from kesher.dialogues.models import PICKED_UP

CODE_HELP = _("We send a code there, so that nobody does this in your name.")


class StrangersMixin(StepForm):
    """Ask for an address only if the person has none, and for a yes only where others may have written the answers."""

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Drop what need not be asked, after the form's own changes; show the answers in the question for the yes."""
        super().shape(answers)
        if not needs_address(self.contact):
            self.fields.pop("address", None)
        sure = self.fields.pop("sure")
        if PICKED_UP in answers:
            lines = [str(answers[name]) for name in self.fields if answers.get(name)]
            sure.label = "\n".join([*lines, str(sure.label)])
            self.fields["sure"] = sure


class CodeStepForm(StepForm):
    """The code that was sent to an address, typed into a conversation."""

    code = CodeField(label=_("Which code did you get?"), max_length=60)


@cache
def page_form(form: type[StepForm]) -> type[StepForm]:
    """Return a verb's form with an address and a trap for robots, for its page and its operation of the API."""
    fields = {"address": address_field(help_text=CODE_HELP), "website": honeypot()}
    return type(f"{form.__name__}OnPage", (RobotsMixin, form), fields)


@cache
def conversation_form(form: type[StepForm], *, address: bool) -> type[StepForm]:
    """Return a verb's form for conversations; with ``address``, strangers are asked for theirs at the end."""
    fields: dict[str, forms.Field] = {"sure": forms.BooleanField(label=_("Do you send this?"))}
    if address:
        fields["address"] = AddressField(label=_("Your phone number or e-mail address"), help_text=CODE_HELP)
    return type(f"{form.__name__}InConversation", (StrangersMixin, form), fields)


@cache
def desk_form(form: type[StepForm]) -> type[StepForm]:
    """Return a verb's form for a clerk who asks somebody on the phone or at the counter."""
    fields = {
        "address": address_field(_("The person's phone number or e-mail address")),
        "checked": forms.BooleanField(
            label=_("I saw an identity document, or called this number back"),
            help_text=_("Otherwise a code goes to the person, and it is done when the code comes back."),
            required=False,
        ),
    }
    return type(f"{form.__name__}AtDesk", (form,), fields)


def list_answers(form: StepForm) -> list[tuple[str, str]]:
    """Return (question, answer) of a valid form, as a page shows what will be confirmed; without empty answers."""
    found = []
    for name, value in form.cleaned_data.items():
        field = form.fields[name]
        if isinstance(field, forms.BooleanField):
            value = _("Yes") if value else ""
        elif isinstance(field, forms.ChoiceField):
            value = dict(field.choices).get(value, value)  # type: ignore[arg-type]  # Django reads any choices
        if value not in (None, "", []):
            found.append((str(field.label or name), str(value)))
    return found
