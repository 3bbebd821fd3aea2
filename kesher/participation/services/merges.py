"""Count only one participation of two merged contacts, and restore both when the merge is undone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from kesher.contacts.models import Contact, Identity, Merge
from kesher.core.audit import SYSTEM
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.db.ids import token
from kesher.participation.models import Participation
from kesher.participation.services.participate import (
    change_counted_row,
    end_participation,
    lock_row,
    person_key,
    reinstate,
)

State = Participation.State


def on_merge(*, kept: Contact, absorbed: Contact, undone: bool, merge: Merge) -> None:
    """Stop counting a merged person twice in an action; when a merge is undone, count both people again.

    Where both had taken part, the earlier row stays, with the higher level, and the later is superseded. When a merge
    is undone, the rows that it superseded count again, unless that person took part anew since. Rows that were added
    since belong to the contact whose address they came from.
    """
    if undone:
        return_participations([*kept.family_ids(), *absorbed.family_ids()], since=merge.decided_at)
        for contact in (kept, absorbed):
            restore_superseded(contact.root().family_ids())
    else:
        supersede_duplicates(kept.family_ids())


def return_participations(ids: list[int], *, since: datetime | None) -> None:
    """Give rows made since a merge back to the contact whose address they came from."""
    rows = Participation.objects.filter(contact__in=ids, identity__contact__in=ids, created__gte=since)
    for row in rows.exclude(contact=F("identity__contact")).select_related("contact", "identity__contact"):
        assert row.identity is not None
        if row.contact.root().pk != row.identity.contact.root().pk:
            Participation.objects.filter(pk=row.pk).update(contact=row.identity.contact_id)


@transaction.atomic
def supersede_duplicates(family: list[int]) -> int:
    """Stop counting all but the first of a person's counted rows in each action; return how many."""
    rows = Participation.objects.filter(contact__in=family, state=State.COUNTED).select_related("action")
    first: dict[int, Participation] = {}
    gone = 0
    for row in rows.order_by("id"):
        earlier = first.setdefault(row.action_id, row)
        if earlier is not row:
            supersede(row, earlier)
            gone += 1
    return gone


@transaction.atomic
def record_duplicate(stands: Participation, identity: Identity, *, channel: str) -> None:
    """Record, without counting it, that a person counted by ``stands`` took part from another address too.

    This row counts only when the merge is undone. Nothing is done where the address is that row's own contact's.
    """
    if identity.contact_id == stands.contact_id or stands.state != State.COUNTED:
        return
    known = Participation.objects.filter(action=stands.action_id, contact=identity.contact_id)
    if known.filter(Q(state=State.COUNTED) | Q(superseded_by=stands)).exists():
        return
    Participation.objects.create(
        agency_id=stands.agency_id,
        action=stands.action,
        contact=identity.contact,
        identity=identity,
        person_key=person_key(stands.action, identity),
        receipt=token(8),
        level=identity.assurance,
        channel=channel,
        state=State.SUPERSEDED,
        superseded_by=stands,
        confirmed=timezone.now(),
    )


def supersede(row: Participation, by: Participation) -> None:
    """Stop counting the participation ``row`` in favour of ``by`` of the same person, which gets the higher level."""
    end_participation(row, state=State.SUPERSEDED, by=SYSTEM, reason="merged")
    Participation.objects.filter(pk=row.pk).update(superseded_by=by)
    stays = lock_row(by)
    if row.level > stays.level:
        change_counted_row(
            stays, level=row.level, own_level=stays.level if stays.own_level is None else stays.own_level
        )


@transaction.atomic
def restore_superseded(family: list[int]) -> None:
    """Count again the rows that were superseded only because of a merge that is undone now.

    Rows that the other person's row had superseded count again, and no row keeps a level that only the other person
    had.
    """
    mine = Participation.objects.filter(contact__in=family).select_related("action", "contact")
    for row in mine.filter(state=State.SUPERSEDED, superseded_by__isnull=False).order_by("id"):
        assert row.superseded_by is not None
        if row.superseded_by.contact_id not in family:
            reinstate(row, by=SYSTEM, reason="merge undone")
    for row in mine.filter(state=State.COUNTED, own_level__isnull=False):
        partners = mine.filter(action=row.action_id, state=State.SUPERSEDED)
        levels = [level_without_merge(row), *(level_without_merge(partner) for partner in partners)]
        if max(levels) < row.level:
            change_counted_row(lock_row(row), level=max(levels))


def level_without_merge(row: Participation) -> int:
    """Return the level of proof that a row has from its own address, without merged contacts."""
    return row.level if row.own_level is None else row.own_level


def settle_merges() -> int:
    """Stop counting duplicates once more for the merges of the last minutes; return how many rows.

    On a database with many writers, a merge and a new row may miss each other.
    """
    with everywhere("merges of the last minutes"):
        recent = Merge.objects.filter(state=Merge.State.DONE, decided_at__gte=timezone.now() - timedelta(minutes=10))
        rows = list(recent.select_related("kept"))
    gone = 0
    for row in rows:
        with scope(row.agency_id):
            gone += supersede_duplicates(row.kept.family_ids())
    return gone
