"""Whose answers these are: the form that asks for an address, and the address that a link brings along."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kesher.contacts.models import Identity
from kesher.conversations.fields import AddressField
from kesher.core.address import Address


class MineForm(forms.Form):
    """An address, so that what waits in this browser is counted."""

    address = AddressField(
        label=_("Your phone number or e-mail address"),
        help_text=_("We send a code there, so that each person is counted once. It is not shown to anybody."),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )
    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    @property
    def is_robot(self) -> bool:
        """Only a robot fills in the field that nobody sees."""
        return bool(self.cleaned_data.get("website"))


def waiting_address(request: HttpRequest) -> Address | None:
    """The address that the link of our message names by its key, which names nobody to anybody else."""
    key = request.GET.get("i", "")
    if not key.isdecimal() or len(key) > 18:
        return None
    row = Identity.objects.filter(pk=int(key)).first()
    return Address(row.scheme, row.address) if row is not None else None
