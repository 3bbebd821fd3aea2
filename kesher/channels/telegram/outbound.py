"""Convert messages to Telegram Bot API calls; the payload is the parameters, with the call's name as `method`.

Source: the Bot API reference. A text has at most 4,096 UTF-16 units after its entities are parsed, so escaping does not
count.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace

from kesher.channels.base import Address, Capabilities, Choices, Json, Limit, Media, Option, Payload, Say
from kesher.channels.message_layout import layout, split_text
from kesher.language import length

CAPTION = Limit(1024, "utf16")
DATA = 64  # bytes of callback_data
# Telegram sets no limit for a button's title, but a phone shows about forty characters and cuts off the rest.
CAPABILITIES = Capabilities(
    text=Limit(4096, "utf16"),
    buttons=Choices(100, Limit(40, "utf16")),
    media=frozenset(("image", "audio", "video", "document", "sticker")),
    media_bytes=20 * 1024 * 1024,
    markup="html",
    rate=30.0,
    person_gap=1.0,
    direct=False,
    assurance=1,
    opened_privately=True,
    schemes=("tg",),
    after_unknown="ask",
)
GROUP_CAPABILITIES = replace(CAPABILITIES, public=True)
GROUP_MESSAGE = re.compile(r"(-\d{1,20}):(\d{1,18})")  # the id of a message of a group
WIDTH = 30  # characters in a row of buttons, which share its width equally
ACROSS = 3

PICK = {"he": "בחרו:", "ar": "اختاروا:", "ru": "Выберите:", "en": "Please choose:"}
WHERE = {"he": "היכן זה?", "ar": "أين هذا؟", "ru": "Где это?", "en": "Where is it?"}
SHARE_PLACE = {
    "he": "שליחת המיקום שלי",
    "ar": "إرسال موقعي",
    "ru": "Отправить моё местоположение",
    "en": "Send my location",
}
METHODS = {
    "image": ("sendPhoto", "photo"),
    "audio": ("sendAudio", "audio"),
    "video": ("sendVideo", "video"),
    "document": ("sendDocument", "document"),
    "sticker": ("sendSticker", "sticker"),
}


def render(say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
    """Return a message as Bot API calls: files first, then texts, buttons with the last."""
    if to.scheme != "tg":
        return []
    if say.public:
        return render_public(say, to, capabilities)
    if to.address.startswith("-"):
        return []  # a group or a channel that somebody spoke for: nobody there is alone
    chat = int(to.address) if to.address.isdecimal() else to.address
    bodies = [*file_calls(say), *text_calls(say, capabilities)]
    return [Payload(to, {**body, "chat_id": chat}, text) for body, text in bodies]


def render_public(say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
    """Return a public answer as Bot API calls, which answer the message in its group; [] where it answers none.

    Options are numbered text: a button in a group could be tapped by anybody.
    """
    found = GROUP_MESSAGE.fullmatch(say.reply_to)
    if not found:
        return []
    say = replace(say, expects="")
    where = {"chat_id": int(found[1]), "reply_parameters": {"message_id": int(found[2])}}
    bodies = [*file_calls(say), *text_calls(say, replace(capabilities, buttons=None, rows=None))]
    return [Payload(to, {**body, **where}, text) for body, text in bodies]


def file_calls(say: Say) -> Iterator[tuple[Json, str]]:
    """Yield a Bot API call and its text for each file, by URL or by the id of one that Telegram has."""
    for media in say.media:
        if not (media.url or media.ref):
            continue
        method, field = METHODS[media.kind]
        body: Json = {"method": method, field: media.url or media.ref}
        if caption(media):
            body |= {"caption": html.escape(media.caption, quote=False), "parse_mode": "HTML"}
        yield body, caption(media) or media.name


def caption(media: Media) -> str:
    """Return the caption of a file; "" if it may have none or is too long."""
    fits = length(media.caption, CAPTION.unit) <= CAPTION.size
    return media.caption if media.kind != "sticker" and fits else ""


def text_calls(say: Say, capabilities: Capabilities) -> Iterator[tuple[Json, str]]:
    """Yield a Bot API call and its text for each part of the text, the last with the buttons.

    A caption too long for its file comes as a text before them.
    """
    for media in say.media:
        if media.caption and not caption(media):
            yield from ((text_call(piece), piece) for piece in split_text(media.caption, capabilities.text))
    # If a key is too long for Telegram, use numbered text with the same numbers.
    tight = any(len(choice_data(say, option).encode()) > DATA for option in say.options)
    shape = layout(say, replace(capabilities, buttons=None, rows=None) if tight else capabilities)
    *before, last = shape.texts
    yield from ((text_call(piece), piece) for piece in before)
    if shape.mode == "buttons":
        last = last or PICK.get(say.lang, PICK["en"])
        yield {**text_call(last), "reply_markup": {"inline_keyboard": keyboard(say, shape.options)}}, last
    elif say.expects == "place" and shape.mode == "plain":
        last = last or WHERE.get(say.lang, WHERE["en"])
        yield {**text_call(last), "reply_markup": share_place(say.lang)}, last
    elif last:
        yield text_call(last), last


def text_call(text: str) -> Json:
    """Return the Bot API call that sends this text, escaped so that nothing is read as markup."""
    return {"method": "sendMessage", "text": html.escape(text, quote=False), "parse_mode": "HTML"}


def share_place(lang: str) -> Json:
    """Return the keyboard button by which a person sends the phone's location, in this language."""
    button = {"text": SHARE_PLACE.get(lang, SHARE_PLACE["en"]), "request_location": True}
    return {"keyboard": [[button]], "resize_keyboard": True, "one_time_keyboard": True}


def keyboard(say: Say, options: tuple[Option, ...]) -> list[list[Json]]:
    """Return the options as rows of inline buttons, at most three in a row, as many as stay readable."""
    rows: list[list[Option]] = []
    for option in options:
        row = [*rows[-1], option] if rows else []
        widest = max((length(item.title, "utf16") for item in row), default=0)
        if row and len(row) <= ACROSS and widest * len(row) <= WIDTH:
            rows[-1] = row
        else:
            rows.append([option])
    return [[{"text": option.title, "callback_data": choice_data(say, option)} for option in row] for row in rows]


def choice_data(say: Say, option: Option) -> str:
    """Return the callback data that a tap on this option's button sends back.

    The nonce distinguishes prompts, so that an old button cannot act twice.
    """
    return f"{say.nonce}:{option.key}" if say.nonce else option.key
