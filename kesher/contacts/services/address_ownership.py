"""Store that an address is still its owner's, or move it to a new owner."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from kesher.contacts.models import Consent, Contact, Identity
from kesher.contacts.services.identities import ALIAS_OF
from kesher.core.audit import Actor, audit
from kesher.core.db.batch import outside_batch

OWN_WORDS = "the number has a new owner"
NOT_MINE = "not_mine"  # the old owner said so; the new one is unknown


@transaction.atomic
def confirm_owner(identity: Identity, *, level: int, how: str, by: Actor) -> None:
    """Record that an identity's address still belongs to its contact, however long it was silent."""
    identity.assurance, identity.verified_at = max(identity.assurance, level), timezone.now()
    identity.evidence = {"confirmed": how}
    identity.save(update_fields=["assurance", "verified_at", "evidence"])
    audit("contacts.confirm_owner", by=by, subject=identity, how=how)


@transaction.atomic
@outside_batch()
def change_owner(identity: Identity, *, to: Contact | None, how: str, by: Actor) -> Contact:
    """Move an address to the contact ``to`` (None: a new one), and return the new owner.

    What the old owner said and did stays theirs; the new one has agreed to nothing. Names that a channel gave with the
    address go with it. ``how`` `NOT_MINE`: the old owner's word alone proves nothing about the new one.
    """
    before = identity.contact
    owner = to or Contact.objects.create(agency_id=identity.agency_id, language=before.language)
    names = list(Identity.objects.filter(contact=before, **{f"evidence__{ALIAS_OF}": identity.pk}))
    level = 0 if how == NOT_MINE else 2
    transfer_identity(identity, owner, how=how, level=level)
    for name in names:
        transfer_identity(name, owner, how=how, level=min(name.assurance, level, 1))
    audit("contacts.change_owner", by=by, subject=identity, before=before.pk, after=owner.pk, how=how)
    return owner


def transfer_identity(identity: Identity, owner: Contact, *, how: str, level: int) -> None:
    """Move one identity to another contact, and end the consent that was given on it."""
    beside = {name: value for name, value in identity.evidence.items() if name == ALIAS_OF}
    identity.contact, identity.display = owner, ""
    identity.assurance, identity.evidence = level, {"new_owner": how, **beside}
    identity.verified_at = None if how == NOT_MINE else timezone.now()
    identity.save(update_fields=["contact", "display", "assurance", "verified_at", "evidence"])
    said = set(Consent.objects.filter(identity=identity).values_list("purpose", flat=True))
    Consent.objects.bulk_create(
        Consent(
            agency_id=identity.agency_id,
            identity=identity,
            purpose=purpose,
            granted=purpose == Consent.Purpose.SERVICE,
            source=how,
            wording=OWN_WORDS,
        )
        for purpose in sorted(said)
    )
