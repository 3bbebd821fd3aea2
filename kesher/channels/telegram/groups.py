"""Convert what people say in a group to channel events, and leave out of a request what was not said to the bot.

A group is a group, a supergroup with or without topics, or the discussion of a channel. Only a message that mentions
the bot, answers it, or is a command to it is a public message; of anything else nothing may be stored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from kesher.channels import untrusted_payload
from kesher.channels.base import AccountInfo, Address, Content, Event, Json, Kind, Request, dedup

from . import inbound

GROUPS = frozenset(("group", "supergroup"))
SHARED = GROUPS | {"channel"}  # chats with more than one person
SHARED_MARKS = tuple(f'"{kind}"'.encode() for kind in sorted(SHARED))
LEAD = re.compile(r"(?:(/\w{1,32})@\w+|@\w*bot\b)[\s,:;،]*", re.IGNORECASE)
OPENING = frozenset(("/start", "/help"))  # what Telegram's own buttons send to a bot that is added to a group
SUPERGROUP = "-100"  # with which the ids of supergroups begin


def events(body: bytes) -> list[Event]:
    """Return the events of the update in this body; none for what was said in a group to others."""
    update = untrusted_payload.load_json(body)
    if update is None:
        return [untrusted_payload.unreadable_event(body)]
    number = untrusted_payload.text(update, "update_id")
    for field, read in (("message", message_events), ("edited_message", edit_events), ("my_chat_member", bot_events)):
        item = untrusted_payload.mapping(update, field)
        if item:
            is_group = untrusted_payload.text(item, "chat", "type") in GROUPS
            return read(item, number) if is_group else inbound.update_events(update)
    return inbound.update_events(update)


def minimize(request: Request, account: AccountInfo) -> Request | None:
    """Return a request as it may be stored: without what a group's people said to others; None if nothing is left."""
    if not any(mark in request.body for mark in SHARED_MARKS):
        return request
    update = untrusted_payload.load_json(request.body)
    contents = [(name, value) for name, value in untrusted_payload.mapping(update).items() if isinstance(value, dict)]
    field, item = contents[0] if contents else ("", {})
    chat = untrusted_payload.mapping(item, "chat") or untrusted_payload.mapping(item, "message", "chat")
    if untrusted_payload.text(chat, "type") not in SHARED:
        return request
    kept = kept_item(field, item, account) if account.settings.get("groups") is True else None
    if kept is None:
        return None
    body = json.dumps({"update_id": update.get("update_id"), field: kept}, ensure_ascii=False)
    return replace(request, body=body.encode("utf-8", "replace"))


def kept_item(field: str, item: Json, account: AccountInfo) -> Json | None:
    """Return what may be stored of an update of a group; None for nothing."""
    if field in ("message", "edited_message") and is_for(item, account):
        answered = untrusted_payload.mapping(item, "reply_to_message")
        item = {name: value for name, value in item.items() if name not in ("external_reply", "quote")}
        return item | ({"reply_to_message": without_words(answered)} if answered else {})
    # A place that is shared live is edited every few seconds.
    is_edited = field == "edited_message" and "location" not in item
    if is_edited or (field == "message" and "migrate_to_chat_id" in item):
        return kept_fields(item, "message_id", "chat", "date", "edit_date", "migrate_to_chat_id")
    if field == "my_chat_member":
        status = {
            name: {"status": untrusted_payload.text(item, name, "status")}
            for name in ("old_chat_member", "new_chat_member")
        }
        return kept_fields(item, "chat", "date") | status
    return None


def kept_fields(item: Json, *names: str) -> Json:
    """Return these fields of an object, those that it has."""
    return {name: item[name] for name in names if name in item}


def without_words(answered: Json) -> Json:
    """Return a message that was answered without its content, and without its author if that is a person."""
    author = untrusted_payload.mapping(answered, "from")
    is_bot = untrusted_payload.dig(author, "is_bot") is True
    kept = kept_fields(answered, "message_id", "chat", "date", "is_automatic_forward", "forum_topic_created")
    return kept | ({"from": author} if is_bot else {})


# ---- whom a message is for


def is_for(item: Json, account: AccountInfo) -> bool:
    """Return whether somebody said a message of a group to the account's bot."""
    own = {account.address.removeprefix("@").lower(), f"id:{account.token.partition(':')[0]}"}
    return is_said(item) and not own.isdisjoint(addressees(item))


def is_said(item: Json) -> bool:
    """Return whether a person, or somebody in the name of a group or channel, said a message in the group itself.

    A channel's post comes into its discussion as an automatic forward, and other bots are not talked with.
    """
    if untrusted_payload.dig(item, "is_automatic_forward") is True or author_of(item) is None:
        return False
    words = untrusted_payload.text(item, "text").strip()
    return words.partition(" ")[0].partition("@")[0] not in OPENING


def addressees(item: Json) -> set[str]:
    """Return whom a message of a group is for: user names in lower case without @, and "id:" with a user's id."""
    found = set()
    for kind, words, entity in entities(item):
        if kind == "mention":
            found.add(words.removeprefix("@").lower())
        elif kind == "bot_command" and "@" in words:
            found.add(words.partition("@")[2].lower())
        elif kind == "text_mention":
            found.add(f"id:{untrusted_payload.text(entity, 'user', 'id')}")
    answered = untrusted_payload.mapping(item, "reply_to_message")
    # Every message of a topic answers the service message that opened it, which may be the bot's own.
    if untrusted_payload.dig(answered, "from", "is_bot") is True and "forum_topic_created" not in answered:
        found.add(f"id:{untrusted_payload.text(answered, 'from', 'id')}")
        found.add(untrusted_payload.text(answered, "from", "username").lower())
    return found - {"", "id:"}


def entities(item: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield (type, text, entity) for each entity of a message's text or caption; offsets count UTF-16 units."""
    for field, name in (("text", "entities"), ("caption", "caption_entities")):
        units = untrusted_payload.text(item, field).encode("utf-16-le", "surrogatepass")
        for entity in untrusted_payload.sequence(item, name):
            start = untrusted_payload.number(entity, "offset")
            size = untrusted_payload.number(entity, "length")
            if start is not None and size is not None and 0 <= start <= len(units) and 0 < size <= len(units):
                words = units[2 * int(start) : 2 * int(start + size)].decode("utf-16-le", "replace")
                yield untrusted_payload.text(entity, "type"), words, untrusted_payload.mapping(entity)


def author_of(item: Json) -> Address | None:
    """Return who said a message; None for another bot.

    An anonymous administrator speaks as the group, and some people as a channel: then it is that chat's address, which
    nothing private may be sent to.
    """
    chat = untrusted_payload.mapping(item, "sender_chat")
    if number := untrusted_payload.text(chat, "id"):
        return Address("tg", number, untrusted_payload.text(chat, "title"))
    return inbound.read_sender(item)


# ---- events


def message_events(item: Json, number: str) -> list[Event]:
    """Return the event of a message of a group that was said to a bot, or of a group's new id; none for any other."""
    if new := untrusted_payload.text(item, "migrate_to_chat_id"):
        return [account_event(item, number, {"field": "migrate_to_chat_id", "value": new})]
    return [comment_event(item)] if is_said(item) and addressees(item) else []


def edit_events(item: Json, number: str) -> list[Event]:
    """Return the events of an edited message of a group.

    The bot may be mentioned for the first time, so it is a comment that is stored unless it was; then the edit. Without
    a mention it is withdrawn: it is not for us any more, and only its id may be known here.
    """
    own = inbound.message_id(item)
    at = untrusted_payload.moment(item, "edit_date")
    if not (is_said(item) and addressees(item)):
        return [Event(Kind.DELETE, dedup(Kind.DELETE, None, own, number), at=at, target=own, public=True)]
    comment = comment_event(item)
    author = comment.sender
    assert author is not None  # `is_said`
    edit = Event(
        Kind.EDIT,
        dedup(Kind.EDIT, author, number or untrusted_payload.fingerprint(item)),
        sender=author,
        at=at,
        target=own,
        text=comment.text,
        public=True,
        data={"author": {"scheme": author.scheme, "address": author.address}},
    )
    return [comment, edit]


def comment_event(item: Json) -> Event:
    """Return the event of a message of a group that was said to a bot."""
    author, own = author_of(item), inbound.message_id(item)
    said = inbound.content_fields(without_lead(item)) or {}
    if not (said.get("text") or said.get("media") or said.get("location")):
        words = " ".join(untrusted_payload.text(item, name) for name in ("text", "caption")).strip()
        said |= {"text": words or "[message]", **({} if words else {"content": Content.OTHER})}
    said.pop("kind", None)
    data = said.pop("data", {})
    if album := untrusted_payload.text(item, "media_group_id"):
        data["album"] = album
    if url := page_of(item):
        data["url"] = url
    return Event(
        Kind.COMMENT,
        dedup(Kind.COMMENT, author, own or untrusted_payload.fingerprint(item)),
        external_id=own,
        sender=author,
        at=untrusted_payload.moment(item, "date"),
        reply_to=answered_id(item),
        thread=thread_of(item),
        lang=inbound.language(item),
        public=True,
        data=data,
        **said,
    )


def without_lead(item: Json) -> Json:
    """Return a message whose words do not begin with the bot's name, and whose command does not name it."""
    words = {}
    for name in ("text", "caption"):
        text = untrusted_payload.text(item, name)
        found = LEAD.match(text)
        rest = text[found.end() :] if found else text
        words[name] = f"{found[1]} {rest}".strip() if found and found[1] else rest
    return item | {name: rest for name, rest in words.items() if rest}


def answered_id(item: Json) -> str:
    """Return the id of the message that one of a group answers; "" where that only opened the topic."""
    answered = untrusted_payload.mapping(item, "reply_to_message")
    if "forum_topic_created" in answered:
        return ""
    return inbound.message_id({"chat": item.get("chat"), **answered})


def thread_of(item: Json) -> str:
    """Return the id of the first message of a thread: of a discussion, the channel's post.

    A topic is no thread: in it people speak of many matters for years.
    """
    if untrusted_payload.dig(item, "is_topic_message") is True:
        return ""
    root = {"chat": item.get("chat"), "message_id": untrusted_payload.text(item, "message_thread_id")}
    return inbound.message_id(root)


def page_of(item: Json) -> str:
    """Return the address of a message; "" in a basic group, where messages have none."""
    chat, number = untrusted_payload.mapping(item, "chat"), untrusted_payload.text(item, "message_id")
    name, own = untrusted_payload.text(chat, "username"), untrusted_payload.text(chat, "id")
    if not number.isdecimal() or untrusted_payload.text(chat, "type") != "supergroup":
        return ""
    if re.fullmatch(r"\w{1,64}", name, re.ASCII):
        return f"https://t.me/{name}/{number}"
    inner = own.removeprefix(SUPERGROUP)
    return f"https://t.me/c/{inner}/{number}" if own.startswith(SUPERGROUP) and inner.isdecimal() else ""


def bot_events(item: Json, number: str) -> list[Event]:
    """Return the event of the bot's being added to a group, or removed from it; without who did it."""
    value = {
        "chat": untrusted_payload.text(item, "chat", "id"),
        "title": untrusted_payload.text(item, "chat", "title"),
        "status": untrusted_payload.text(item, "new_chat_member", "status"),
    }
    return [account_event(item, number, {"field": "my_chat_member", "value": value})]


def account_event(item: Json, number: str, data: Json) -> Event:
    """Return an event that nobody need answer."""
    key = dedup(Kind.ACCOUNT, None, number or untrusted_payload.fingerprint(item))
    return Event(Kind.ACCOUNT, key, at=untrusted_payload.moment(item, "date"), data=data)
