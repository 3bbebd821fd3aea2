"""Store a person's consent to read a record source, and its withdrawal; both stay on record."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from kesher.agencies.models import in_language
from kesher.contacts.models import Contact
from kesher.core.audit import Actor, audit
from kesher.records.encryption import reading_key
from kesher.records.models import ReadingConsent, RecordSource, StoredReading
from kesher.records.services.reminders import cancel_reminders
from kesher.records.source_selection import agreed_versions, list_subjects


@transaction.atomic
def give_consent(
    contact: Contact, sources: Iterable[RecordSource], *, lang: str, door: str = "web", by: Contact | None = None
) -> int:
    """Record a person's consent to read each source, in its current wording; return how many are new.

    ``by`` is the person who acts for them by law.
    """
    agreed = agreed_versions(contact.family_ids())
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
    """Withdraw the consent to read a source, by the person or ``by`` who acts for them by law.

    The source is no longer read for them. Cached readings are deleted and the reminders of representatives cancelled;
    the person's own reminders stay.
    """
    if source.pk not in agreed_versions(contact.family_ids()):
        return
    ReadingConsent.objects.create(
        agency_id=contact.agency_id, contact=contact, source=source, version=source.version, granted=False, door=door
    )
    keys = [reading_key(source, one) for one in list_subjects(contact, contact.family_ids())]
    StoredReading.objects.filter(key__in=keys).delete()
    cancel_reminders(mandate__giver__in=contact.family_ids(), source=source.code)
    audit("records.withdraw", by=Actor("contact", (by or contact).pk, door), subject=contact, source=source.code)
