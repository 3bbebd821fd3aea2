"""Journal of what happened while two contacts were merged, so that a merge can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kesher.contacts.models import Contact, MergeEvent


def is_merged(contact: Contact) -> bool:
    """Return whether this contact was merged with another and the merge is in force."""
    return contact.merged_into_id is not None or len(contact.family_ids()) > 1


def record_merge_event(contact: Contact, kind: str, **data: Any) -> None:
    """Append an event to the journal from which a merge can be undone; nothing if the contact is not merged."""
    if is_merged(contact):
        MergeEvent.objects.create(agency_id=contact.agency_id, contact_id=contact.pk, kind=kind, data=data)


def contacts_without_base(kind: str, ids: Iterable[int]) -> list[int]:
    """Return the ids of those contacts whose state before their first merge the journal lacks.

    ``kind``: the kind of event that records it.
    """
    wanted = list(ids)
    known = MergeEvent.objects.filter(contact__in=wanted, kind=kind).values_list("contact", flat=True)
    return sorted(set(wanted) - set(known))


def delete_merge_events(ids: Iterable[int]) -> None:
    """Delete the journal's events of contacts that are not merged with any other now."""
    MergeEvent.objects.filter(contact__in=list(ids)).delete()
