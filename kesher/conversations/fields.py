"""Form fields for verbs that need an address: where to write to a person, and the code that came back from there."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from kesher.contacts.addresses import parse
from kesher.contacts.models import Contact
from kesher.conversations.services.linking import can_reach
from kesher.language import digits

CODE = re.compile(r"\d{6}")


class AddressField(forms.CharField):
    """A phone number or an e-mail address that we can write to. Cleans to an Address."""

    default_error_messages = {
        "unreachable": _("We cannot write to this kind of address. Please give a phone number or an e-mail address."),
    }

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        address = parse(text)
        if not can_reach(address.scheme):
            raise ValidationError(self.error_messages["unreachable"], code="unreachable")
        return address


class CodeField(forms.CharField):
    """A one-time code, however it was typed: "123 456", in other digits, or inside a sentence."""

    default_error_messages = {"digits": _("The code is six digits long. Please check it.")}

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        found = CODE.search(re.sub(r"(?<=\d)[ \-](?=\d)", "", digits(text or "")))
        if text and not found:
            raise ValidationError(self.error_messages["digits"], code="digits")
        return found[0] if found else ""


def needs_address(contact: Contact | None) -> bool:
    """A visitor of our own chat has no address of his own until he gives one."""
    if contact is None:
        return False
    prefetch_related_objects([contact], "identities")
    return not any(identity.scheme != "web" or identity.assurance for identity in contact.identities.all())
