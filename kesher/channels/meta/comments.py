"""Convert what people say in public to an account of ours to channel events. Source: Meta's webhooks, v25.0."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kesher.channels import untrusted_payload
from kesher.channels.base import Address, Content, Event, Json, Kind, Media, Status, dedup

from .message_types import named


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment or a visitor's post. `author` is None where Meta does not name them; `is_ours`: our account wrote it.

    `thread` is the id of the post, `url` its address, `reply_to` the id of the comment above it. `change` is all that
    Meta said of it, and `sent` the time of that webhook.
    """

    account: str
    change: Any
    id: str
    thread: str
    author: Address | None
    is_ours: bool
    at: datetime | None
    sent: str = ""
    reply_to: str = ""
    text: str = ""
    media: tuple[Media, ...] = ()
    url: str = ""


def author_address(scheme: str, account: str, person: Any, name: str) -> tuple[Address | None, bool]:
    """Return (the address of who wrote something, whether it was our account); `name` is the field with their name."""
    found = untrusted_payload.text(person, "id")
    if not found or found == account or not account:
        return None, bool(found) and found == account
    return Address(scheme, f"{account}:{found}", untrusted_payload.text(person, name)), False


def comment_event(comment: Comment) -> Event:
    """Return the event of a new comment; that of our own account confirms that it stands there."""
    if comment.is_ours:
        key = dedup(Kind.STATUS, None, comment.id, Status.SENT)
        return Event(
            Kind.STATUS, key, account=comment.account, at=comment.at, target=comment.id, status=Status.SENT, public=True
        )
    if comment.author is None:
        words = comment.text or named("comment")
        return untrusted_payload.unknown_event(comment.change, account=comment.account, at=comment.at, text=words)
    is_empty = not (comment.text or comment.media)
    return Event(
        Kind.COMMENT,
        dedup(Kind.COMMENT, comment.author, comment.id),
        account=comment.account,
        external_id=comment.id,
        sender=comment.author,
        at=comment.at,
        text=named("comment") if is_empty else comment.text,
        content=Content.OTHER if is_empty else Content.WORDS,
        media=comment.media,
        thread=comment.thread,
        reply_to=comment.reply_to,
        public=True,
        data={"url": comment.url} if comment.url else {},
    )


def amendment_event(kind: Kind, comment: Comment) -> Event:
    """Return the EDIT or DELETE of a comment; each further edit is an event of its own."""
    again = untrusted_payload.fingerprint([comment.sent, comment.text]) if kind == Kind.EDIT else ""
    return Event(
        kind,
        dedup(kind, comment.author, comment.id, again),
        account=comment.account,
        sender=comment.author,
        at=comment.at,
        target=comment.id,
        text=comment.text if kind == Kind.EDIT else "",
        public=True,
        data=author_data(comment.author),
    )


def author_data(author: Address | None) -> Json:
    """Return the part of `Event.data` that says whose comment it is."""
    return {"author": {"scheme": author.scheme, "address": author.address}} if author else {}


def account_event(account: str, change: Any, at: datetime | None = None) -> Event:
    """Return the event of a change that nobody need answer, such as a post of our own; without its words."""
    value = untrusted_payload.mapping(change, "value")
    data = {name: value[name] for name in ("item", "verb", "comment_id", "post_id") if name in value}
    key = dedup(Kind.ACCOUNT, None, untrusted_payload.fingerprint(change))
    field = untrusted_payload.text(change, "field")
    return Event(Kind.ACCOUNT, key, account=account, at=at, data={"field": field, "value": data})
