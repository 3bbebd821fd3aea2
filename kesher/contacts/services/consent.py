"""Who may be written to about what: a ledger, one word that refuses everywhere, and one that takes this back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from kesher.contacts.models import Consent, Contact, Identity, Merge
from kesher.core import hooks
from kesher.core.audit import Actor, audit

STARTED = "start"  # the wording of what is taken back


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
def refuse_messages(contact: Contact, *, everything: bool, source: str, by: Actor) -> None:
    """Refuses messages for every identity of the person: promotion, opinion and information; ``everything`` adds
    answers about his own cases. ``contact``: from whose address it came, where the person is several."""
    purposes = [purpose for purpose in Consent.Purpose if everything or purpose != Consent.Purpose.SERVICE]
    identities = Identity.objects.filter(contact__in=contact.family_ids())
    Consent.objects.bulk_create(
        Consent(
            agency_id=contact.agency_id,
            identity=identity,
            purpose=purpose,
            granted=False,
            source=source,
            said_by=contact,
        )
        for identity in identities
        for purpose in purposes
    )
    audit("contacts.stop", by=by, subject=contact.root(), everything=everything)
    hooks.stopped(contact=contact, everything=everything)


@transaction.atomic
def undo_refusal(contact: Contact, *, source: str, by: Actor) -> list[str]:
    """Take back what `stop` refused, for every identity of the person: each purpose is again as it was before, agreed
    to or open. Nothing is agreed to that was not agreed to before, and a refusal of one purpose in its own words stays.
    Returns the purposes that were taken back; none where nothing was stopped."""
    family = contact.family_ids()
    rows = list(Consent.objects.filter(identity__contact__in=family).select_related("identity").order_by("id"))
    newest = {(row.purpose, row.identity.contact_id): row for row in rows}
    before = {row.purpose: row.granted for row in rows if not is_stop(row)}
    stopped = {row.purpose for row in newest.values() if is_stop(row)}
    lifted = [purpose.value for purpose in Consent.Purpose if purpose in stopped and before.get(purpose) is not False]
    if not lifted:
        return []
    Consent.objects.bulk_create(
        Consent(
            agency_id=contact.agency_id,
            identity=identity,
            purpose=purpose,
            granted=before.get(purpose),
            source=source,
            wording=STARTED,
            said_by=contact,
        )
        for identity in Identity.objects.filter(contact__in=family).order_by("pk")
        for purpose in lifted
    )
    audit("contacts.start", by=by, subject=contact.root(), purposes=lifted)
    return lifted


@transaction.atomic
def restore_own_consent(ids: Sequence[int]) -> None:
    """After an undone merge: where the other person's word was written for an address, append what its own person had
    said last; nothing where they had said nothing."""
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
    """Did the one word make this line? Whoever refuses a single purpose does it in words, which are kept."""
    return row.granted is False and not row.wording


def find_consent(contact: Contact, purpose: str) -> bool | None:
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
    return not any(granted is False for granted in {owner: granted for owner, granted, _at in words}.values())


def last_merge(family: Iterable[int]) -> datetime:
    """When the newest of these contacts turned out to be the same person as the others."""
    rows = Merge.objects.filter(state=Merge.State.DONE, absorbed__in=family)
    newest = rows.aggregate(newest=Max("decided_at"))["newest"]
    assert isinstance(newest, datetime)  # a family of several was made by merges
    return newest
