"""Convert a page's feed to channel events: comments and posts of visitors, their edits, deletions and reactions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from kesher.channels import untrusted_payload
from kesher.channels.base import Event, Kind, Media, dedup
from kesher.channels.meta.comments import Comment, account_event, amendment_event, author_address, comment_event

SCHEME = "messenger"
POSTS = frozenset(("post", "status", "photo", "video", "link", "share"))
EMOJI = {"like": "👍", "love": "❤️", "care": "🤗", "haha": "😆", "wow": "😮", "sad": "😢", "angry": "😡"}


def feed_event(account: str, sent: datetime | None, change: Any) -> Event | None:
    """Return the event of a change of the feed; None for any other change, or one that is not understood."""
    value = untrusted_payload.mapping(change, "value")
    if untrusted_payload.text(change, "field") != "feed" or not value:
        return None
    item, verb = untrusted_payload.text(value, "item"), untrusted_payload.text(value, "verb")
    if item in ("reaction", "like"):
        return reaction_event(account, sent, change)
    if item != "comment" and item not in POSTS:
        return None
    comment = comment_of(account, sent, change, is_post=item != "comment")
    read = VERBS.get(verb)
    if not comment.id or read is None:
        return None
    if comment.is_ours and item != "comment":
        return account_event(account, change, comment.at)
    return read(comment)


def comment_of(account: str, sent: datetime | None, change: Any, *, is_post: bool) -> Comment:
    """Return the comment, or the post of a visitor, that a change is about."""
    value = untrusted_payload.mapping(change, "value")
    author, is_ours = author_address(SCHEME, account, untrusted_payload.mapping(value, "from"), "name")
    post, above = untrusted_payload.text(value, "post_id"), untrusted_payload.text(value, "parent_id")
    return Comment(
        account,
        change,
        id=post if is_post else untrusted_payload.text(value, "comment_id"),
        thread=post,
        author=author,
        is_ours=is_ours,
        at=untrusted_payload.moment(value, "created_time"),
        sent=sent.isoformat() if sent else "",
        reply_to="" if is_post or above == post else above,
        text=untrusted_payload.text(value, "message"),
        media=tuple(files_of(value)),
        url=url if (url := untrusted_payload.text(value, "post", "permalink_url")).startswith("https://") else "",
    )


def files_of(value: Any) -> list[Media]:
    """Return the picture and the video of a comment or post."""
    photo, video = untrusted_payload.text(value, "photo"), untrusted_payload.text(value, "video")
    links = [photo, *map(untrusted_payload.text, untrusted_payload.sequence(value, "photos"))]
    photos = [Media("image", url=link) for link in dict.fromkeys(links) if link.startswith("https://")]
    return [*photos, *([Media("video", url=video)] if video.startswith("https://") else [])]


def reaction_event(account: str, sent: datetime | None, change: Any) -> Event:
    """Return the event of a person's reaction to a comment or a post."""
    value = untrusted_payload.mapping(change, "value")
    author, _is_ours = author_address(SCHEME, account, untrusted_payload.mapping(value, "from"), "name")
    target = untrusted_payload.text(value, "comment_id") or untrusted_payload.text(value, "post_id")
    at = untrusted_payload.moment(value, "created_time") or sent
    if author is None or not target:
        return account_event(account, change, at)
    is_removed = untrusted_payload.text(value, "verb") == "remove"
    kind = untrusted_payload.text(value, "reaction_type") or "like"
    return Event(
        Kind.REACTION,
        dedup(Kind.REACTION, author, target, untrusted_payload.fingerprint(value)),
        account=account,
        sender=author,
        at=at,
        target=target,
        text="" if is_removed else EMOJI.get(kind, "👍"),
        public=True,
        data={"removed": True} if is_removed else {},
    )


def visibility_event(comment: Comment) -> Event:
    """Return the event of a comment that was hidden or shown again, which nobody need answer."""
    return account_event(comment.account, comment.change, comment.at)


VERBS: dict[str, Callable[[Comment], Event]] = {
    "add": comment_event,
    **dict.fromkeys(("edit", "edited"), partial(amendment_event, Kind.EDIT)),
    **dict.fromkeys(("remove", "delete"), partial(amendment_event, Kind.DELETE)),
    **dict.fromkeys(("hide", "unhide"), visibility_event),
}
