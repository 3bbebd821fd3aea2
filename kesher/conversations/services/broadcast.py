"""One thing said to many: a row a person, so that nobody gets it twice; each checked at the moment of sending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.channels.base import Say
from kesher.contacts.models import Contact
from kesher.conversations.models import Broadcast, BroadcastRow, Delivery
from kesher.conversations.services.outbound import NotNow, routes_of, say, verdict
from kesher.conversations.services.stream import conversation_of, writing
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.scope import current_agency_id, everywhere, scope

BATCH = 50


@transaction.atomic
def broadcast(
    audience: Iterable[Contact],
    *,
    name: str,
    texts: Mapping[str, str],
    purpose: str,
    staff: Staff | None = None,
) -> Broadcast:
    """Queues a broadcast. ``texts`` is {language: words}; ``purpose`` (information, promotion, opinion) decides whose
    consent it needs. People who turn out to be one get it once."""
    agency_id = current_agency_id()
    row = Broadcast.objects.create(agency_id=agency_id, name=name, purpose=purpose, texts=dict(texts), by=staff)
    people = {contact.root().pk: contact.root() for contact in audience}
    BroadcastRow.objects.bulk_create(
        (BroadcastRow(agency_id=agency_id, broadcast=row, contact=contact) for contact in people.values()),
        batch_size=500,
    )
    by = Actor("staff", staff.pk, "desk") if staff else SYSTEM
    audit("conversations.broadcast", by=by, subject=row, people=len(people), purpose=purpose)
    return row


def expand_broadcasts() -> int:
    """Sends the next rows of every broadcast, each in its own transaction; returns how many rows were settled."""
    with everywhere("broadcast rows"):
        rows = list(
            BroadcastRow.objects.filter(state="waiting")
            .order_by("id")
            .select_related("broadcast", "contact", "agency")[:BATCH]
        )
    settled = 0
    for row in rows:
        with scope(row.agency), transaction.atomic():
            settled += send_row(row)
    return settled


def send_row(row: BroadcastRow) -> int:
    """One person: the best way whose window, consent and hours allow it; 0 where quiet hours make it wait."""
    contact = row.contact.root()
    purpose = row.broadcast.purpose
    outcome = "unreachable"
    for route in routes_of(contact):
        checked = verdict(
            route, capabilities=route.account.capabilities(), purpose=purpose, now=timezone.now(), agency=row.agency
        )
        if checked.code == "quiet":
            return 0
        outcome = "refused" if checked.code in ("refused", "consent") else outcome
        if not checked.ok:
            continue
        lang = contact.language if contact.language in row.broadcast.texts else next(iter(row.broadcast.texts))
        try:
            with writing(conversation_of(contact)) as writer:
                row.message = say(
                    writer,
                    route,
                    Say(row.broadcast.texts[lang], lang=lang),
                    lane=Delivery.Lane.BROADCAST,
                    purpose=purpose,
                )
        except NotNow:
            continue
        outcome = "queued"
        break
    row.state = outcome
    row.save(update_fields=["state", "message"])
    return 1
