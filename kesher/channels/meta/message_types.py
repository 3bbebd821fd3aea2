"""Convert the content of a message in Messenger or Instagram. Source: Meta's webhook reference, v25.0.

What came in a form of its own (a shared post, a story) is said in words, as `Event.text`; `Event.content` names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from kesher.channels import untrusted_payload
from kesher.channels.base import Content, Json, Location, Media

KIND_NAME = re.compile(r"[a-z][a-z0-9_ ]{0,40}")
FILES: dict[str, Literal["image", "audio", "video", "document"]] = {
    "image": "image",
    "audio": "audio",
    "video": "video",
    "file": "document",
}
STORIES = frozenset(("story", "story_mention", "ig_story"))
# Another's post, reel or page that the person sent on.
SHARED = frozenset(("fallback", "share", "post", "ig_post", "reel", "ig_reel"))


@dataclass(frozen=True, slots=True)
class Part:
    """What one attachment is: a file, a place, or a text that says what else it is, with the form of the message."""

    media: Media | None = None
    location: Location | None = None
    text: str = ""
    content: Content = Content.WORDS


def message_content(message: Json) -> Json | None:
    """Return a message's content as Event fields (text, media, location …); None if there is nothing to read."""
    if untrusted_payload.dig(message, "is_unsupported") is True:
        return None
    words = untrusted_payload.text(message, "text")
    attachments = untrusted_payload.sequence(message, "attachments")
    parts = [attachment_part(item, words) for item in attachments]
    places = [part.location for part in parts if part.location]
    more = [place_words(place) for place in places[1:]]
    said: Json = {
        "text": "\n".join(filter(None, [words, *(part.text for part in parts), *more])),
        "media": tuple(part.media for part in parts if part.media),
        "location": places[0] if places else None,
        "content": next((part.content for part in parts if part.content), Content.WORDS),
        "data": {"attachments": attachments} if any(part.content for part in parts) else {},
    }
    if story := untrusted_payload.mapping(message, "reply_to", "story"):
        said |= {"content": Content.STORY, "data": {**said["data"], "story": story}}
    is_empty = not (said["text"] or said["media"] or said["location"] or said["content"])
    return None if is_empty else said


def attachment_part(item: Any, words: str) -> Part:
    """Return what one attachment of a message is; `words` is the text beside it."""
    kind, payload = untrusted_payload.text(item, "type"), untrusted_payload.mapping(item, "payload")
    if kind == "location":
        place = untrusted_payload.place(
            untrusted_payload.mapping(payload, "coordinates"), "lat", "long", untrusted_payload.text(item, "title")
        )
        return Part(location=place) if place else Part(text=named(kind), content=Content.OTHER)
    url = untrusted_payload.text(payload, "url") or untrusted_payload.text(item, "url")
    if kind in FILES and url:
        sticker = bool(untrusted_payload.text(payload, "sticker_id"))
        name = file_name(url) if kind == "file" else ""
        return Part(media=Media("sticker" if sticker else FILES[kind], url=url, name=name))
    if kind in STORIES:
        # A story is gone after a day, and its picture belongs to the person: only its link is stored.
        return Part(text=named(kind), content=Content.STORY)
    if kind in SHARED:
        return shared_part(item, payload, words, url)
    if kind == "template":
        lines = list(template_lines(payload))
        return Part(text="\n".join(lines) or named(kind), content=Content.OTHER)
    return Part(text=named(kind), content=Content.OTHER)


def shared_part(item: Any, payload: Json, words: str, url: str) -> Part:
    """Return a shared post or page as its title and link. The preview of a link in the text itself adds nothing."""
    title = untrusted_payload.text(payload, "title") or untrusted_payload.text(item, "title")
    kind = untrusted_payload.text(item, "type").removeprefix("ig_")
    if words and (not url or url in words or (kind == "fallback" and "://" in words)):
        return Part()
    lines = filter(None, [title or named("link" if kind == "fallback" else kind), url])
    return Part(text="\n".join(lines), content=Content.OTHER)


def template_lines(payload: Json) -> Iterator[str]:
    """Yield the texts of a template (buttons or cards), a line each."""
    yield from filter(None, [untrusted_payload.text(payload, "text")])
    for item in [payload, *untrusted_payload.sequence(payload, "elements")]:
        yield from filter(None, (untrusted_payload.text(item, name) for name in ("title", "subtitle")))
        for button in untrusted_payload.sequence(item, "buttons"):
            yield from filter(None, [untrusted_payload.text(button, "title")])


def named(kind: str) -> str:
    """Return a text that stands for content that is no text, such as `[story mention]`."""
    return f"[{kind.replace('_', ' ')}]" if KIND_NAME.fullmatch(kind) and kind != "unsupported" else "[message]"


def place_words(place: Location) -> str:
    """Return a second place of one message in words: its name and its coordinates."""
    return " ".join(filter(None, [place.label, f"{place.lat}, {place.lon}"]))


def file_name(url: str) -> str:
    """Return the last part of a URL's path as the name of a file; "" if it has none."""
    return url.partition("?")[0].rpartition("/")[2][:100]
