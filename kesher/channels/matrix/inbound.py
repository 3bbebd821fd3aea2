"""Convert the events of an application service's transaction to channel events.

Source: the Matrix specification 1.16, application service API and client-server API, and MSC2409 (ephemeral events).
An event's id is unique on all homeservers, so it alone makes the key: a transaction that comes twice changes nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from kesher.channels import untrusted_payload
from kesher.channels.base import Address, Content, Event, Json, Kind, Location, Media, Status, dedup
from kesher.channels.outbound_message import MediaKind, clean_mime

OWN = "kesher.ref"  # in the content of every message that we send
EPHEMERAL = ("ephemeral", "de.sorunome.msc2409.ephemeral")
USER_ID = re.compile(r"@[^\s:]{1,120}:[^\s]{1,130}")
ID = re.compile(r"[!$@#][^\s]{1,254}")
FALLBACK = re.compile(r"> [^\n]*\n(?:>[^\n]*\n)*\n")  # the quoted words before an answer, of older clients
TAGS = re.compile(r"<[^>]*>")
GEO = re.compile(r"geo:(-?\d{1,3}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)")
FILES: dict[str, MediaKind] = {"m.image": "image", "m.audio": "audio", "m.video": "video", "m.file": "document"}
WORDS = ("m.text", "m.emote", "m.notice")


def events(body: bytes) -> list[Event]:
    """Return the events of a transaction, in order; those of our own messages are left out."""
    found = untrusted_payload.load_json(body)
    if found is None:
        return [untrusted_payload.unreadable_event(body)]
    if not any(isinstance(untrusted_payload.dig(found, name), list) for name in ("events", *EPHEMERAL)):
        return [untrusted_payload.unknown_event(found)]
    ephemeral = [item for name in EPHEMERAL for item in untrusted_payload.sequence(found, name)]
    read = [
        event
        for item in untrusted_payload.sequence(found, "events")
        if not is_own(item)
        for event in untrusted_payload.read_each([item], read_event) + list(invitation(item))
    ]
    read += [event for item in ephemeral for event in receipts(item)]
    return list({event.dedup_key: event for event in read}.values())


def is_own(item: Any) -> bool:
    """Return whether an event is a message that we sent ourselves."""
    return isinstance(untrusted_payload.mapping(item, "content").get(OWN), str)


def read_event(item: Any) -> Event:
    """Return the event of one item of a transaction."""
    kind = untrusted_payload.text(item, "type")
    read = READERS.get(kind)
    is_state = untrusted_payload.dig(item, "state_key") is not None and kind != "m.room.member"
    if is_state or is_emptied(item):
        return account_event(item)  # a room's name, topic and so on, or what was taken back before it came
    return (read(item) if read else None) or unknown(item)


def is_emptied(item: Any) -> bool:
    """Return whether somebody took this event back: the homeserver then sends it without its content."""
    emptied = (
        untrusted_payload.dig(item, "content") == {} and untrusted_payload.text(item, "type") != "m.room.redaction"
    )
    return emptied and sender_of(item) is not None


def sender_of(item: Any) -> Address | None:
    """Return the address of who sent an event."""
    user = untrusted_payload.text(item, "sender")
    return Address("matrix", user) if USER_ID.fullmatch(user) else None


def common(item: Any, kind: Kind) -> Json:
    """Return the fields that all events of people have: key, sender, time and room."""
    sender = sender_of(item)
    room = untrusted_payload.text(item, "room_id")
    millis = untrusted_payload.number(item, "origin_server_ts")
    return {
        "kind": kind,
        "dedup_key": dedup(kind, sender, event_id(item)),
        "sender": sender,
        "at": untrusted_payload.moment(millis / 1000) if millis is not None else None,
        "data": {"room": room} if ID.fullmatch(room) else {},
    }


def event_id(item: Any) -> str:
    """Return an event's id; a hash of the event if it has none."""
    return untrusted_payload.text(item, "event_id") or untrusted_payload.fingerprint(item)


def unknown(item: Any, name: str = "", content: Content = Content.WORDS) -> Event:
    """Return the UNKNOWN event of what we cannot read; it has a sender if a person said it in a room."""
    kind = untrusted_payload.text(item, "type")
    said = kind.startswith(("m.room.message", "m.poll", "org.matrix")) or kind == "m.room.encrypted"
    fields = common(item, Kind.UNKNOWN)
    name = name or untrusted_payload.text(item, "content", "msgtype").removeprefix("m.").replace(".", " ")[:40]
    data = {"raw": item, **fields["data"]} if content is not Content.ENCRYPTED else {"raw": {}, **fields["data"]}
    if not said:
        fields["sender"] = None
    text = f"[{name}]" if name and said else ""
    return Event(**fields | {"data": data}, external_id=untrusted_payload.text(item, "event_id"), text=text,
                 content=content)  # fmt: skip


def account_event(item: Any, **data: Any) -> Event:
    """Return the ACCOUNT event of news about a room; `data` may ask for a call to the homeserver."""
    fields = common(item, Kind.ACCOUNT)
    return Event(**fields | {"data": {**fields["data"], "type": untrusted_payload.text(item, "type"), **data}})


def message_event(item: Any) -> Event | None:
    """Return the event of a message, or of its edit; None for a kind that we do not know."""
    content = untrusted_payload.mapping(item, "content")
    relation = untrusted_payload.mapping(content, "m.relates_to")
    target = untrusted_payload.text(relation, "event_id")
    edited = untrusted_payload.text(relation, "rel_type") == "m.replace" and bool(target)
    said = content_fields(untrusted_payload.mapping(content, "m.new_content") if edited else content)
    if said is None or sender_of(item) is None:
        return None
    notice = untrusted_payload.text(content, "msgtype") == "m.notice"
    fields = common(item, Kind.EDIT if edited else Kind.AUTO_REPLY if notice else Kind.MESSAGE)
    if edited:
        fields["data"] |= {"author": author_of(item)}
        return Event(**fields, target=target, text=said.get("text", ""))
    answered = untrusted_payload.text(relation, "m.in_reply_to", "event_id")
    if answered and "text" in said:
        said["text"] = FALLBACK.sub("", said["text"], count=1) if said["text"].startswith("> ") else said["text"]
    return Event(**fields, external_id=untrusted_payload.text(item, "event_id"), reply_to=answered, **said)


def author_of(item: Any) -> Json:
    """Return the author of an edit or a redaction: it is applied to their own messages only."""
    return {"scheme": "matrix", "address": untrusted_payload.text(item, "sender")}


def content_fields(content: Json) -> Json | None:
    """Return a message's content as Event fields (text, media, location); None if we know nothing in it."""
    kind = untrusted_payload.text(content, "msgtype")
    words = untrusted_payload.text(content, "body")
    if kind in WORDS:
        return {"text": words or plain_text(untrusted_payload.text(content, "formatted_body"))}
    if kind == "m.location":
        place = location_of(content)
        return {"location": place} if place else {"text": words} if words else None
    if kind in FILES:
        return file_fields(content, FILES[kind], words)
    return None


def plain_text(markup: str) -> str:
    """Return the words of formatted text."""
    return html.unescape(TAGS.sub(" ", markup)).strip()


def location_of(content: Json) -> Location | None:
    """Return the place in a message, of a `geo:` URI; None if there is none."""
    uri = untrusted_payload.text(content, "geo_uri") or untrusted_payload.text(content, "m.location", "uri")
    found = GEO.match(uri)
    label = untrusted_payload.text(content, "m.location", "description")
    return untrusted_payload.place({"lat": found[1], "lon": found[2]}, "lat", "lon", label) if found else None


def file_fields(content: Json, kind: MediaKind, words: str) -> Json | None:
    """Return a file as Event fields; the words are its caption if it has a name beside them. None without a file."""
    reference = untrusted_payload.text(content, "url")
    if not reference.startswith("mxc://"):
        return None
    name = untrusted_payload.text(content, "filename")
    mime = clean_mime(untrusted_payload.text(content, "info", "mimetype"))
    media = Media(kind, mime, reference, name=name or words)
    return {"media": (media,), "text": words if name and name != words else ""}


def sticker_event(item: Any) -> Event | None:
    """Return the event of a sticker; its words describe it."""
    content = untrusted_payload.mapping(item, "content")
    said = file_fields(content, "sticker", untrusted_payload.text(content, "body"))
    if said is None or sender_of(item) is None:
        return None
    return Event(**common(item, Kind.MESSAGE), external_id=untrusted_payload.text(item, "event_id"), **said)


def reaction_event(item: Any) -> Event | None:
    """Return the event of a person's emoji under a message."""
    relation = untrusted_payload.mapping(item, "content", "m.relates_to")
    target = untrusted_payload.text(relation, "event_id")
    if not target or sender_of(item) is None:
        return None
    return Event(**common(item, Kind.REACTION), target=target, text=untrusted_payload.text(relation, "key")[:40])


def redaction_event(item: Any) -> Event | None:
    """Return the event of a message that was taken back: its text goes here, too."""
    # Since room version 11 the id is in the content.
    target = untrusted_payload.text(item, "content", "redacts") or untrusted_payload.text(item, "redacts")
    if not target or sender_of(item) is None:
        return None
    fields = common(item, Kind.DELETE)
    fields["data"] |= {"author": author_of(item), "erase": True}
    return Event(**fields, target=target)


def member_event(item: Any) -> Event:
    """Return the event of a person who comes into a room or leaves it: we look who is there now."""
    user, room = untrusted_payload.text(item, "state_key"), untrusted_payload.text(item, "room_id")
    if not (ID.fullmatch(room) and USER_ID.fullmatch(user)):
        return account_event(item)
    asked = {
        "room": room,
        "user": user,
        "membership": untrusted_payload.text(item, "content", "membership"),
        "direct": untrusted_payload.dig(item, "content", "is_direct") is True,
    }
    return account_event(item, settle=asked)


def invitation(item: Any) -> list[Event]:
    """Return the STARTED event of an invitation to a direct chat, or what says that its room is encrypted."""
    content = untrusted_payload.mapping(item, "content")
    asked = untrusted_payload.text(content, "membership") == "invite" and content.get("is_direct") is True
    fields = common(item, Kind.STARTED)
    user = untrusted_payload.text(item, "state_key")
    invited = asked and untrusted_payload.text(item, "type") == "m.room.member" and USER_ID.fullmatch(user)
    if not invited or fields["sender"] is None or not fields["data"] or user == fields["sender"].address:
        return []
    state = untrusted_payload.sequence(item, "unsigned", "invite_room_state")
    sealed = any(untrusted_payload.text(part, "type") == "m.room.encryption" for part in state)
    return [Event(**fields, account=user, content=Content.ENCRYPTED if sealed else Content.WORDS)]


def receipts(item: Any) -> list[Event]:
    """Return the events of an ephemeral item: for each person, up to when they have read."""
    if untrusted_payload.text(item, "type") != "m.receipt":
        return []
    found = []
    for target, kinds in untrusted_payload.mapping(item, "content").items():
        for kind in ("m.read", "m.read.private"):
            for user, about in untrusted_payload.mapping(kinds, kind).items():
                millis = untrusted_payload.number(about, "ts")
                at = untrusted_payload.moment(millis / 1000) if millis is not None else None
                if at is not None and USER_ID.fullmatch(user):
                    found.append(read_event_of(Address("matrix", user), target, at))
    return found


def read_event_of(reader: Address, target: str, at: datetime) -> Event:
    """Return the STATUS event of a read receipt: it holds for all that was sent to the reader up to its time."""
    return Event(
        Kind.STATUS,
        dedup(Kind.STATUS, reader, target, Status.READ),
        sender=reader,
        at=at,
        status=Status.READ,
        data={"until": at.astimezone(UTC).isoformat()},
    )


READERS: dict[str, Callable[[Any], Event | None]] = {
    "m.room.message": message_event,
    "m.sticker": sticker_event,
    "m.reaction": reaction_event,
    "m.room.redaction": redaction_event,
    "m.room.member": member_event,
    "m.room.encrypted": partial(unknown, name="encrypted", content=Content.ENCRYPTED),
}
