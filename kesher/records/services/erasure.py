"""Taking a person out of records."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kesher.contacts.models import Contact
from kesher.core.audit import SYSTEM, audit
from kesher.records.encryption import reading_key
from kesher.records.models import Look, Lookup, Mandate, Reminder, StoredReading
from kesher.records.query_plan import sources, subjects_of


@transaction.atomic
def erase_records(ids: Sequence[int]) -> None:
    """What sources said of him is gone, mandates end, reminders are not sent, the reasons of looks lose their words.
    That he agreed and took back, and who looked when, stays."""
    person = Contact.objects.filter(pk__in=ids).first()
    if person is not None:
        rows = list(sources())
        keys = [reading_key(row, subject) for row in rows for subject in subjects_of(person, ids)]
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
