"""Send each person the news of what they follow: at most once a day or a week, in the morning of a working day.

The lists are read before a transaction: on SQLite, one that reads long keeps all others from writing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Final

from django.db import DatabaseError, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone, translation

from kesher.agencies.models import Agency
from kesher.contacts.models import Contact
from kesher.conversations.services import broadcast
from kesher.conversations.services.broadcasts import choose_way
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.following.models import Digest, Following
from kesher.following.permission import PURPOSE, TOPIC, why_no_digest
from kesher.following.presenters import digest_text, list_concerns, reading_languages
from kesher.following.rules import first_day, is_morning, local_day

log = logging.getLogger("kesher.following")

BATCH: Final = 50
RUN_SECONDS: Final = 10.0  # of one run of the job, over all agencies
ITEMS_MOST: Final = 8
ITEMS_BILLED: Final = 3  # in an SMS
OLDEST: Final = timedelta(days=31)  # of news in a digest
KEPT: Final = timedelta(days=60)  # a row that says that there was no news
FORGOTTEN_AT_ONCE: Final = 5000
SENT_AT_ALL: Final = (Following.Frequency.DAILY, Following.Frequency.WEEKLY)


@dataclass(frozen=True, slots=True)
class News:
    """The words of a digest in a language, and how many things it tells."""

    lang: str
    text: str
    items: int


def send_digests() -> int:
    """Queue the digests that are due in all agencies whose morning it is; return how many were queued.

    Each agency has an equal part of a run's time. What is left over comes with the next run.
    """
    now = timezone.now()
    with everywhere("digests"):
        wanted = Following.objects.filter(frequency__in=SENT_AT_ALL).values("agency").distinct()
        agencies = [agency for agency in Agency.objects.filter(pk__in=wanted) if is_morning(agency, now)]
    sent = 0
    for agency in agencies:
        ends = monotonic() + RUN_SECONDS / len(agencies)
        with scope(agency):
            for row, period in due_digests(local_day(agency, now), ends):
                sent += send_or_skip(row, period, now)
    return sent


def due_digests(day: date, ends: float) -> Iterator[tuple[Following, date]]:
    """Yield (what somebody follows, the first day of the period) for each digest that is due, while there is time."""
    for frequency in SENT_AT_ALL:
        period, last = first_day(frequency, day), 0
        while rows := list(due_rows(frequency, period).filter(pk__gt=last)[:BATCH]):
            for row in rows:
                if monotonic() >= ends:
                    return
                yield row, period
            last = rows[-1].pk


def due_rows(frequency: str, period: date) -> QuerySet[Following]:
    """Return what those people follow whose news of this period were not looked at, without absorbed contacts.

    A daily digest on one of its days counts for a week, too: from daily to weekly, nobody gets two.
    """
    looked_at = Digest.objects.filter(contact=OuterRef("contact"), period__gte=period)
    rows = Following.objects.filter(frequency=frequency, contact__merged_into=None)
    rows = rows.filter(contact__status=Contact.Status.ACTIVE).exclude(Exists(looked_at))
    return rows.select_related("contact").order_by("id")


def send_or_skip(following: Following, period: date, now: datetime) -> int:
    """Send a person's digest; where that fails, log it and skip this period, so that nobody else waits for it."""
    try:
        return send_digest(following, period, now)
    except DatabaseError:
        raise  # the next run tries again
    except Exception:  # a bug in a feed, or a row that cannot be read, harms this person only
        log.exception("the digest of what %s follow failed", following.pk)
        return queue_digest(following.contact, period, now, None)


def send_digest(following: Following, period: date, now: datetime) -> int:
    """Queue a person's digest of a period if there is something new and they agreed; return 1 if it was queued."""
    return queue_digest(following.contact, period, now, find_news(following, period, now))


def find_news(following: Following, period: date, now: datetime) -> News | None:
    """Return the news since a person's last digest; None where there are none, or the person is not to get them.

    A digest that was not sent does not count: what it would have told comes with the next one.
    """
    contact = following.contact
    earlier = Digest.objects.filter(contact__in=contact.family_ids())
    if earlier.filter(period__gte=period).exists() or why_no_digest(contact):
        return None
    last = earlier.filter(broadcast__isnull=False).aggregate(at=Max("at"))["at"]
    since = max(last or following.created, now - OLDEST)
    route = choose_way(contact, PURPOSE, contact.agency).route
    billed = route is not None and route.account.capabilities().part is not None
    most = ITEMS_BILLED if billed else ITEMS_MOST
    lang = reading_languages(following)[0]
    with translation.override(lang):
        found = list_concerns(following, since=since, until=now, most=most + 1)
        return News(lang, digest_text(found, most, short=billed), min(len(found), most)) if found else None


@transaction.atomic
def queue_digest(contact: Contact, period: date, now: datetime, news: News | None) -> int:
    """Store that a period's news were looked at, and queue them if there are any; return 1 if they were queued.

    The row of `Digest` comes first: of two workers, one waits for the other and finds it.
    """
    row, created = Digest.objects.get_or_create(
        agency_id=contact.agency_id, contact=contact, period=period, defaults={"at": now}
    )
    if not created or news is None:
        return 0
    row.items = news.items
    row.broadcast = broadcast([contact], name=TOPIC, texts={news.lang: news.text}, purpose=PURPOSE, topic=TOPIC)
    row.save(update_fields=["items", "broadcast"])
    audit("following.digest", by=SYSTEM, subject=row, items=row.items)
    return 1


def forget_empty_digests() -> int:
    """Delete the old rows that say that there was no news; return how many."""
    with everywhere("old digests"), transaction.atomic():
        old = Digest.objects.filter(broadcast=None, at__lt=timezone.now() - KEPT).order_by("pk")[:FORGOTTEN_AT_ONCE]
        return Digest.objects.filter(pk__in=[row.pk for row in old]).delete()[0]
