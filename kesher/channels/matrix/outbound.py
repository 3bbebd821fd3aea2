"""Convert messages to the content of Matrix events: plain text, which no client reads as markup, and files.

Source: the Matrix specification 1.16, `m.room.message`. A whole event has at most 65,536 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kesher.channels.base import Address, Capabilities, Json, Limit, Media, Payload, Say
from kesher.channels.message_layout import layout

CAPABILITIES = Capabilities(
    text=Limit(24_000, "byte"),
    media=frozenset(("image", "audio", "video", "document", "sticker")),
    media_bytes=20 * 1024 * 1024,
    receipts=True,
    rate=10.0,
    direct=False,
    assurance=1,
    schemes=("matrix",),
    after_unknown="retry",
)
TYPES = {"image": "m.image", "audio": "m.audio", "video": "m.video", "document": "m.file", "sticker": "m.image"}


def render(say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
    """Return the contents of the events for a message: files first, then the text; [] for another channel's address."""
    if to.scheme != "matrix":
        return []
    return [Payload(to, body, text) for body, text in [*files(say.media), *texts(say, capabilities)]]


def files(media: tuple[Media, ...]) -> Iterator[tuple[Json, str]]:
    """Yield the content of each file that has a URL, which `send` uploads."""
    for item in media:
        if item.url:
            content = {"msgtype": TYPES[item.kind], "body": item.caption or item.name or item.kind}
            yield {"content": content, "file": {"url": item.url, "mime": item.mime, "name": item.name}}, content["body"]


def texts(say: Say, capabilities: Capabilities) -> Iterator[tuple[Json, str]]:
    """Yield the content of each part of the text, with its options numbered."""
    for text in layout(replace(say, media=()), capabilities).texts:
        if text:
            # Without `m.mentions` some clients search the text for names to notify.
            yield {"content": {"msgtype": "m.text", "body": text, "m.mentions": {}}}, text
