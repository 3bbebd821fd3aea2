"""Find or create the contact of an address, and store what is known of a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import reduce
from operator import or_
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from kesher.contacts.addresses import normalize_address
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services.merges import record_merge_event
from kesher.contacts.services.unverified_addresses import note_proved
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.batch import save
from kesher.core.db.prepared_query import Prepared, insert
from kesher.core.i18n.person_names import name_or_empty

ALIAS_OF = "alias_of"  # in an identity's evidence: the identity with which its channel sent it


def find_identity(address: Address) -> Identity | None:
    """Return the identity of an address in this agency, with its contact, or None."""
    tidied = normalize_address(address)
    return next(iter(query_identity(tidied.scheme, tidied.address)), None)


@Prepared.of(str, str)
def query_identity(scheme: str, address: str) -> QuerySet[Identity]:
    """Return a queryset of the identity of a normalised address, with its contact."""
    return Identity.objects.select_related("contact__merged_into").filter(scheme=scheme, address=address)


def get_or_create_identity(
    address: Address,
    *,
    assurance: int = 0,
    aliases: Iterable[Address] = (),
    language: str = "",
    absent: bool = False,
) -> Identity:
    """Return the identity of this address, created with a new contact where there is none.

    Never lowers an assurance. ``absent``: the caller looked, and there was none. An alias that is known (a WhatsApp
    scoped id whose number was seen before) leads to the same person; an unknown alias is stored as theirs.
    """
    tidied, names = normalize_address(address), [normalize_address(alias) for alias in aliases]
    identity = None if absent else find_identity(tidied)
    if identity is None:
        identity = create_or_find_identity(tidied, assurance, names, language)
    elif identity.assurance < assurance:
        identity.assurance = assurance
        identity.save(update_fields=["assurance"])
        note_proved(identity)
    if names:
        add_aliases(identity, names, assurance)
    return identity


@transaction.atomic(savepoint=False)
def add_aliases(identity: Identity, names: Sequence[Address], assurance: int) -> None:
    """Add the sender's other addresses, as a channel reports them, as identities of the same contact.

    WhatsApp sends a number beside its own id today, and may omit it tomorrow. A name that belongs to another person
    stays theirs. Where this person has another name of that kind, the number may have a new owner, so the name is not
    added.
    """
    theirs = reduce(or_, (Q(scheme=name.scheme, address=name.address) for name in names))
    own = Q(contact=identity.contact_id, scheme__in={name.scheme for name in names})
    rows = list(Identity.objects.filter(theirs | own).values_list("scheme", "address", "contact"))
    known = {(scheme, address) for scheme, address, _contact in rows}
    kinds = {scheme for scheme, _address, contact in rows if contact == identity.contact_id}
    for name in names:
        if (name.scheme, name.address) in known or name.scheme in kinds:
            continue
        evidence = {ALIAS_OF: identity.pk}
        with suppress(IntegrityError), transaction.atomic():  # a concurrent request may create it
            create_identity(name, assurance=assurance, contact=identity.contact, evidence=evidence)


@transaction.atomic(savepoint=False)
def create_or_find_identity(address: Address, assurance: int, aliases: Iterable[Address], language: str) -> Identity:
    """Create and return an identity, or return the one that another process created meanwhile."""
    known = next((found for alias in aliases if (found := find_identity(alias))), None)
    try:
        with transaction.atomic():
            return create_identity(
                address, assurance=assurance, language=language, contact=known.contact if known else None
            )
    except IntegrityError:
        found = find_identity(address)
        if found is None:
            raise
        return found


@transaction.atomic(savepoint=False)
def create_identity(
    address: Address,
    *,
    assurance: int = 0,
    language: str = "",
    contact: Contact | None = None,
    evidence: dict[str, Any] | None = None,
) -> Identity:
    """Create and return an identity of a normalized address, with a new contact where none is given.

    Raise IntegrityError where it exists by now, for a caller that then starts again. There is no savepoint, which would
    cost time with many signers.
    """
    agency_id = current_agency_id()
    if contact is None:
        contact = Contact(agency_id=agency_id, name=name_or_empty(address.display), language=language)
        insert(contact)
    identity = Identity(
        agency_id=agency_id,
        contact=contact,
        scheme=address.scheme,
        address=address.address,
        display=address.display[:120],
        assurance=assurance,
        evidence=evidence or {},
    )
    insert(identity)
    return identity


@transaction.atomic(savepoint=False)
def prove_identity(
    identity: Identity, *, level: int = 2, evidence: dict[str, Any] | None = None, by: Actor = SYSTEM
) -> Identity:
    """Raise an identity's assurance to ``level`` (never lower it), and return the identity."""
    if identity.assurance < level:
        identity.assurance, identity.verified_at = level, timezone.now()
        identity.evidence = evidence or {}
        identity.save(update_fields=["assurance", "verified_at", "evidence"])
        audit("contacts.prove", by=by, subject=identity, level=level)
    return identity


@transaction.atomic(savepoint=False)
def set_language(contact: Contact, language: str, *, address_of: Contact | None = None) -> None:
    """Set the language in which we write to a contact.

    ``address_of``: the contact whose address was used, where the person is several.
    """
    contact.language = language
    save(contact, "language")
    record_merge_event(address_of or contact, "set", language=language)


@transaction.atomic(savepoint=False)
def set_status(contact: Contact, status: str, *, by: Actor, reason: str = "") -> None:
    """Set a contact's status: block the contact, or unblock it."""
    contact.status = status
    contact.save(update_fields=["status"])
    audit("contacts.set_status", by=by, subject=contact, status=status, reason=reason)


@transaction.atomic(savepoint=False)
def rename_contact(contact: Contact, name: str, *, by: Actor) -> None:
    """Change a contact's name."""
    contact.name = name.strip()[:120]
    contact.save(update_fields=["name"])
    record_merge_event(contact, "set", name=contact.name)
    audit("contacts.rename", by=by, subject=contact)


@transaction.atomic(savepoint=False)
def record_privacy_notice(contact: Contact, *, address_of: Contact | None = None) -> None:
    """Store the time at which the privacy notice was first shown to this person.

    ``address_of``: see `set_language`.
    """
    contact.noticed_at = timezone.now()
    save(contact, "noticed_at")
    record_merge_event(address_of or contact, "set", noticed_at=contact.noticed_at.isoformat())
