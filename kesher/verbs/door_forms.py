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

CODE_HELP = _("We send a code there, so that nobody does this in your name.")


class StrangersMixin(StepForm):
    """Asks for an address only those who are not known by one."""

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Remove the address field for a person who is known by an address, after the form's own changes."""
        super().shape(answers)
        if not needs_address(self.contact):
            del self.fields["address"]


class CodeStepForm(StepForm):
    """The code that was sent to an address, typed into a conversation."""

    code = CodeField(label=_("Which code did you get?"), max_length=60)


@cache
def page_form(form: type[StepForm]) -> type[StepForm]:
    """Return a verb's form with an address and a trap for robots, for its page and its operation of the API."""
    fields = {"address": address_field(help_text=CODE_HELP), "website": honeypot()}
    return type(f"{form.__name__}OnPage", (RobotsMixin, form), fields)


@cache
def conversation_form(form: type[StepForm]) -> type[StepForm]:
    """Return a verb's form for conversations, where only strangers are asked for an address, at the end."""
    fields = {"address": AddressField(label=_("Your phone number or e-mail address"), help_text=CODE_HELP)}
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
