"""Store consents and refusals in an append-only ledger, and preferences of channels and topics; read what holds now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from kesher.contacts.models import Consent, Contact, Identity, Merge
from kesher.core import hooks
from kesher.core.audit import Actor, audit

STARTED = "start"  # the wording of a line that takes a refusal back


@transaction.atomic
def record_consent(identity: Identity, purpose: str, *, granted: bool, source: str, wording: str = "") -> Consent:
    """Append and return a consent (or a refusal) of this address for a purpose; older rows stay."""
    return Consent.objects.create(
        agency_id=identity.agency_id,
        identity=identity,
        purpose=purpose,
        granted=granted,
        source=source,
        wording=wording[:300],
    )


def add_consents(contact: Contact, granted: Mapping[str, bool | None], *, source: str, wording: str = "") -> None:
    """Append what a person says of each purpose (yes, no, or None for nothing) at every address of theirs."""
    Consent.objects.bulk_create(
        Consent(
            agency_id=contact.agency_id,
            identity=identity,
            purpose=purpose,
            granted=said,
            source=source,
            wording=wording[:300],
            said_by=contact,
        )
        for identity in Identity.objects.filter(contact__in=contact.family_ids()).order_by("pk")
        for purpose, said in granted.items()
    )


@transaction.atomic
def refuse_messages(contact: Contact, *, everything: bool, source: str, by: Actor) -> None:
    """Record that the person refuses messages of promotion, opinion and information, at every address.

    ``everything`` adds answers about their own cases. ``contact``: the contact that asked, where the person is several.
    """
    purposes = [purpose for purpose in Consent.Purpose if everything or purpose != Consent.Purpose.SERVICE]
    add_consents(contact, dict.fromkeys(purposes, False), source=source)
    audit("contacts.stop", by=by, subject=contact.root(), everything=everything)
    hooks.stopped(contact=contact, everything=everything)


@transaction.atomic
def undo_refusal(contact: Contact, *, source: str, by: Actor) -> list[str]:
    """Restore at every address what `refuse_messages` refused, and return the purposes.

    Each purpose is as it was before, agreed to or open. A refusal of a single purpose in its own words stays. Return []
    where nothing was refused.
    """
    family = contact.family_ids()
    rows = list(Consent.objects.filter(identity__contact__in=family).select_related("identity").order_by("id"))
    newest = {(row.purpose, row.identity.contact_id): row for row in rows}
    before = {row.purpose: row.granted for row in rows if not is_stop(row)}
    stopped = {row.purpose for row in newest.values() if is_stop(row)}
    lifted = [purpose.value for purpose in Consent.Purpose if purpose in stopped and before.get(purpose) is not False]
    if not lifted:
        return []
    add_consents(contact, {purpose: before.get(purpose) for purpose in lifted}, source=source, wording=STARTED)
    audit("contacts.start", by=by, subject=contact.root(), purposes=lifted)
    return lifted


@transaction.atomic
def restore_own_consent(ids: Sequence[int]) -> None:
    """Append each contact's own last consent after an undone merge, where the other contact's was newest.

    Where they had said nothing, append an open line.
    """
    rows = (
        Consent.objects.filter(identity__contact__in=ids).select_related("identity__contact", "said_by").order_by("id")
    )
    newest: dict[tuple[int, str], Consent] = {}
    own: dict[tuple[int, str], Consent] = {}
    for row in rows:
        key = (row.identity_id, row.purpose)
        newest[key] = row
        if row.said_by is None or row.said_by.root().pk == row.identity.contact.root().pk:
            own[key] = row
    Consent.objects.bulk_create(
        Consent(
            agency_id=row.agency_id,
            identity=row.identity,
            purpose=row.purpose,
            granted=said.granted if (said := own.get(key)) else None,
            source="merge undone",
            wording=said.wording if said else STARTED,
        )
        for key, row in newest.items()
        if own.get(key) is not row
    )


def is_stop(row: Consent) -> bool:
    """Return whether this consent row was written by `refuse_messages`, not as a refusal of one purpose."""
    return row.granted is False and not row.wording


def find_consent(contact: Contact, purpose: str) -> bool | None:
    """Return the person's newest consent to a purpose: True, False for a refusal, None where they said nothing.

    A refusal on any identity, also on one that was linked later, is valid for the person until they take it back.
    """
    family = contact.family_ids()
    rows = Consent.objects.filter(identity__contact__in=family, purpose=purpose).order_by("id")
    words = list(rows.values_list("identity__contact", "granted", "at"))
    if not words:
        return None
    _owner, newest, at = words[-1]
    if len(family) == 1 or not newest or at > last_merge(family):
        return newest
    # A consent of one contact from before the merge does not take back a refusal of the other.
    return not any(granted is False for granted in {owner: granted for owner, granted, _at in words}.values())


def last_merge(family: Iterable[int]) -> datetime:
    """Return when the newest merge among these contacts was decided."""
    rows = Merge.objects.filter(state=Merge.State.DONE, absorbed__in=family)
    newest = rows.aggregate(newest=Max("decided_at"))["newest"]
    assert isinstance(newest, datetime)  # several contacts are one person only by merges
    return newest


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
    add_consents(contact, {purpose: granted}, source="my page", wording=wording)
    audit("contacts.set_consent", by=by, subject=contact.root(), purpose=purpose, granted=granted)
