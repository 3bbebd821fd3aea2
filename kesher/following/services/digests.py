"""Send each person the news of what they follow: at most once a day or a week, in the morning of a working day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone, translation

from kesher.agencies.models import Agency
from kesher.contacts.models import Contact
from kesher.contacts.services import find_consent
from kesher.conversations.services import broadcast
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.following.models import Digest, Following
from kesher.following.presenters import digest_text, list_concerns
from kesher.following.rules import first_day, is_morning, local_day
from kesher.following.services.subscriptions import PURPOSE

BATCH: Final = 50
ITEMS_MOST: Final = 8
OLDEST: Final = timedelta(days=31)  # of news in a digest
TOPIC: Final = "following"  # by which a person mutes digests
SENT_AT_ALL: Final = (Following.Frequency.DAILY, Following.Frequency.WEEKLY)


def send_digests() -> int:
    """Queue the digests that are due in all agencies whose morning it is; return how many were queued."""
    now = timezone.now()
    with everywhere("digests"):
        wanted = Following.objects.filter(frequency__in=SENT_AT_ALL).values("agency").distinct()
        agencies = [agency for agency in Agency.objects.filter(pk__in=wanted) if is_morning(agency, now)]
    sent = 0
    for agency in agencies:
        with scope(agency):
            for frequency in SENT_AT_ALL:
                period = first_day(frequency, local_day(agency, now))
                sent += sum(send_digest(row, period, now) for row in due_rows(frequency, period)[:BATCH])
    return sent


def due_rows(frequency: str, period: date) -> QuerySet[Following]:
    """Return what those people follow whose news of this period were not looked at, without absorbed contacts."""
    looked_at = Digest.objects.filter(contact=OuterRef("contact"), period=period)
    rows = Following.objects.filter(frequency=frequency, contact__merged_into=None)
    rows = rows.filter(contact__status=Contact.Status.ACTIVE).exclude(Exists(looked_at))
    return rows.select_related("contact").order_by("id")


@transaction.atomic
def send_digest(following: Following, period: date, now: datetime) -> int:
    """Queue a person's digest of a period if there is something new and they agreed; return 1 if it was queued.

    The row of `Digest` comes first: of two workers, one waits for the other and finds it.
    """
    contact = following.contact
    earlier = Digest.objects.filter(contact__in=contact.family_ids())
    last = earlier.aggregate(at=Max("at"), period=Max("period"))
    row, created = Digest.objects.get_or_create(
        agency_id=contact.agency_id, contact=contact, period=period, defaults={"at": now}
    )
    if not created or (last["period"] is not None and last["period"] >= period):
        return 0
    if find_consent(contact, PURPOSE) is not True:
        return 0
    since = max(last["at"] or following.created, now - OLDEST)
    lang = next(iter(following.languages), contact.language)
    with translation.override(lang):
        found = list_concerns(following, since=since, most=ITEMS_MOST + 1)
        text = digest_text(found, ITEMS_MOST)
    if not found:
        return 0
    row.items = min(len(found), ITEMS_MOST)
    row.broadcast = broadcast([contact], name=TOPIC, texts={lang: text}, purpose=PURPOSE, topic=TOPIC)
    row.save(update_fields=["items", "broadcast"])
    audit("following.digest", by=SYSTEM, subject=row, items=row.items)
    return 1
