"""Add to a verb's form what the page, the API, the chat or the staff ask besides: an address, a robot trap."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kesher.cases.forms import person_language_field
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


class DeskMixin(StepForm):
    """Ask a clerk about a third person: in the words of ``desk_labels`` of the form, where it has some."""

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Change the labels, after the form's own changes."""
        super().shape(answers)
        labels: Mapping[str, Any] = getattr(self, "desk_labels", {})
        for name in labels.keys() & self.fields.keys():
            self.fields[name].label = labels[name]


class CodeStepForm(StepForm):
    """The code that was sent to an address, typed into a conversation."""

    code = CodeField(label=_("Which code did you get?"), max_length=60)


class KnownCodeForm(CodeStepForm):
    """The code, and the address that it went to, which is known before."""

    address = AddressField(label=_("Your phone number or e-mail address"))

    field_order = ("address",)


@cache
def code_step_form(form: type[StepForm], consents: tuple[str, ...], *, with_address: bool) -> type[StepForm]:
    """Return the form that takes a code in a conversation; address and consents of ``form`` are known before."""
    fields = {name: form.base_fields[name] for name in consents}
    base = KnownCodeForm if with_address else CodeStepForm
    return type(f"{form.__name__}Code", (base,), {**fields, "field_order": ("address", *consents, "code")})


@cache
def page_form(form: type[StepForm], *, address: bool = True) -> type[StepForm]:
    """Return a verb's form with a trap for robots, and an address if asked for: for its page and its API operation."""
    fields: dict[str, forms.Field] = {"website": honeypot()}
    if address and "address" not in form.base_fields:
        fields["address"] = address_field(help_text=CODE_HELP)
    return type(f"{form.__name__}OnPage", (RobotsMixin, form), fields)


@cache
def conversation_form(form: type[StepForm], *, address: bool) -> type[StepForm]:
    """Return a verb's form for conversations; with ``address``, strangers are asked for theirs at the end."""
    if not address and "address" not in form.base_fields:
        return form
    fields: dict[str, forms.Field] = {}
    if address:
        fields["address"] = AddressField(label=_("Your phone number or e-mail address"), help_text=CODE_HELP)
    return type(f"{form.__name__}InConversation", (StrangersMixin, form), fields)


@cache
def desk_form(form: type[StepForm]) -> type[StepForm]:
    """Return a verb's form for a clerk who asks somebody on the phone or at the counter."""
    fields = {
        "address": address_field(_("The person's phone number or e-mail address")),
        "person_language": person_language_field(),
        "checked": forms.BooleanField(
            label=_("I saw an identity document, or called this number back"),
            help_text=_("Otherwise a code goes to the person, and it is done when the code comes back."),
            required=False,
        ),
    }
    return type(f"{form.__name__}AtDesk", (DeskMixin, form), fields)


def list_answers(form: StepForm) -> list[tuple[str, str]]:
    """Return (question, answer) of a valid form, as a page shows what will be confirmed; without empty answers."""
    return [(question, words) for _name, question, words in form.answers_in_words(form.cleaned_data)]
