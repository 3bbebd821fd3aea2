"""Merge two contacts of the same person, and undo it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from kesher.contacts.models import Contact, Merge, MergeEvent
from kesher.contacts.services.consent import restore_own_consent
from kesher.core import hooks
from kesher.core.audit import Actor, audit
from kesher.core.db.batch import outside_batch


@transaction.atomic
@outside_batch()
def merge_contacts(
    kept: Contact, absorbed: Contact, *, reason: str, evidence: dict[str, Any] | None = None, by: Actor
) -> Merge | None:
    """Merge ``absorbed`` into ``kept`` and return the merge row; None where they are one person already.

    No row moves: ``absorbed`` points to ``kept``, and what people see is the union.
    """
    kept, absorbed = kept.root(), absorbed.root()
    if kept.pk == absorbed.pk:
        return None
    # This settles a suggestion, also one in the other direction.
    Merge.objects.filter(kept=absorbed, absorbed=kept, state=Merge.State.SUGGESTED).update(kept=kept, absorbed=absorbed)
    row, _created = Merge.objects.update_or_create(
        agency_id=kept.agency_id,
        kept=kept,
        absorbed=absorbed,
        state=Merge.State.SUGGESTED,
        defaults={
            "state": Merge.State.DONE,
            "reason": reason,
            "evidence": evidence or {},
            "decided_at": timezone.now(),
        },
    )
    getattr(kept, "_prefetched_objects_cache", {}).pop("absorbed", None)  # a prefetch may have found none
    record_base_state([*kept.family_ids(), *absorbed.family_ids()])
    Contact.objects.filter(pk=absorbed.pk).update(merged_into=kept)
    absorbed.merged_into = kept
    if not kept.name and absorbed.name:
        kept.name = absorbed.name
        kept.save(update_fields=["name"])
    audit("contacts.merge", by=by, subject=kept, absorbed=absorbed.pk, reason=reason)
    hooks.contacts_merged(kept=kept, absorbed=absorbed, undone=False, merge=row)
    record_merge_event(absorbed, "merge", merge=row.pk, kept=kept.pk)
    return row


def record_base_state(ids: Sequence[int]) -> None:
    """Write to the merge journal what a merge may change of these contacts, once for each."""
    for contact in Contact.objects.filter(pk__in=contacts_without_base("person", ids)):
        noticed = contact.noticed_at.isoformat() if contact.noticed_at else None
        data = {"name": contact.name, "language": contact.language, "noticed_at": noticed}
        MergeEvent.objects.create(agency_id=contact.agency_id, contact=contact, kind="person", data=data)


@transaction.atomic
def suggest_merge(
    kept: Contact, absorbed: Contact, *, reason: str, evidence: dict[str, Any] | None = None
) -> Merge | None:
    """Store and return a suggestion to staff that two contacts may be one person; None if there was one already.

    Return None where they are merged already, or a suggestion exists.
    """
    kept, absorbed = kept.root(), absorbed.root()
    if (
        kept.pk == absorbed.pk
        or Merge.objects.filter(kept__in=[kept, absorbed], absorbed__in=[kept, absorbed]).exists()
    ):
        return None
    return Merge.objects.create(
        agency_id=kept.agency_id,
        kept=kept,
        absorbed=absorbed,
        state=Merge.State.SUGGESTED,
        reason=reason,
        evidence=evidence or {},
    )


@transaction.atomic
def decide_merge(row: Merge, *, accept: bool, by: Actor) -> Merge | None:
    """Merge two contacts and return the row, or refuse to and return None, as a clerk decided on a suggestion."""
    if accept:
        return merge_contacts(row.kept, row.absorbed, reason=row.reason, evidence=row.evidence, by=by)
    Merge.objects.filter(pk=row.pk, state=Merge.State.SUGGESTED).update(
        state=Merge.State.REFUSED, decided_at=timezone.now()
    )
    audit("contacts.refuse_merge", by=by, subject=row.kept, absorbed=row.absorbed_id)
    return None


@transaction.atomic
@outside_batch()
def undo_merge(row: Merge, *, by: Actor) -> bool:
    """Separate the two contacts of a merge again; return False where that was done before.

    Clears the pointer; what came since goes to the contact whose address it came from.
    """
    row.refresh_from_db()
    changed = Merge.objects.filter(pk=row.pk, state=Merge.State.DONE).update(
        state=Merge.State.UNDONE, decided_at=timezone.now()
    )
    if not changed:
        return False
    Contact.objects.filter(pk=row.absorbed_id, merged_into=row.kept_id).update(merged_into=None)
    kept, absorbed = Contact.objects.get(pk=row.kept_id), Contact.objects.get(pk=row.absorbed_id)
    audit("contacts.undo_merge", by=by, subject=kept, absorbed=absorbed.pk)
    hooks.contacts_merged(kept=kept, absorbed=absorbed, undone=True, merge=row)
    restore_own_consent([*kept.family_ids(), *absorbed.family_ids()])
    delete_merge_events(ids[0] for ids in (kept.family_ids(), absorbed.family_ids()) if len(ids) == 1)
    return True


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
