"""A person lets us read a source for him, and takes it back: both are lines that stay."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from kesher.agencies.models import in_language
from kesher.contacts.models import Contact
from kesher.core.audit import Actor, audit
from kesher.records.encryption import reading_key
from kesher.records.models import ReadingConsent, RecordSource, StoredReading
from kesher.records.query_plan import consented, subjects_of
from kesher.records.services.reminders import drop_reminders


@transaction.atomic
def give_consent(
    contact: Contact, sources: Iterable[RecordSource], *, lang: str, door: str = "web", by: Contact | None = None
) -> int:
    """This person (or ``by``, who acts for him by law) agrees to what each source's wording says now; one that was
    agreed to already says nothing new. Returns how many are new."""
    agreed = consented(contact.family_ids())
    new = [source for source in sources if agreed.get(source.pk) != source.version]
    ReadingConsent.objects.bulk_create(
        ReadingConsent(
            agency_id=contact.agency_id,
            contact=contact,
            source=source,
            version=source.version,
            granted=True,
            wording=in_language(source.wordings, lang),
            door=door,
        )
        for source in new
    )
    if new:
        codes = [source.code for source in new]
        actor = Actor("contact", (by or contact).pk, door)
        audit("records.consent", by=actor, subject=contact, sources=codes)
    return len(new)


@transaction.atomic
def withdraw_consent(contact: Contact, source: RecordSource, *, door: str = "web", by: Contact | None = None) -> None:
    """Not any more (he says it, or ``by``, who acts for him by law): from now on the source is not read for him, and
    what was kept of it is gone, also the reminders of whoever acts for him. (His own he asked for himself.)"""
    if source.pk not in consented(contact.family_ids()):
        return
    ReadingConsent.objects.create(
        agency_id=contact.agency_id, contact=contact, source=source, version=source.version, granted=False, door=door
    )
    keys = [reading_key(source, one) for one in subjects_of(contact, contact.family_ids())]
    StoredReading.objects.filter(key__in=keys).delete()
    drop_reminders(mandate__giver__in=contact.family_ids(), source=source.code)
    audit("records.withdraw", by=Actor("contact", (by or contact).pk, door), subject=contact, source=source.code)
