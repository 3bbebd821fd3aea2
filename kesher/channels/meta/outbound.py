"""Convert messages to requests of Messenger and Instagram: ``POST /me/messages``, and answers to comments.

Source: Meta's references of the Send API, of private replies and of comments, v25.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kesher.channels.base import Address, Capabilities, Json, Limit, Media, Option, Payload, Say
from kesher.channels.message_layout import Layout, layout, split_text

PAYLOAD = 1000  # characters of a button's payload
WINDOW_HOURS = 24
AGENT_WINDOW_HOURS = 7 * 24
# The text above a widget that has none.
PICK = {"he": "בחרו:", "ar": "اختاروا:", "ru": "Выберите:", "en": "Please choose:"}
COMMENT_ID = re.compile(r"\d+(?:_\d+)*")
KINDS = {"image": "image", "sticker": "image", "audio": "audio", "video": "video", "document": "file"}


@dataclass(frozen=True, slots=True)
class Comments:
    """How a product takes comments: the edge of a comment to which answers are added, and how long one may be."""

    edge: str
    text: Limit


def is_comment(external_id: str) -> bool:
    """Return whether a provider's id is that of a comment or post; those of messages have letters."""
    return COMMENT_ID.fullmatch(external_id) is not None


def render_public(say: Say, to: Address, capabilities: Capabilities, comments: Comments) -> list[Payload]:
    """Return a public answer as comments under the one that it answers, without buttons; [] without one.

    A file stands in the text as a link.
    """
    above = say.reply_to or say.thread
    if to.scheme not in capabilities.schemes or not is_comment(above):
        return []
    plain = replace(capabilities, buttons=None, rows=None, media=frozenset(), text=comments.text)
    texts = [text for _message, text in text_messages(say, plain)]
    return [Payload(to, {"edge": f"{above}/{comments.edge}", "message": text}, text) for text in texts]


def render(say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
    """Return a message as Send API requests: files first, then texts, the options with the last.

    A private reply to a comment is named by the comment, and Meta takes one message: [] if it needs several.
    """
    if to.scheme not in capabilities.schemes:
        return []
    head: Json = {"recipient": {"id": to.address.rpartition(":")[2]}, **messaging_type(say)}
    bodies = [*file_messages(say, capabilities), *text_messages(say, capabilities)]
    if is_comment(say.reply_to):
        head = {"recipient": {"comment_id": say.reply_to}, "messaging_type": "RESPONSE"}
        bodies = bodies if len(bodies) == 1 else []
    return [Payload(to, {**head, "message": message}, text) for message, text in bodies]


def messaging_type(say: Say) -> Json:
    """Return the request's fields that say why we may write: it answers, or a clerk answers late."""
    if say.is_late:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {"messaging_type": "RESPONSE"}


def can_carry(media: Media, capabilities: Capabilities) -> bool:
    """Return whether a file can be sent as such: by its URL, or by the id of one that Meta has."""
    return media.kind in capabilities.media and bool(media.url or media.ref)


def file_messages(say: Say, capabilities: Capabilities) -> Iterator[tuple[Json, str]]:
    """Yield (message, text) for each file, with its caption as a text after it."""
    for media in say.media:
        if can_carry(media, capabilities):
            content: Json = {"url": media.url, "is_reusable": False} if media.url else {"attachment_id": media.ref}
            yield {"attachment": {"type": KINDS[media.kind], "payload": content}}, media.caption or media.name
            for piece in split_text(media.caption, capabilities.text) if media.caption else ():
                yield {"text": piece}, piece


def text_messages(say: Say, capabilities: Capabilities) -> Iterator[tuple[Json, str]]:
    """Yield (message, text) for each part of the text, the last with the options.

    A file of a kind that cannot be sent stands in the text as a link.
    """
    links = tuple(
        (media.caption or media.name, media.url)
        for media in say.media
        if media.url and not can_carry(media, capabilities)
    )
    say = replace(say, links=(*say.links, *links))
    # If a key is too long for Meta, use numbered text with the same numbers.
    tight = any(len(choice_payload(say, option)) > PAYLOAD for option in say.options)
    shape = layout(say, replace(capabilities, buttons=None, rows=None) if tight else capabilities)
    *before, last = shape.texts
    if shape.mode in ("buttons", "rows"):
        last = last or PICK.get(say.lang, PICK["en"])
    yield from (({"text": piece}, piece) for piece in before)
    if shape.mode == "buttons":
        yield button_message(shape, last, say), last
    elif shape.mode == "rows":
        yield quick_reply_message(shape, last, say), last
    elif last:
        yield {"text": last}, last


def button_message(shape: Layout, text: str, say: Say) -> Json:
    """Return the message for a text with buttons, which stay where they are."""
    buttons = [
        {"type": "postback", "title": option.title, "payload": choice_payload(say, option)} for option in shape.options
    ]
    content = {"template_type": "button", "text": text, "buttons": buttons}
    return {"attachment": {"type": "template", "payload": content}}


def quick_reply_message(shape: Layout, text: str, say: Say) -> Json:
    """Return the message for a text with quick replies, which are gone after the next message."""
    replies = [
        {"content_type": "text", "title": option.title, "payload": choice_payload(say, option)}
        for option in shape.options
    ]
    return {"text": text, "quick_replies": replies}


def choice_payload(say: Say, option: Option) -> str:
    """Return the payload that a tap on this option sends back.

    The nonce distinguishes prompts, so that an old button cannot act twice.
    """
    return f"{say.nonce}:{option.key}" if say.nonce else option.key
