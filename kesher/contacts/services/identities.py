"""Finding people by their addresses, and what is kept about a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from kesher.contacts.addresses import tidy
from kesher.contacts.models import Contact, Identity
from kesher.core.address import Address
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.scope import current_agency_id
from kesher.core.unit import save


def find_identity(address: Address) -> Identity | None:
    """The identity of an address in this agency, with its contact at hand."""
    tidied = tidy(address)
    return (
        Identity.objects.select_related("contact", "contact__merged_into")
        .filter(scheme=tidied.scheme, address=tidied.address)
        .first()
    )


def know(
    address: Address,
    *,
    assurance: int = 0,
    aliases: Iterable[Address] = (),
    language: str = "",
    absent: bool = False,
) -> Identity:
    """The identity of this address, with a new contact where nobody has it yet. Never lowers an assurance.

    ``absent``: the caller looked, and it was not there.
    An alias that is known already (a WhatsApp scoped id whose number was seen before) leads to the same person.
    """
    tidied = tidy(address)
    identity = None if absent else find_identity(tidied)
    if identity is None:
        identity = first_meeting(tidied, assurance, aliases, language)
    elif identity.assurance < assurance:
        identity.assurance = assurance
        identity.save(update_fields=["assurance"])
    return identity


@transaction.atomic(savepoint=False)
def first_meeting(address: Address, assurance: int, aliases: Iterable[Address], language: str) -> Identity:
    """A new identity. Two workers that meet the same person at once end with one: the constraint decides."""
    known = next((found for alias in aliases if (found := find_identity(alias))), None)
    try:
        with transaction.atomic():
            return meet(address, assurance=assurance, language=language, contact=known.contact if known else None)
    except IntegrityError:
        found = find_identity(address)
        if found is None:
            raise
        return found


@transaction.atomic(savepoint=False)
def meet(address: Address, *, assurance: int = 0, language: str = "", contact: Contact | None = None) -> Identity:
    """A new identity of a tidy address, and a new contact where none is given. Raises IntegrityError where somebody
    else met it first: for a verb that begins again then. Without a savepoint, which a crowd pays for."""
    agency_id = current_agency_id()
    if contact is None:
        contact = Contact.objects.create(agency_id=agency_id, name=address.display[:120], language=language)
    return Identity.objects.create(
        agency_id=agency_id,
        contact=contact,
        scheme=address.scheme,
        address=address.address,
        display=address.display[:120],
        assurance=assurance,
    )


@transaction.atomic(savepoint=False)
def prove(
    identity: Identity, *, level: int = 2, evidence: dict[str, Any] | None = None, by: Actor = SYSTEM
) -> Identity:
    """The address is this person's, as far as ``level`` says. Never lowers."""
    if identity.assurance < level:
        identity.assurance, identity.verified_at = level, timezone.now()
        identity.evidence = evidence or {}
        identity.save(update_fields=["assurance", "verified_at", "evidence"])
        audit("contacts.prove", by=by, subject=identity, level=level)
    return identity


@transaction.atomic(savepoint=False)
def set_language(contact: Contact, language: str) -> None:
    contact.language = language
    save(contact, "language")


@transaction.atomic(savepoint=False)
def set_status(contact: Contact, status: str, *, by: Actor, reason: str = "") -> None:
    """Blocks a sender, or lets him in again."""
    contact.status = status
    contact.save(update_fields=["status"])
    audit("contacts.set_status", by=by, subject=contact, status=status, reason=reason)


@transaction.atomic(savepoint=False)
def rename(contact: Contact, name: str, *, by: Actor) -> None:
    contact.name = name.strip()[:120]
    contact.save(update_fields=["name"])
    audit("contacts.rename", by=by, subject=contact)


@transaction.atomic(savepoint=False)
def notice_given(contact: Contact) -> None:
    """The privacy notice was shown to this person, now for the first time."""
    contact.noticed_at = timezone.now()
    save(contact, "noticed_at")
