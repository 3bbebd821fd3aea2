"""What the staff's forms about a caller or visitor share: initial values, and the language to write to them in."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kesher.contacts.models import Contact
from kesher.contacts.services import find_identity
from kesher.core.contact_address import Address


def initial_person(key: str) -> dict[str, str]:
    """Return the name and first phone or e-mail address of the contact with this key; {} for none."""
    contact = Contact.objects.filter(key=key).first() if key else None
    if contact is None:
        return {}
    first = contact.identities.filter(scheme__in=["tel", "mailto"]).order_by("-assurance", "id").first()
    return {"name": contact.name, "address": first.address if first else ""}


def person_language_field() -> forms.ChoiceField:
    """Return the form field in which a clerk may say in which language we write to the person."""
    known = [("", _("As they wrote to us before"))]
    return forms.ChoiceField(
        label=_("In which language do we write to them?"), choices=[*known, *settings.LANGUAGES], required=False
    )


def person_language(address: Address, chosen: str = "") -> str:
    """Return the code of the language for a person: the chosen one, theirs if they are known, or the clerk's."""
    identity = None if chosen else find_identity(address)
    known = identity.contact.root().language if identity is not None else ""
    return (chosen or known or get_language() or "he")[:2]
