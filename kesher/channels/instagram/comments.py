"""Convert comments under an Instagram account's posts to channel events. Meta reports no edits and no deletions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kesher.channels import untrusted_payload
from kesher.channels.base import Event
from kesher.channels.meta.comments import Comment, author_address, comment_event

SCHEME = "instagram"


def change_event(account: str, sent: datetime | None, change: Any) -> Event | None:
    """Return the event of a new comment; None for any other change."""
    value = untrusted_payload.mapping(change, "value")
    found = untrusted_payload.text(value, "id")
    if untrusted_payload.text(change, "field") != "comments" or not found:
        return None
    author, is_ours = author_address(SCHEME, account, untrusted_payload.mapping(value, "from"), "username")
    return comment_event(
        Comment(
            account,
            change,
            id=found,
            thread=untrusted_payload.text(value, "media", "id"),
            author=author,
            is_ours=is_ours,
            at=sent,
            reply_to=untrusted_payload.text(value, "parent_id"),
            text=untrusted_payload.text(value, "text"),
        )
    )
