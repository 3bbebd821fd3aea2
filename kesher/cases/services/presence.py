"""Store that a clerk has a person's page open now; other clerks see it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.cases.models import Presence
from kesher.cases.reply_box import HERE, TYPING, presence_stream
from kesher.conversations.models import Conversation
from kesher.core.live.live_events import publish


@transaction.atomic
def report_presence(conversation: Conversation, *, staff: Staff, typing: bool = False, gone: bool = False) -> None:
    """Record that a clerk has a conversation open, types or left; publish a live event if that is new."""
    now = timezone.now()
    row = Presence.objects.filter(conversation=conversation, staff=staff).first()
    before = presence_state(row, now)
    if gone:
        Presence.objects.filter(conversation=conversation, staff=staff).delete()
    else:
        typed = {"typed_at": now} if typing else {}
        Presence.objects.update_or_create(
            conversation=conversation,
            staff=staff,
            defaults={"seen_at": now, **typed},
            create_defaults={"agency_id": conversation.agency_id, "seen_at": now, **typed},
        )
    after = (False, False) if gone else (True, typing or before[1])
    if after != before:
        publish(presence_stream(conversation))


def presence_state(row: Presence | None, now: datetime) -> tuple[bool, bool]:
    """Return (is on the page, is typing) of a clerk's presence row, as colleagues see it now."""
    if row is None or row.seen_at < now - HERE:
        return False, False
    return True, row.typed_at is not None and row.typed_at > now - TYPING
