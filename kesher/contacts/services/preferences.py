"""Store on which channels, and about which topics, a person wants to be contacted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from kesher.contacts.models import Consent, Contact, Identity
from kesher.core.audit import Actor, audit


@transaction.atomic
def set_preferences(contact: Contact, wanted: Mapping[str, Any], *, language: str, by: Actor) -> None:
    """Update a contact's stored preferences and language; an empty value removes a preference."""
    root = contact.root()
    root.prefs = {name: value for name, value in {**root.prefs, **wanted}.items() if value not in ("", None, [], {})}
    root.language = language
    root.save(update_fields=["prefs", "language"])
    audit("contacts.set_preferences", by=by, subject=root, names=sorted(wanted))


@transaction.atomic
def set_consent(contact: Contact, purpose: str, *, granted: bool, wording: str, by: Actor) -> None:
    """Record a person's consent or refusal for one purpose, for all their addresses."""
    identities = Identity.objects.filter(contact__in=contact.family_ids())
    Consent.objects.bulk_create(
        Consent(
            agency_id=contact.agency_id,
            identity=identity,
            purpose=purpose,
            granted=granted,
            source="my page",
            wording=wording[:300],
            said_by=contact,
        )
        for identity in identities
    )
    audit("contacts.set_consent", by=by, subject=contact.root(), purpose=purpose, granted=granted)
