"""Convert Telegram's updates (messages, edits, reactions) to channel events.

Source: the Bot API reference, `Update` and its parts. One POST is one update with exactly one of its fields set.
Message ids are unique only within a chat, so we name a message `chat:message`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Literal

from kesher.channels import untrusted_payload
from kesher.channels.base import Address, Content, Event, Json, Kind, Location, Media, dedup

START = re.compile(r"/start(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
FILES: dict[str, tuple[Literal["image", "audio", "video", "document", "sticker"], str]] = {
    "animation": ("video", "video/mp4"),
    "voice": ("audio", "audio/ogg"),
    "audio": ("audio", ""),
    "video": ("video", "video/mp4"),
    "video_note": ("video", "video/mp4"),
    "document": ("document", ""),
    "sticker": ("sticker", "image/webp"),
}
# Messages that Telegram itself writes into a chat; nobody waits for an answer to them.
SERVICE = re.compile(
    r"(?:new|left|delete|group|supergroup|channel|migrate|pinned|message_auto|forum|general_forum|video_chat|giveaway"
    r"|boost|chat|write_access|users|user_shared|connected|proximity|refunded|gift|unique_gift|paid_message|direct"
    r"|suggested|checklist_tasks|poll_option|managed_bot)(?:_.*)?"
)
# Fields that every message may have; its content is in another one.
ENVELOPE = frozenset(
    ("message_id", "from", "chat", "date", "edit_date", "reply_to_message", "forward_origin", "entities", "via_bot",
     "sender_chat", "quote", "effect_id", "message_thread_id", "is_topic_message", "has_protected_content", "caption",
     "caption_entities", "show_caption_above_media", "has_media_spoiler", "external_reply", "media_group_id",
     "is_from_offline", "sender_business_bot", "business_connection_id", "paid_star_count", "reply_markup")
)  # fmt: skip
GONE = frozenset(("kicked", "left"))  # the status of a person who blocked the bot


def update_events(update: Any) -> list[Event]:
    """Return the event of an update, as a list of one. What is said in a group is read elsewhere (`groups`)."""
    number = untrusted_payload.text(update, "update_id")
    for field, read in FIELDS.items():
        item = untrusted_payload.mapping(update, field)
        if item:
            return [read(item, number) or unknown_update(update, item, number)]
    return [untrusted_payload.unknown_event(update, event_id=number)]


def unknown_update(update: Any, item: Json, number: str) -> Event:
    """Return the UNKNOWN event of an update of a known kind with unknown content.

    It has a sender only for a new message in a private chat. A group or a channel is no conversation between one person
    and the agency, and nobody waits for an answer to the other kinds.
    """
    names = [name for name in item if name not in ENVELOPE]
    said = untrusted_payload.dig(update, "message") is item and names and not any(map(SERVICE.fullmatch, names))
    sender = read_sender(item) if said and untrusted_payload.text(item, "chat", "type") == "private" else None
    named = f"[{min(names)[:40].replace('_', ' ')}]" if names else ""
    return untrusted_payload.unknown_event(
        update,
        event_id=number,
        sender=sender,
        external_id=message_id(item),
        at=untrusted_payload.moment(item, "date"),
        text="\n".join(filter(None, [named, untrusted_payload.text(item, "caption")])) if sender else "",
    )


def read_sender(item: Json, field: str = "from") -> Address | None:
    """Return the address of the person who sent an item; None for a bot, so that bots do not answer each other."""
    user = untrusted_payload.mapping(item, field)
    if untrusted_payload.dig(user, "is_bot") is True or not untrusted_payload.text(user, "id"):
        return None
    names = [untrusted_payload.text(user, "first_name"), untrusted_payload.text(user, "last_name")]
    return Address(
        "tg",
        untrusted_payload.text(user, "id"),
        " ".join(filter(None, names)) or untrusted_payload.text(user, "username"),
    )


def message_id(item: Any) -> str:
    """Return a message's id as `chat:message`, or "" if one of the two is missing."""
    chat, number = untrusted_payload.text(item, "chat", "id"), untrusted_payload.text(item, "message_id")
    return f"{chat}:{number}" if chat and number else ""


def language(item: Json) -> str:
    """Return the language of the sender's app as a two-letter code."""
    return untrusted_payload.text(item, "from", "language_code")[:2].lower()


def private_message_event(item: Json, number: str, edited: bool = False) -> Event | None:
    """Return the event of a message in a private chat; an edited one has the original as its target."""
    sender = read_sender(item)
    if sender is None or untrusted_payload.text(item, "chat", "type") != "private":
        return None
    said = content_fields(item)
    if said is None:
        return None
    kind = said.pop("kind", Kind.MESSAGE)
    kind = Kind.EDIT if edited else kind
    own = message_id(item)
    data = said.pop("data", {})
    if album := untrusted_payload.text(item, "media_group_id"):
        data["album"] = album
    if untrusted_payload.mapping(item, "forward_origin"):
        data["forwarded"] = True
    return Event(
        kind,
        dedup(kind, sender, number or untrusted_payload.fingerprint(item)),
        external_id="" if edited else own,
        target=own if edited else "",
        sender=sender,
        at=untrusted_payload.moment(item, "edit_date" if edited else "date"),
        reply_to=message_id({"chat": item.get("chat"), **untrusted_payload.mapping(item, "reply_to_message")}),
        lang=language(item),
        data=data,
        **said,
    )


def edit_event(item: Json, number: str) -> Event | None:
    """Return the event of an edited message."""
    return private_message_event(item, number, edited=True)


def content_fields(item: Json) -> Json | None:
    """Return a message's content as Event fields (text, media, location …); None if we know nothing in it."""
    if found := START.fullmatch(untrusted_payload.text(item, "text").strip()):
        payload = (found[1] or "").strip()
        return {"kind": Kind.STARTED, "text": payload, "data": {"start": payload} if payload else {}}
    if isinstance(item.get("text"), str):
        about = {"content": Content.STORY} if untrusted_payload.mapping(item, "reply_to_story") else {}
        return {"text": item["text"], **about}
    if place := read_location(item):
        return {"location": place}
    if card := untrusted_payload.mapping(item, "contact"):
        return contact_fields(item, card)
    media = media_of(item)
    if media:
        return {"media": (media,), "text": untrusted_payload.text(item, "caption")}
    return next(
        (
            read(untrusted_payload.mapping(item, name))
            for name, read in WIDGETS.items()
            if untrusted_payload.mapping(item, name)
        ),
        None,
    )


def poll_fields(item: Json) -> Json:
    """Return a poll as Event fields: its question and options. Votes go only to the poll's owner."""
    options = [untrusted_payload.text(one, "text") for one in untrusted_payload.sequence(item, "options")]
    return widget_fields(Content.POLL, untrusted_payload.text(item, "question"), options)


def checklist_fields(item: Json) -> Json:
    """Return a checklist as Event fields, a line for each task; done ones have a tick."""
    tasks = [
        (untrusted_payload.text(one, "text"), untrusted_payload.dig(one, "completion_date"))
        for one in untrusted_payload.sequence(item, "tasks")
    ]
    lines = [f"{words} ✓" if done else words for words, done in tasks]
    return widget_fields(Content.CHECKLIST, untrusted_payload.text(item, "title"), lines)


def widget_fields(content: Content, title: str, lines: Iterable[str] = (), name: str = "") -> Json:
    """Return a poll or the like as Event fields: a first line `[poll: Which day?]`, then a line for each part.

    `name` replaces the name of the content.
    """
    name = name or str(content)
    head = f"[{name}: {title}]" if title else f"[{name}]"
    return {"text": "\n".join([head, *(f"- {line}" for line in lines if line)]), "content": content}


def form_fields(item: Json) -> Json:
    """Return, as Event fields, the form that a person filled in on a page inside Telegram."""
    words = untrusted_payload.text(item, "data")
    answers = untrusted_payload.mapping(untrusted_payload.load_json(words.encode()))
    lines = [
        f"{name}: {untrusted_payload.text(value)}" for name, value in answers.items() if untrusted_payload.text(value)
    ]
    data = {"form": answers} if answers else {}
    return {"text": "\n".join(lines) or words or "[form]", "content": Content.FORM, "data": data}


def dice_fields(item: Json) -> Json:
    """Return a dice as Event fields: its emoji and value."""
    words = " ".join(filter(None, [untrusted_payload.text(item, "emoji"), untrusted_payload.text(item, "value")]))
    return {"text": words, "content": Content.GAME}


def payment_fields(item: Json) -> Json:
    """Return a payment as Event fields: the sum in the smallest unit of its currency."""
    return widget_fields(
        Content.PAYMENT,
        " ".join(
            filter(None, [untrusted_payload.text(item, "total_amount"), untrusted_payload.text(item, "currency")])
        ),
    )


def read_location(item: Json) -> Location | None:
    """Return the location that a message shares, with the name of a venue; None if it shares none."""
    venue = untrusted_payload.mapping(item, "venue")
    where = untrusted_payload.mapping(venue or item, "location")
    return untrusted_payload.place(
        where, "latitude", "longitude", untrusted_payload.text(venue, "title"), untrusted_payload.text(venue, "address")
    )


def contact_fields(item: Json, card: Json) -> Json:
    """Return a shared contact as Event fields: name and phone number.

    `own` says that Telegram's id in it is the sender's. It is no proof of the number, because people can send an edited
    contact; only a code sent to the number is.
    """
    names = [
        untrusted_payload.text(card, "first_name"),
        untrusted_payload.text(card, "last_name"),
        untrusted_payload.text(card, "phone_number"),
    ]
    own = untrusted_payload.text(card, "user_id") == untrusted_payload.text(item, "from", "id") != ""
    data = {"contact": card, **({"own": True} if own else {})}
    return {"text": " ".join(filter(None, names)), "content": Content.CONTACT, "data": data}


def media_of(item: Json) -> Media | None:
    """Return the file of a message, or None. A photo comes in several sizes; the largest is used."""
    sizes = [untrusted_payload.mapping(size) for size in untrusted_payload.sequence(item, "photo")]
    largest = max((size for size in sizes if untrusted_payload.text(size, "file_id")), key=size_key, default=None)
    if largest:
        return Media("image", "image/jpeg", untrusted_payload.text(largest, "file_id"))
    for name, (kind, mime) in FILES.items():
        found = untrusted_payload.mapping(item, name)
        if reference := untrusted_payload.text(found, "file_id"):
            return Media(
                kind,
                untrusted_payload.text(found, "mime_type") or mime,
                reference,
                name=untrusted_payload.text(found, "file_name"),
            )
    return None


WIDGETS: dict[str, Callable[[Json], Json]] = {
    "poll": lambda item: {**poll_fields(item), "data": {"poll": item}},
    "checklist": checklist_fields,
    "dice": dice_fields,
    "game": lambda item: widget_fields(Content.GAME, untrusted_payload.text(item, "title")),
    "invoice": lambda item: widget_fields(Content.INVOICE, untrusted_payload.text(item, "title")),
    "successful_payment": payment_fields,
    "web_app_data": form_fields,
    "story": lambda _item: widget_fields(Content.STORY, ""),
    "paid_media": lambda _item: widget_fields(Content.OTHER, "", name="paid media"),
}


def size_key(size: Json) -> tuple[float, str]:
    """Return a sort key by area; the id breaks a tie, so that the order in the payload does not matter."""
    return (untrusted_payload.number(size, "width") or 0) * (
        untrusted_payload.number(size, "height") or 0
    ), untrusted_payload.text(size, "file_id")


def choice_event(item: Json, number: str) -> Event | None:
    """Return the event of a tap on one of our buttons. Telegram gives no time for it."""
    sender, choice = read_sender(item), untrusted_payload.text(item, "data")
    prompt = untrusted_payload.mapping(item, "message")
    if sender is None or not choice or untrusted_payload.text(prompt, "chat", "type") != "private":
        return None
    return Event(
        Kind.CHOICE,
        dedup(Kind.CHOICE, sender, number or untrusted_payload.fingerprint(item)),
        sender=sender,
        text=title_of(prompt, choice),
        choice_id=choice,
        reply_to=message_id(prompt),
        lang=language(item),
        data={"callback_query_id": untrusted_payload.text(item, "id")},
    )


def title_of(prompt: Json, choice: str) -> str:
    """Return the title of the tapped button, from the prompt that Telegram sends along."""
    for line in untrusted_payload.sequence(prompt, "reply_markup", "inline_keyboard"):
        for button in untrusted_payload.sequence(line):
            if untrusted_payload.text(button, "callback_data") == choice:
                return untrusted_payload.text(button, "text")
    return ""


def emoji_reaction_event(item: Json, number: str) -> Event | None:
    """Return the event of a person's emoji reactions to a message, as they are now; None outside private chats."""
    sender, target = read_sender(item, "user"), message_id(item)
    if sender is None or not target or untrusted_payload.text(item, "chat", "type") != "private":
        return None
    emoji = "".join(
        untrusted_payload.text(entry, "emoji") for entry in untrusted_payload.sequence(item, "new_reaction")
    )
    return Event(
        Kind.REACTION,
        dedup(Kind.REACTION, sender, number or untrusted_payload.fingerprint(item)),
        sender=sender,
        at=untrusted_payload.moment(item, "date"),
        text=emoji,
        target=target,
        data={} if untrusted_payload.sequence(item, "new_reaction") else {"removed": True},
    )


def membership_event(item: Json, number: str) -> Event | None:
    """Return the event of a person who blocked the bot, or allowed it again."""
    sender, status = read_sender(item), untrusted_payload.text(item, "new_chat_member", "status")
    if sender is None or untrusted_payload.text(item, "chat", "type") != "private":
        return None
    back = untrusted_payload.text(item, "old_chat_member", "status") == "kicked"
    kind = Kind.OPT_OUT if status in GONE else Kind.OPT_IN if back else Kind.STARTED
    if status not in GONE and status != "member":
        return None
    key = dedup(kind, sender, number or untrusted_payload.fingerprint(item))
    return Event(kind, key, sender=sender, at=untrusted_payload.moment(item, "date"), lang=language(item))


FIELDS: dict[str, Callable[[Json, str], Event | None]] = {
    "message": private_message_event,
    "edited_message": edit_event,
    "callback_query": choice_event,
    "message_reaction": emoji_reaction_event,
    "my_chat_member": membership_event,
}
