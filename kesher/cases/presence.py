"""Read which colleagues have the same person's page open, so that two do not answer at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.cases.models import Presence
from kesher.conversations.models import Conversation

HERE = timedelta(seconds=50)  # a browser reports every twenty seconds
TYPING = timedelta(seconds=12)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A colleague on the same page."""

    name: str
    typing: bool


def presence_stream(conversation: Conversation) -> str:
    """Return the name of the live stream that says which clerks are at this conversation."""
    return f"presence:{conversation.pk}"


def find_colleagues(conversation: Conversation, staff: Staff) -> list[Colleague]:
    """Return the other clerks who have this conversation's page open now, those who type first."""
    now = timezone.now()
    rows = Presence.objects.filter(conversation=conversation, seen_at__gt=now - HERE).exclude(staff=staff)
    found = [
        Colleague(row.staff.name, row.typed_at is not None and row.typed_at > now - TYPING)
        for row in rows.select_related("staff").order_by("seen_at", "pk")[:5]
    ]
    return sorted(found, key=lambda other: not other.typing)
