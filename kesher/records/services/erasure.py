"""Erase a person's records data: delete cached readings, end mandates, cancel reminders."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kesher.contacts.models import Contact
from kesher.core.audit import SYSTEM, audit
from kesher.records.encryption import reading_key
from kesher.records.models import Look, Lookup, Mandate, Reminder, StoredReading
from kesher.records.source_selection import list_subjects, sources_with_health


@transaction.atomic
def erase_records(ids: Sequence[int]) -> None:
    """Erase these contacts' records data: delete cached readings, end mandates, cancel reminders, blank reasons.

    Consents, and who looked when, stay.
    """
    person = Contact.objects.filter(pk__in=ids).first()
    if person is not None:
        rows = list(sources_with_health())
        keys = [reading_key(row, subject) for row in rows for subject in list_subjects(person, ids)]
        StoredReading.objects.filter(key__in=keys).delete()
    now = timezone.now()
    his = Q(giver__in=ids) | Q(taker__in=ids) | Q(invited__contact__in=ids, accepted_at=None)
    Mandate.objects.filter(his, ended_at=None).update(ended_at=now)
    Reminder.objects.filter(Q(contact__in=ids) | Q(mandate__giver__in=ids)).update(
        words="", state=Reminder.State.CANCELLED
    )
    Lookup.objects.filter(contact__in=ids).delete()
    Look.objects.filter(contact__in=ids, staff__isnull=False).update(reason="—")
    audit("records.erase_records", by=SYSTEM, people=len(ids))
