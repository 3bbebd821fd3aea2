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
    """Ask for an address only if the person has none."""

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Drop the address if it need not be asked, after the form's own changes."""
        super().shape(answers)
        if not needs_address(self.contact):
            self.fields.pop("address", None)


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
    fields: dict[str, forms.Field] = {}
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
    return [(question, words) for _name, question, words in form.answers_in_words(form.cleaned_data)]
