"""Read what people say in public on the agency's own channels: comments and mentions that reached its inbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db.models import Max, Q
from django.utils.translation import gettext_lazy

from kesher.conversations.models import Message
from kesher.conversations.models.stream import MessageQuerySet
from kesher.listening.models import Mention
from kesher.listening.sources.source_adapter import Fetched, Get, HeardPost, Json, SourceAdapter

LOOK_BACK: Final = 200
KNOWN_MOST: Final = 500


class Adapter(SourceAdapter):
    """Public messages."""

    title = gettext_lazy("Comments on our own channels")

    def fetch(self, settings: Mapping[str, str], cursor: Json, get: Get, most: int) -> Fetched:
        """Return the public messages after the last one that was read; needs a scope, and asks no network."""
        after = int(cursor.get("message", 0))
        rows = list(said_in_public().filter(pk__gt=after).order_by("pk")[:most])
        # What was committed late has a smaller id: the next round looks back, and what is known is not stored twice.
        newest = said_in_public().aggregate(newest=Max("pk"))["newest"] or 0
        reached = rows[-1].pk if len(rows) == most else max(after, newest - LOOK_BACK)
        posts = [
            HeardPost(str(row.pk), row.text, row.said_at or row.received, author=str(row.identity_id)) for row in rows
        ]
        return Fetched((*posts, *find_deleted()), {"message": reached})


def said_in_public() -> MessageQuerySet:
    """Return what people said in public."""
    return Message.objects.filter(public=True, direction=Message.Direction.IN)


def find_deleted() -> list[HeardPost]:
    """Return the mentions of these messages that their authors deleted since."""
    known = Mention.objects.filter(source__kind="comments", deleted_at=None).order_by("-pk")
    ids = [int(external_id) for external_id in known.values_list("external_id", flat=True)[:KNOWN_MOST]]
    rows = said_in_public().filter(Q(text="") | Q(deleted_at__isnull=False), pk__in=ids)  # erased, or deleted there
    return [HeardPost(str(row.pk), None, row.said_at or row.received) for row in rows]
