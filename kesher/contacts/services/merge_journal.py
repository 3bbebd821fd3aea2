"""Record what happened while two contacts were one person, and from whose address it came."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kesher.contacts.models import Contact, MergeEvent


def is_merged(contact: Contact) -> bool:
    """Return whether this contact is one of several that are the same person."""
    return contact.merged_into_id is not None or len(contact.family_ids()) > 1


def record_merge_event(contact: Contact, kind: str, **data: Any) -> None:
    """Append an event of this contact's address, if the contact is merged; undoing needs it only then."""
    if is_merged(contact):
        MergeEvent.objects.create(agency_id=contact.agency_id, contact_id=contact.pk, kind=kind, data=data)


def contacts_without_base(kind: str, ids: Iterable[int]) -> list[int]:
    """Return those of these contacts whose state before their first merge is not recorded.

    ``kind``: the kind of event that records it.
    """
    wanted = list(ids)
    known = MergeEvent.objects.filter(contact__in=wanted, kind=kind).values_list("contact", flat=True)
    return sorted(set(wanted) - set(known))


def delete_merge_events(ids: Iterable[int]) -> None:
    """Delete the events of contacts that are merged with no other any more."""
    MergeEvent.objects.filter(contact__in=list(ids)).delete()
