"""Replies that a telephone provider fetches: what is read aloud in a call, and what came too late for it.

See docs/adr/0019-telephone.md.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from django.db import transaction

from kesher.channels.base import Address, Payload, Pull
from kesher.channels.registry import pulled_channels
from kesher.conversations.models import Delivery
from kesher.conversations.services.events.provider_events import update_message_state
from kesher.core.db.agency_scope import everywhere, scope

LISTENS_SECONDS = 180  # after this time nobody waits on the line for a reply
TOO_LATE = "unheard: the call had ended"
State = Delivery.State


def take_payloads(account_id: int, pull: Pull) -> list[Payload]:
    """Return what a call is to read aloud now, in order, and mark it as sent; ``again``: what it read aloud last.

    A secret is read aloud once. What a clerk may still take back waits.
    """
    with everywhere("the reply to a call"):
        rows = Delivery.objects.select_related("message__conversation").filter(account=account_id)
        if pull.again:
            newest = rows.filter(external_id=pull.call).order_by("-id").first()
            again = rows.filter(message=newest.message_id).order_by("id") if newest else ()
            return [to_payload(row) for row in again if "body" in row.payload]
        due = rows.filter(state=State.QUEUED, payload__call=pull.call, not_before__lte=time.time())
        waiting = list(due.order_by("lane", "id"))
    return [payload for row in waiting if (payload := take_one(row, pull.call)) is not None]


def take_one(row: Delivery, call: str) -> Payload | None:
    """Mark a delivery as read aloud in a call and return it; None if another request took it, or it has expired."""
    now = datetime.now(UTC)
    if (row.expires is not None and row.expires < now) or "body" not in (row.sealed or row.payload):
        return None
    payload = to_payload(row)
    with scope(row.agency_id), transaction.atomic():
        queued = Delivery.objects.filter(pk=row.pk, state=State.QUEUED)
        if not queued.update(state=State.SENT, sealed={}, sent_at=now, external_id=call):
            return None
        update_message_state(row.message)
    return payload


def to_payload(row: Delivery) -> Payload:
    """Return a delivery as the payload that the channel rendered."""
    request = row.sealed or row.payload
    return Payload(Address(**row.payload["to"]), dict(request["body"]), request.get("text", ""), str(row.ref))


def fail_unheard() -> int:
    """Mark as failed what no call fetched in time, so that the desk shows it; return how many."""
    if not (names := pulled_channels()):
        return 0
    with everywhere("replies to calls that have ended"):
        since = datetime.fromtimestamp(time.time() - LISTENS_SECONDS, UTC)
        rows = Delivery.objects.filter(account__channel__in=names, state=State.QUEUED, message__received__lt=since)
        late = list(rows.select_related("message__conversation").order_by("id")[:200])
    for row in late:
        with scope(row.agency_id), transaction.atomic():
            queued = Delivery.objects.filter(pk=row.pk, state=State.QUEUED)
            if queued.update(state=State.FAILED, sealed={}, error=TOO_LATE):
                update_message_state(row.message)
    return len(late)
