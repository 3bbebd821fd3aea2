"""Chat form for linking a second address to a person: the address, and the code sent to it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kesher.conversations.contact_address_fields import CodeField, parse_citizen_address
from kesher.core.contact_address import Address
from kesher.dialogues.forms import StepForm


class LinkForm(StepForm):
    """Asks for the second address."""

    address = forms.CharField(
        label=_("Which phone number or e-mail address is also yours?"),
        help_text=_("We will send a code there."),
        max_length=254,
    )

    def clean_address(self) -> Address:
        """Return the second address that the person wants to link; raise ValidationError if it is none."""
        return parse_citizen_address(self.cleaned_data["address"])


class LinkCodeForm(StepForm):
    """Asks for the code that was sent to the second address."""

    code = CodeField(label=_("Which code did you get there?"), max_length=60)
