"""What WhatsApp tells us, as events. Source: Meta's Cloud API webhook reference, v25.0.

One POST carries many changes for many phone numbers, each with many messages and statuses: all are read, in order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from kesher.channels import raw
from kesher.channels.base import Address, Event, Json, Kind, Media, Status, dedup

OBJECT = "whatsapp_business_account"
PHONE = re.compile(r"\+?(\d{6,15})")
BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")

MEDIA: dict[str, Literal["image", "audio", "video", "document", "sticker"]] = {
    "image": "image",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
}
STATUSES = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "played": Status.READ,  # a voice message that was heard
    "failed": Status.FAILED,
}
CHANGED_IDENTITY = frozenset(
    ("user_changed_number", "user_changed_user_id", "customer_changed_number", "customer_identity_changed")
)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one entry: the piece of a webhook that belongs to one of our phone numbers."""

    field: str
    value: Json
    waba: str
    time: Any

    @property
    def account(self) -> str:
        return raw.text(self.value, "metadata", "phone_number_id")


def events(body: bytes) -> list[Event]:
    """All events of a webhook's body, in order; a body that says nothing is one UNKNOWN."""
    value = raw.load(body)
    if value is None:
        return [raw.unreadable(body)]
    if raw.text(value, "object") != OBJECT:
        return [raw.unknown(value)]
    return [event for entry in raw.sequence(value, "entry") for event in entry_events(entry)] or [raw.unknown(value)]


def entry_events(entry: Any) -> list[Event]:
    """The events of one business account's entry."""
    found: list[Event] = []
    for item in raw.sequence(entry, "changes"):
        field = raw.text(item, "field")
        change = Change(field, raw.mapping(item, "value"), raw.text(entry, "id"), raw.dig(entry, "time"))
        read = FIELDS.get(field)
        found += (read(change) if read else []) or [raw.unknown(item, account=change.account)]
    return found or [raw.unknown(entry)]


def spoken(change: Change) -> list[Event]:
    """The field ``messages``: what people sent, what became of what we sent, and errors of the number itself."""
    found = [message_event(change, item) for item in raw.sequence(change.value, "messages")]
    found += [status_event(change, item) for item in raw.sequence(change.value, "statuses")]
    return found or [trouble(change, item) for item in raw.sequence(change.value, "errors")]


def message_event(change: Change, item: Any) -> Event:
    """One message. Its type picks the reader; a reader that finds nothing to read makes it UNKNOWN."""
    sender, aliases = person(change, raw.text(item, "from"), raw.text(item, "from_user_id"))
    wamid, at = raw.text(item, "id"), raw.moment(item, "timestamp")
    read = TYPES.get(raw.text(item, "type"))
    # A group is not a conversation between one person and the agency: an answer would go to everybody.
    said = None if read is None or raw.text(item, "group_id") else read(item)
    if said is None:
        errors = raw.sequence(item, "errors") or raw.sequence(change.value, "errors")
        fields = {"external_id": wamid, "aliases": aliases, "at": at, "error": raw.text(errors, 0, "code")}
        data = {"errors": errors} if errors else {}
        return raw.unknown(item, event_id=wamid, account=change.account, sender=sender, data=data, **fields)
    if said.get("kind") == Kind.IDENTITY_CHANGED:
        sender, aliases = former(item, sender, aliases)
    kind = said.pop("kind", Kind.MESSAGE)
    said["data"] = {**said.get("data", {}), **circumstances(item)}
    key = dedup(kind, sender, wamid or raw.fingerprint(item))
    event = Event(kind, key, change.account, wamid, sender, aliases, at)
    return replace(event, reply_to=raw.text(item, "context", "id"), **said)


def circumstances(item: Any) -> Json:
    """What else is known of a message: how far it travelled, and which advertisement or post led to it."""
    found: Json = {}
    for name in ("forwarded", "frequently_forwarded"):
        if raw.dig(item, "context", name) is True:
            found[name] = True
    referral = raw.mapping(item, "referral")
    return {**found, "referral": referral} if referral else found


def person(change: Change, number: str, user_id: str) -> tuple[Address | None, tuple[Address, ...]]:
    """Who is meant: the address to use, then the other names of the same person. A phone number comes first; a
    business-scoped id (BSUID) stands alone where WhatsApp keeps the number to itself."""
    contact = contact_of(change, number, user_id)
    name = raw.text(contact, "profile", "name") or raw.text(contact, "profile", "username")
    found: list[Address] = []
    if tel := phone(number) or phone(raw.text(contact, "wa_id")):
        found.append(Address("tel", tel, name))
    for scoped in (user_id, raw.text(contact, "user_id"), number):
        if BSUID.fullmatch(scoped) and all(address.address != scoped for address in found):
            found.append(Address("wa-bsuid", scoped, name))
    return (found[0], tuple(found[1:])) if found else (None, ())


def contact_of(change: Change, number: str, user_id: str) -> Json:
    """The profile that goes with a message. Only where a change has one message and one profile may the two be put
    together without a matching id: otherwise a name would stick to the wrong person."""
    contacts = [raw.mapping(item) for item in raw.sequence(change.value, "contacts")]
    for contact in contacts:
        ids = {raw.text(contact, "wa_id"), raw.text(contact, "user_id")} - {""}
        if ids & {number, user_id}:
            return contact
    names = ("messages", "statuses", "message_echoes", "user_preferences")
    alone = sum(len(raw.sequence(change.value, name)) for name in names) == 1
    return contacts[0] if len(contacts) == 1 and alone else {}


def phone(digits: str) -> str:
    """A number as E.164, or "" where this is no phone number."""
    found = PHONE.fullmatch(digits)
    return f"+{found[1]}" if found else ""


# ---- what a message says: each reader gives the fields of an Event, or None where there is nothing of its type


def said_text(item: Any) -> Json | None:
    body = raw.dig(item, "text", "body")
    return {"text": body} if isinstance(body, str) else None


def said_media(item: Any) -> Json | None:
    kind = raw.text(item, "type")
    file = raw.mapping(item, kind)
    media = Media(
        MEDIA[kind],
        mime=raw.text(file, "mime_type"),
        ref=raw.text(file, "id"),
        url=raw.text(file, "url"),
        name=raw.text(file, "filename"),
    )
    if not (media.ref or media.url):
        return None
    heard = {"data": {"voice": True}} if kind == "voice" or raw.dig(file, "voice") is True else {}
    # The caption is what the person said, so it stands where a dialogue reads.
    return {"media": (media,), "text": raw.text(file, "caption"), **heard}


def said_place(item: Any) -> Json | None:
    spot = raw.mapping(item, "location")
    place = raw.place(spot, "latitude", "longitude", raw.text(spot, "name"), raw.text(spot, "address"))
    return {"location": place} if place else None


def said_contacts(item: Any) -> Json | None:
    cards = raw.sequence(item, "contacts")
    lines = []
    for card in cards:
        numbers = [raw.text(entry, "phone") for entry in raw.sequence(card, "phones")]
        lines.append(" ".join(filter(None, [raw.text(card, "name", "formatted_name"), *numbers])))
    return {"text": "\n".join(filter(None, lines)), "data": {"contacts": cards}} if cards else None


def said_button(item: Any) -> Json | None:
    """A quick reply under a template."""
    payload, title = raw.text(item, "button", "payload"), raw.text(item, "button", "text")
    return {"kind": Kind.CHOICE, "choice_id": payload or title, "text": title} if payload or title else None


def said_interactive(item: Any) -> Json | None:
    kind = raw.text(item, "interactive", "type")
    reply = raw.mapping(item, "interactive", kind)
    if kind in ("button_reply", "list_reply") and raw.text(reply, "id"):
        return {"kind": Kind.CHOICE, "choice_id": raw.text(reply, "id"), "text": raw.text(reply, "title")}
    if kind == "nfm_reply":
        answers = raw.load(raw.text(reply, "response_json").encode())
        return {"data": {"form": answers, "name": raw.text(reply, "name")}} if isinstance(answers, dict) else None
    return None


def said_reaction(item: Any) -> Json | None:
    target, emoji = raw.text(item, "reaction", "message_id"), raw.text(item, "reaction", "emoji")
    gone = {} if emoji else {"data": {"removed": True}}
    return {"kind": Kind.REACTION, "target": target, "text": emoji, **gone} if target else None


def said_edit(item: Any) -> Json | None:
    target, message = raw.text(item, "edit", "original_message_id"), raw.mapping(item, "edit", "message")
    kind = raw.text(message, "type")
    read = said_text if kind == "text" else said_media if kind in MEDIA else None
    fields = read(message) if read else None
    return {**fields, "kind": Kind.EDIT, "target": target} if fields is not None and target else None


def said_revoke(item: Any) -> Json | None:
    target = raw.text(item, "revoke", "original_message_id")
    return {"kind": Kind.DELETE, "target": target} if target else None


def said_order(item: Any) -> Json | None:
    order = raw.mapping(item, "order")
    return {"text": raw.text(order, "text"), "data": {"order": order}} if order else None


def said_welcome(_item: Any) -> Json:
    return {"kind": Kind.STARTED}


def said_system(item: Any) -> Json | None:
    """News of a person's identity. ``data["to"]`` has the new addresses; the sender is the old one."""
    system = raw.mapping(item, "system")
    if raw.text(system, "type") not in CHANGED_IDENTITY:
        return None
    data: Json = {"type": raw.text(system, "type")}
    fresh = phone(raw.text(system, "wa_id") or raw.text(system, "new_wa_id"))
    if fresh and data["type"] != "customer_identity_changed":
        data["to"] = [{"scheme": "tel", "address": fresh}]
    if BSUID.fullmatch(raw.text(system, "user_id")):
        data["to"] = [*data.get("to", []), {"scheme": "wa-bsuid", "address": raw.text(system, "user_id")}]
    return {"kind": Kind.IDENTITY_CHANGED, "text": raw.text(system, "body"), "data": data}


def former(
    item: Any, sender: Address | None, aliases: tuple[Address, ...]
) -> tuple[Address | None, tuple[Address, ...]]:
    """Who the person was before the change: a new BSUID must not pass for a name of the old number."""
    fresh, past = raw.text(item, "system", "user_id"), raw.text(item, "system", "previous_user_id")
    known = [address for address in (sender, *aliases) if address and address.address != fresh]
    if BSUID.fullmatch(past) and all(address.address != past for address in known):
        known.append(Address("wa-bsuid", past))
    return (known[0], tuple(known[1:])) if known else (None, ())


TYPES: dict[str, Callable[[Any], Json | None]] = {
    **dict.fromkeys(MEDIA, said_media),
    "text": said_text,
    "location": said_place,
    "contacts": said_contacts,
    "button": said_button,
    "interactive": said_interactive,
    "reaction": said_reaction,
    "edit": said_edit,
    "revoke": said_revoke,
    "order": said_order,
    "system": said_system,
    "request_welcome": said_welcome,
}


# ---- everything that is not a message


def status_event(change: Change, item: Any) -> Event:
    """A receipt. The sender is the person whom the message was for."""
    wamid, word = raw.text(item, "id"), raw.text(item, "status")
    group = raw.text(item, "recipient_type") == "group"
    prefix = "recipient_participant" if group else "recipient"
    sender, aliases = person(change, raw.text(item, f"{prefix}_id"), raw.text(item, f"{prefix}_user_id"))
    if word not in STATUSES or not wamid:
        return raw.unknown(item, event_id=f"{wamid}|{word}" if wamid else "", account=change.account, sender=sender)
    error = raw.mapping(item, "errors", 0)
    data = {"ref": raw.text(item, "biz_opaque_callback_data"), "pricing": raw.mapping(item, "pricing")}
    data["reason"] = raw.text(error, "error_data", "details") or raw.text(error, "title")
    return Event(
        Kind.STATUS,
        dedup(Kind.STATUS, sender, wamid, word),
        account=change.account,
        sender=sender,
        aliases=aliases,
        at=raw.moment(item, "timestamp"),
        target=wamid,
        status=STATUSES[word],
        error=raw.text(error, "code"),
        data={name: value for name, value in data.items() if value},
    )


def trouble(change: Change, item: Any) -> Event:
    """An error of the phone number itself, that belongs to no message."""
    name = raw.fingerprint([change.waba, change.time, item])
    key = dedup(Kind.ACCOUNT, None, name)
    data = {"field": "errors", "waba": change.waba, "value": item}
    return Event(Kind.ACCOUNT, key, change.account, error=raw.text(item, "code"), at=now_of(change), data=data)


def echoes(change: Change) -> list[Event]:
    """What our own number sent from the Business app. The sender is the person in whose conversation it belongs."""
    found: list[Event] = []
    for item in raw.sequence(change.value, "message_echoes"):
        to, aliases = person(change, raw.text(item, "to"), raw.text(item, "to_user_id"))
        read = TYPES.get(raw.text(item, "type"))
        said = (read(item) if read else None) or {"data": {"raw": item}}
        kind = said.pop("kind", Kind.MESSAGE)
        if kind != Kind.MESSAGE:
            said["data"] = {**said.get("data", {}), "of": str(kind)}
        wamid = raw.text(item, "id")
        key = dedup(Kind.ECHO, to, wamid or raw.fingerprint(item))
        event = Event(Kind.ECHO, key, change.account, wamid, to, aliases, raw.moment(item, "timestamp"))
        found.append(replace(event, **said))
    return found


def preferences(change: Change) -> list[Event]:
    """A person stopped, or took up again, the agency's marketing messages in WhatsApp's own settings."""
    kinds = {"stop": Kind.OPT_OUT, "resume": Kind.OPT_IN}
    found: list[Event] = []
    for item in raw.sequence(change.value, "user_preferences"):
        sender, aliases = person(change, raw.text(item, "wa_id"), raw.text(item, "user_id"))
        kind = kinds.get(raw.text(item, "value"))
        if kind is None or sender is None:
            found.append(raw.unknown(item, account=change.account, sender=sender))
            continue
        category = raw.text(item, "category")
        key = dedup(kind, sender, raw.text(item, "timestamp") or raw.fingerprint(item), category)
        data = {"category": category, "detail": raw.text(item, "detail")}
        at = raw.moment(item, "timestamp")
        found.append(Event(kind, key, change.account, sender=sender, aliases=aliases, at=at, data=data))
    return found


def account_news(change: Change) -> list[Event]:
    """Quality, limits, bans, and what became of our templates."""
    name = raw.fingerprint([change.waba, change.time, change.field, change.value])
    data = {"field": change.field, "waba": change.waba, "value": change.value}
    key = dedup(Kind.ACCOUNT, None, name)
    return [Event(Kind.ACCOUNT, key, change.account, at=now_of(change), data=data)] if change.value else []


def now_of(change: Change) -> datetime | None:
    """When Meta sent the entry, where it says so."""
    return raw.moment(change.time)


FIELDS: dict[str, Callable[[Change], list[Event]]] = {
    "messages": spoken,
    "message_echoes": echoes,
    "smb_message_echoes": echoes,
    "user_preferences": preferences,
    "account_update": account_news,
    "account_alerts": account_news,
    "account_review_update": account_news,
    "business_capability_update": account_news,
    "message_template_status_update": account_news,
    "message_template_quality_update": account_news,
    "message_template_components_update": account_news,
    "template_category_update": account_news,
    "phone_number_name_update": account_news,
    "phone_number_quality_update": account_news,
    "security": account_news,
}


def payloads(body: bytes) -> list[bytes]:
    """The webhooks in a stored file: the file itself, or each value of a ``{case: webhook}`` collection."""
    value = raw.load(body)
    cases = list(value.values()) if isinstance(value, dict) and "object" not in value else []
    if cases and all(raw.text(case, "object") for case in cases):
        return [json.dumps(case).encode() for case in cases]
    return [body]
