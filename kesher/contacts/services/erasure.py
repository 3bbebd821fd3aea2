"""Request, cancel, decide and carry out the erasure of a person's data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.contacts.models import Contact, Erasure, Identity, MergeEvent, Proof, UnprovedAddress
from kesher.contacts.privacy_registry import find_obstacles, sorted_holdings
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.errors import Refused

# How long a person may change their mind.
UNDO = timedelta(days=14)
OPEN = (Erasure.State.ASKED, Erasure.State.REVIEW)
BATCH = 20


def find_open_erasure(contact: Contact) -> Erasure | None:
    """Return this person's request to be erased that is not decided or done yet, or None."""
    return Erasure.objects.filter(contact__in=contact.family_ids(), state__in=OPEN).first()


@transaction.atomic
def ask_erasure(contact: Contact, *, by: Actor) -> Erasure:
    """Record and return a person's request to be erased; asking again changes nothing."""
    root = contact.root()
    found = find_open_erasure(root)
    if found is not None:
        return found
    row = Erasure.objects.create(agency_id=root.agency_id, contact=root, due_at=timezone.now() + UNDO)
    audit("contacts.ask_erasure", by=by, subject=root, due=row.due_at.isoformat())
    return row


@transaction.atomic
def cancel_erasure(contact: Contact, *, by: Actor) -> None:
    """Cancel a person's request to be erased. Raise Refused where it is too late or there is none."""
    row = find_open_erasure(contact)
    if row is None:
        raise Refused(_("There is nothing to take back."))
    row.state, row.done_at = Erasure.State.CANCELLED, timezone.now()
    row.save(update_fields=["state", "done_at"])
    audit("contacts.cancel_erasure", by=by, subject=contact.root())


def erase_due() -> int:
    """Erase the people whose requests are due, or leave them to staff; return how many requests."""
    with everywhere("people who want to be forgotten"):
        due = Erasure.objects.filter(state=Erasure.State.ASKED, due_at__lte=timezone.now())
        rows = list(due.select_related("contact__merged_into").order_by("due_at")[:BATCH])
    for row in rows:
        with scope(row.agency_id), transaction.atomic():
            settle_erasure(row)
    return len(rows)


@transaction.atomic
def settle_erasure(row: Erasure) -> None:
    """Erase the person of a due request, or leave it to staff with the reasons against doing so."""
    reasons = find_obstacles(row.contact.family_ids())
    if not reasons:
        erase_person(row, by=SYSTEM)
        return
    row.state, row.reasons = Erasure.State.REVIEW, reasons
    row.save(update_fields=["state", "reasons"])
    audit("contacts.hold_erasure", by=SYSTEM, subject=row.contact.root())


@transaction.atomic
def decide_erasure(row: Erasure, *, erasing: bool, note: str, by: Actor) -> None:
    """Erase the person, or refuse the request, as staff decided.

    Raise Refused where somebody was quicker, or where a refusal has no reason for the person to read.
    """
    fresh = Erasure.objects.select_for_update().get(pk=row.pk)
    if fresh.state != Erasure.State.REVIEW:
        raise Refused(_("Somebody was quicker."))
    if not erasing and not note.strip():
        raise Refused(_("Write why. The person reads it."))
    if erasing:
        erase_person(fresh, by=by)
        return
    fresh.state, fresh.note, fresh.done_at = Erasure.State.CANCELLED, note.strip()[:300], timezone.now()
    fresh.save(update_fields=["state", "note", "done_at"])
    audit("contacts.refuse_erasure", by=by, subject=fresh.contact.root(), why=fresh.note)


def erase_person(row: Erasure, *, by: Actor) -> None:
    """Erase a person's data in every app, this app last; statistics and audit stay, without a name."""
    ids = row.contact.family_ids()
    for holding in reversed(sorted_holdings()):
        holding.erase(ids)
    row.state, row.reasons, row.done_at = Erasure.State.DONE, [], timezone.now()
    row.save(update_fields=["state", "reasons", "done_at"])
    audit("contacts.erase", by=by, subject=row.contact.root())


def empty_contacts(ids: Sequence[int]) -> None:
    """Remove the names and preferences of contacts, and mark them as erased."""
    Contact.objects.filter(pk__in=ids).update(name="", language="", prefs={}, status=Contact.Status.ERASED)


def empty_identities(ids: Sequence[int]) -> None:
    """Replace contacts' addresses by stubs; a later message from one then comes from a new contact."""
    MergeEvent.objects.filter(contact__in=ids).delete()
    Proof.objects.filter(identity__contact__in=ids).delete()
    Proof.objects.filter(asked_by__in=ids).delete()
    UnprovedAddress.objects.filter(identity__contact__in=ids).delete()
    for identity in Identity.objects.filter(contact__in=ids):
        identity.address, identity.display, identity.evidence = f"erased:{identity.pk}", "", {}
        identity.assurance, identity.verified_at = 0, None
        identity.save(update_fields=["address", "display", "evidence", "assurance", "verified_at"])
