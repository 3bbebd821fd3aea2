"""The form in which anybody asks to be called back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Agency
from kesher.contacts.addresses import normalize_phone
from kesher.contacts.rules import is_number_allowed


class CallBackForm(forms.Form):
    """A telephone number, and what it is about."""

    number = forms.CharField(
        label=_("On which number shall we call?"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "dir": "ltr", "inputmode": "tel"}),
    )
    matter = forms.CharField(
        label=_("What do you want to talk about?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        """Prepare the form of this agency, which calls the countries to which it also sends codes."""
        super().__init__(*args, **kwargs)
        self.agency = agency

    def clean_number(self) -> str:
        """Return the number in E.164. Raise ValidationError for one that costs the body or is of another country."""
        number = normalize_phone(self.cleaned_data["number"])
        if not is_number_allowed("tel", number, self.agency.countries):
            raise ValidationError(
                _("We cannot call this number. Please leave an ordinary number of this country, or write to us.")
            )
        return number
