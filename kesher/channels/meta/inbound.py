"""Convert the webhooks of Messenger and Instagram to channel events. Source: Meta's webhook reference, v25.0.

One POST has many entries for many pages, each with many items: all are read, in order, and one that cannot be read does
not hide the others. An item's account is the side that is ours, so the entry is asked only where the item does not say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from kesher.channels import untrusted_payload
from kesher.channels.base import Address, Event, Json, Kind, Status, dedup

from .message_types import message_content, named

START = "start"  # the payload of our own button "Get started"
STARTS = frozenset((START, "get_started", "get started"))
MILLISECONDS = 100_000_000_000  # a greater number is no time in seconds
REF = "kesher:"  # before our own id of a delivery, in a sent message's metadata
# Meta's inboxes of a page and of an Instagram account. Its pages write the first number in two lengths.
INBOXES = frozenset(("263902037430900", "26390203743090", "1217981644879628"))
PERSON = frozenset((Kind.MESSAGE, Kind.CHOICE, Kind.STARTED, Kind.ECHO))


@dataclass(frozen=True, slots=True)
class Product:
    """What distinguishes Messenger from Instagram in a webhook: the name of its object, and our address scheme.

    `read_change` returns the event of a change in public, from our account's id, the time of the webhook and the
    change; None for any other.
    """

    object: str
    scheme: str
    read_change: Callable[[str, datetime | None, Any], Event | None]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who an item is from and to: our account, the person at the other side, and whether we sent it."""

    product: Product
    account: str
    person: Address | None
    is_ours: bool
    at: datetime | None


def events(body: bytes, product: Product) -> list[Event]:
    """Return all events of a webhook's body, in order; an empty body gives one UNKNOWN."""
    value = untrusted_payload.load_json(body)
    if value is None:
        return [untrusted_payload.unreadable_event(body)]
    if untrusted_payload.text(value, "object") != product.object:
        return [untrusted_payload.unknown_event(value)]
    found = [event for entry in untrusted_payload.sequence(value, "entry") for event in entry_events(entry, product)]
    return found or [untrusted_payload.unknown_event(value)]


def entry_events(entry: Any, product: Product) -> list[Event]:
    """Return the events of one page's entry: its items, those that came while another app answers, and changes."""
    account, sent = untrusted_payload.text(entry, "id"), entry_time(entry)
    lists: dict[str, Callable[[Any], Event]] = {
        "messaging": partial(item_event, product, account),
        "standby": partial(standby_event, product, account),
        "changes": partial(change_event, product, account, sent),
    }
    found: list[Event] = []
    for name, read in lists.items():
        found += untrusted_payload.read_each(untrusted_payload.sequence(entry, name), read, account)
    return found or [untrusted_payload.unknown_event(entry, account=account)]


def entry_time(entry: Any) -> datetime | None:
    """Return when a page's entry was sent: Meta writes it in seconds for changes, in milliseconds for messages."""
    found = untrusted_payload.number(entry, "time")
    return None if found is None else untrusted_payload.moment(found / 1000 if found > MILLISECONDS else found)


def item_event(product: Product, account: str, item: Any) -> Event:
    """Return the event of one item: the reader is that of the first known field that it has."""
    origin = origin_of(product, account, item)
    for name, read in READERS.items():
        about = untrusted_payload.mapping(item, name)
        if about and (event := read(origin, item, about)):
            return event
    return unknown_item(origin, item)


def standby_event(product: Product, account: str, item: Any) -> Event:
    """Return the event of an item that came while another application answers the person.

    What was said is kept, readable, but has no sender: nobody waits for an answer of ours.
    """
    event = item_event(product, account, item)
    if event.kind not in PERSON:
        return event
    data = {"standby": True, "kind": str(event.kind)}
    return untrusted_payload.unknown_event(
        item,
        event_id=f"standby|{event.external_id}" if event.external_id else "",
        account=event.account,
        at=event.at,
        text=event.text or named("standby"),
        data=data,
    )


def change_event(product: Product, account: str, sent: datetime | None, change: Any) -> Event:
    """Return the event of a change: an item that Instagram sent in this form, a comment, else UNKNOWN (mentions …)."""
    value = untrusted_payload.mapping(change, "value")
    if untrusted_payload.mapping(value, "sender") and untrusted_payload.mapping(value, "recipient"):
        return item_event(product, account, value)
    if (event := product.read_change(account, sent, change)) is not None:
        return event
    field = named(untrusted_payload.text(change, "field"))
    return untrusted_payload.unknown_event(change, account=account, text=field)


def origin_of(product: Product, account: str, item: Any) -> Origin:
    """Return who an item is from and to. A person's id is scoped to the page, so their address has both."""
    sender, recipient = untrusted_payload.text(item, "sender", "id"), untrusted_payload.text(item, "recipient", "id")
    is_ours = untrusted_payload.dig(item, "message", "is_echo") is True or sender == account != ""
    page, person = (sender, recipient) if is_ours else (recipient, sender)
    page = page or account
    found = Address(product.scheme, f"{page}:{person}") if page and person and person != page else None
    return Origin(product, page, found, is_ours, milliseconds(item, "timestamp"))


def milliseconds(value: Any, *path: str | int) -> datetime | None:
    """Return the time in milliseconds at a path in JSON as an aware time in UTC; None if there is none."""
    found = untrusted_payload.number(value, *path)
    return untrusted_payload.moment(found / 1000) if found is not None else None


def unknown_item(origin: Origin, item: Any, text: str = "") -> Event:
    """Return the UNKNOWN event of an item for which nobody waits; its text names the first field of its own."""
    known = ("sender", "recipient", "timestamp", "is_echo", "app_id")
    names = sorted(name for name in untrusted_payload.mapping(item) if name not in known)
    return untrusted_payload.unknown_event(
        item, account=origin.account, at=origin.at, text=text or (named(names[0]) if names else "")
    )


def person_event(origin: Origin, item: Any, kind: Kind, event_id: str, extra: str = "", **fields: Any) -> Event | None:
    """Return the event of something that the person did; None without the person."""
    if origin.person is None:
        return None
    key = dedup(kind, origin.person, event_id or untrusted_payload.fingerprint(item), extra)
    return Event(kind, key, account=origin.account, sender=origin.person, at=origin.at, **fields)


def message_event(origin: Origin, item: Any, message: Json) -> Event | None:
    """Return the event of a message, of its deletion, of a tapped quick reply, or of what our own page sent."""
    mid = untrusted_payload.text(message, "mid")
    if untrusted_payload.dig(message, "is_deleted") is True:
        return deletion_event(origin, item, mid)
    if origin.is_ours:
        return echo_event(origin, item, message)
    said = message_content(message)
    if said is None:
        return unreadable_message(origin, item, message)
    said["data"] = {**said["data"], **beside(message)}
    kind, choice = Kind.MESSAGE, untrusted_payload.text(message, "quick_reply", "payload")
    if choice:
        kind, said["choice_id"] = Kind.CHOICE, choice
    reply_to = untrusted_payload.text(message, "reply_to", "mid")
    return person_event(origin, item, kind, mid, external_id=mid, reply_to=reply_to, **said)


def beside(message: Json) -> Json:
    """Return what is known of a message besides its content: which advertisement or link led to it."""
    referral = untrusted_payload.mapping(message, "referral")
    return {"referral": referral} if referral else {}


def unreadable_message(origin: Origin, item: Any, message: Json) -> Event:
    """Return the UNKNOWN event of a person's message that cannot be read; they wait for an answer."""
    mid = untrusted_payload.text(message, "mid")
    return untrusted_payload.unknown_event(
        item,
        event_id=mid,
        account=origin.account,
        sender=origin.person,
        external_id=mid,
        at=origin.at,
        text=named("message") if origin.person else "",
    )


def deletion_event(origin: Origin, item: Any, mid: str) -> Event | None:
    """Return the event of a message that its sender took back; None without its id."""
    if not mid:
        return None
    if origin.is_ours:
        return ours_event(origin, item, mid, target=mid, data={"of": str(Kind.DELETE)}, extra="delete")
    return person_event(origin, item, Kind.DELETE, mid, target=mid)


def echo_event(origin: Origin, item: Any, message: Json) -> Event | None:
    """Return the event of a message that our page sent: STATUS if we sent it from here, else ECHO.

    Our own carry our id of the delivery, so they confirm that Meta took the message.
    """
    mid, metadata = untrusted_payload.text(message, "mid"), untrusted_payload.text(message, "metadata")
    if metadata.startswith(REF) and mid:
        data = {"ref": metadata.removeprefix(REF)}
        return person_event(origin, item, Kind.STATUS, mid, "sent", target=mid, status=Status.SENT, data=data)
    said = message_content(message) or {"text": named("message"), "data": {"raw": message}}
    app = untrusted_payload.text(message, "app_id")
    said["data"] = {**said["data"], "by": origin.account, **({"app_id": app} if app else {})}
    reply_to = untrusted_payload.text(message, "reply_to", "mid")
    return ours_event(origin, item, mid, external_id=mid, reply_to=reply_to, **said)


def ours_event(origin: Origin, item: Any, mid: str, extra: str = "", **fields: Any) -> Event | None:
    """Return the ECHO event of what our page did, in the conversation of the person to whom it did it."""
    return person_event(origin, item, Kind.ECHO, mid, extra, **fields)


def edit_event(origin: Origin, item: Any, edit: Json) -> Event | None:
    """Return the event of an edited message; each further edit of one message is an event of its own."""
    mid, count = untrusted_payload.text(edit, "mid"), untrusted_payload.text(edit, "num_edit")
    if not mid or not isinstance(edit.get("text"), str):
        return None
    again = count or untrusted_payload.text(item, "timestamp")
    if origin.is_ours:
        data = {"of": str(Kind.EDIT)}
        return ours_event(origin, item, mid, f"edit{again}", target=mid, text=edit["text"], data=data)
    return person_event(origin, item, Kind.EDIT, mid, again, target=mid, text=edit["text"])


def reaction_event(origin: Origin, item: Any, reaction: Json) -> Event | None:
    """Return the event of a person's reaction to a message, or of its removal; None for one of our own."""
    mid = untrusted_payload.text(reaction, "mid")
    if not mid or origin.is_ours:
        return None
    is_removed = untrusted_payload.text(reaction, "action") == "unreact"
    emoji = untrusted_payload.text(reaction, "emoji") or untrusted_payload.text(reaction, "reaction")
    at = untrusted_payload.text(item, "timestamp") or untrusted_payload.fingerprint(item)
    return person_event(
        origin,
        item,
        Kind.REACTION,
        mid,
        f"{at}{'-' if is_removed else '+'}",
        target=mid,
        text="" if is_removed else emoji,
        data={"removed": True} if is_removed else {},
    )


def receipt_event(status: Status, origin: Origin, item: Any, receipt: Json) -> Event | None:
    """Return the event of a delivery or read receipt; None for our own reading.

    A watermark covers all that was sent to the person before it, and reading a message all that came before that.
    """
    mids = [untrusted_payload.text(one) for one in untrusted_payload.sequence(receipt, "mids")]
    mid = untrusted_payload.text(receipt, "mid") or (mids[-1] if mids else "")
    until = milliseconds(receipt, "watermark") or (origin.at if mid else None)
    if origin.is_ours or not (mid or until):
        return None
    data = {"until": until.isoformat()} if until else {}
    name = untrusted_payload.text(receipt, "watermark") or mid
    return person_event(origin, item, Kind.STATUS, name, status, target=mid, status=status, data=data)


def postback_event(origin: Origin, item: Any, postback: Json) -> Event | None:
    """Return the event of a tapped button, menu line or ice breaker; "Get started" opens the conversation."""
    payload, title = untrusted_payload.text(postback, "payload"), untrusted_payload.text(postback, "title")
    mid = untrusted_payload.text(postback, "mid")
    referral = untrusted_payload.mapping(postback, "referral")
    if payload.lower() in STARTS:
        return started_event(origin, item, referral, mid)
    data = {"referral": referral} if referral else {}
    if not (payload or title):
        return None
    choice = payload or title
    return person_event(
        origin, item, Kind.CHOICE, mid, external_id=mid, choice_id=choice, text=title or choice, data=data
    )


def referral_event(origin: Origin, item: Any, referral: Json) -> Event | None:
    """Return the event of a person who came by a link, a code or an advertisement and has said nothing yet."""
    return started_event(origin, item, referral, "")


def started_event(origin: Origin, item: Any, referral: Json, mid: str) -> Event | None:
    """Return the event of an opened conversation, with the short payload of the link that opened it, if any."""
    ref = untrusted_payload.text(referral, "ref")
    data = {**({"start": ref} if ref else {}), **({"referral": referral} if referral else {})}
    return person_event(origin, item, Kind.STARTED, mid, external_id=mid, text=ref, data=data)


def policy_event(origin: Origin, item: Any, policy: Json) -> Event | None:
    """Return the event of a page that Meta blocked or let write again."""
    key = dedup(Kind.ACCOUNT, None, untrusted_payload.fingerprint(item))
    data = {"field": "policy_enforcement", "value": policy}
    action = untrusted_payload.text(policy, "action")
    return Event(Kind.ACCOUNT, key, account=origin.account, at=origin.at, error=action, data=data)


READERS: dict[str, Callable[[Origin, Any, Json], Event | None]] = {
    "message": message_event,
    "message_edit": edit_event,
    "postback": postback_event,
    "reaction": reaction_event,
    "delivery": partial(receipt_event, Status.DELIVERED),
    "read": partial(receipt_event, Status.READ),
    "referral": referral_event,
    "policy_enforcement": policy_event,
    "policy-enforcement": policy_event,
}


def mark_application(event: Event, app_id: str) -> Event:
    """Return an echo of what an application sent marked as our own or automatic; any other event unchanged.

    People write in Meta's inbox, or in its apps, which name no application.
    """
    sent_by = event.data.get("app_id")
    if event.kind != Kind.ECHO or not sent_by or sent_by in INBOXES:
        return event
    return replace(event, data={**event.data, "own" if sent_by == app_id else "automatic": True})
