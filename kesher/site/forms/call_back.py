"""The form in which anybody asks to be called back."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kesher.contacts.addresses import normalize_phone


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

    def clean_number(self) -> str:
        """Return the number in E.164."""
        return normalize_phone(self.cleaned_data["number"])
