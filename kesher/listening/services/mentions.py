"""Change stored mentions: what was edited or deleted there changes here, and everything is forgotten in time."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from kesher.core.db.agency_scope import everywhere, scope
from kesher.listening.models import Mention, Source, Watch

FORGOTTEN_AT_ONCE = 5000


def change_mention(row: Mention, columns: Mapping[str, object]) -> None:
    """Store what is known of an edited post. Its topic was that of its old text, so it has none."""
    for name, value in columns.items():
        setattr(row, name, value)
    row.topic = None
    row.save(update_fields=[*columns, "topic"])


def empty_mention(row: Mention) -> None:
    """Remove what was said from a mention; the row stays, so that it is not heard again."""
    row.text, row.url, row.author_hash, row.text_key, row.masked = "", "", "", "", []
    row.topic, row.deleted_at = None, timezone.now()
    row.save(update_fields=["text", "url", "author_hash", "text_key", "masked", "topic", "deleted_at"])


def hash_author(source: Source, author: str) -> str:
    """Return a salted hash by which an author's posts at one source are counted as one person's; "" for nobody."""
    if not author:
        return ""
    said = f"listening|{source.agency_id}|{source.kind}|{author}"
    return hmac.new(settings.SECRET_KEY.encode(), said.encode(), hashlib.sha256).hexdigest()[:16]


def is_own(source: Source, author: str) -> bool:
    """Return whether an author is an account of the agency's own, as the source's settings name them."""
    own = str(source.settings.get("own_names", "")).split(",")
    return author.strip().casefold() in {name.strip().casefold() for name in own} - {""}


def forget_mentions() -> int:
    """Delete the mentions whose time is over for every watch that matched them; return how many."""
    now, forgotten = timezone.now(), 0
    with everywhere("agencies that listen"):
        agencies = list(Watch.objects.values_list("agency_id", flat=True).distinct())
    for agency_id in agencies:
        with scope(agency_id):
            old = Mention.objects.annotate(days=Max("links__watch__retention_days"))
            rows = old.order_by("heard_at").values_list("pk", "heard_at", "days")[:FORGOTTEN_AT_ONCE]
            past = [pk for pk, heard_at, days in rows if heard_at < now - timedelta(days=days or 0)]
            Mention.objects.filter(pk__in=past).delete()
            forgotten += len(past)
    return forgotten
