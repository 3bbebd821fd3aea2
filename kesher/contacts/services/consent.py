"""Who may be written to about what: a ledger, and one word that refuses everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from kesher.contacts.models import Consent, Contact, Identity, Merge
from kesher.core import hooks
from kesher.core.audit import Actor, audit


@transaction.atomic
def record_consent(identity: Identity, purpose: str, *, granted: bool, source: str, wording: str = "") -> Consent:
    """Appends to the ledger."""
    return Consent.objects.create(
        agency_id=identity.agency_id,
        identity=identity,
        purpose=purpose,
        granted=granted,
        source=source,
        wording=wording[:300],
    )


@transaction.atomic
def stop(contact: Contact, *, everything: bool, source: str, by: Actor) -> None:
    """Refuses messages for every identity of the person: promotion, opinion and information; ``everything`` adds
    answers about his own cases."""
    purposes = [purpose for purpose in Consent.Purpose if everything or purpose != Consent.Purpose.SERVICE]
    identities = Identity.objects.filter(contact__in=contact.family_ids())
    Consent.objects.bulk_create(
        Consent(agency_id=contact.agency_id, identity=identity, purpose=purpose, granted=False, source=source)
        for identity in identities
        for purpose in purposes
    )
    audit("contacts.stop", by=by, subject=contact, everything=everything)
    hooks.stopped(contact=contact, everything=everything)


def consented(contact: Contact, purpose: str) -> bool | None:
    """The newest word of this person on a purpose, over all his identities: True, False, or None where he said nothing.

    A refusal on any identity, also on one linked later, is the person's refusal until he takes it back.
    """
    family = contact.family_ids()
    rows = Consent.objects.filter(identity__contact__in=family, purpose=purpose).order_by("id")
    words = list(rows.values_list("identity__contact", "granted", "at"))
    if not words:
        return None
    _owner, newest, at = words[-1]
    if len(family) == 1 or not newest or at > last_merge(family):
        return newest
    # What one of them agreed to before we knew that they are one person takes no refusal of the other back.
    return all({owner: granted for owner, granted, _at in words}.values())


def last_merge(family: Iterable[int]) -> datetime:
    """When the newest of these contacts turned out to be the same person as the others."""
    rows = Merge.objects.filter(state=Merge.State.DONE, absorbed__in=family)
    newest = rows.aggregate(newest=Max("decided_at"))["newest"]
    assert isinstance(newest, datetime)  # a family of several was made by merges
    return newest
