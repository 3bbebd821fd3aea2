"""Convert WhatsApp's webhooks to channel events. Source: Meta's Cloud API webhook reference, v25.0.

One POST has many changes for many phone numbers, each with many messages and statuses: all are read, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from kesher.channels import untrusted_payload
from kesher.channels.base import Address, Event, Json, Kind, Status, dedup

from .message_types import BSUID, GESTURES, PREFERENCES, TYPES, call_content, e164, type_name

OBJECT = "whatsapp_business_account"
STATUSES = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "played": Status.READ,  # a voice message that was heard
    "failed": Status.FAILED,
}
# The lists of a change that are about people.
ABOUT_PEOPLE = ("messages", "statuses", "message_echoes", "user_preferences", "calls")
OURS = "BUSINESS_INITIATED"  # a call that our own number made


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one entry: the part of a webhook for one of our phone numbers."""

    field: str
    value: Json
    waba: str
    time: Any
    profiles: Mapping[str, Json]  # by wa_id and user_id
    only: Json  # the profile if the change has exactly one, and one message or status

    @property
    def account(self) -> str:
        """The phone_number_id that the change is for."""
        return untrusted_payload.text(self.value, "metadata", "phone_number_id")


def change_of(item: Any, entry: Any) -> Change:
    """Return one change of a webhook's entry, with the profiles of its people by id.

    A profile and a message without matching ids belong together only if there is one of each; otherwise a name could be
    given to the wrong person.
    """
    value = untrusted_payload.mapping(item, "value")
    contacts = [untrusted_payload.mapping(contact) for contact in untrusted_payload.sequence(value, "contacts")]
    profiles = {
        untrusted_payload.text(contact, name): contact
        for contact in reversed(contacts)
        for name in ("user_id", "wa_id")
    }
    profiles.pop("", None)
    alone = len(contacts) == 1 and sum(len(untrusted_payload.sequence(value, name)) for name in ABOUT_PEOPLE) == 1
    only = contacts[0] if alone else {}
    return Change(
        untrusted_payload.text(item, "field"),
        value,
        untrusted_payload.text(entry, "id"),
        untrusted_payload.dig(entry, "time"),
        profiles,
        only,
    )


def events(body: bytes) -> list[Event]:
    """Return all events of a webhook's body, in order; an empty body gives one UNKNOWN."""
    value = untrusted_payload.load_json(body)
    if value is None:
        return [untrusted_payload.unreadable_event(body)]
    if untrusted_payload.text(value, "object") != OBJECT:
        return [untrusted_payload.unknown_event(value)]
    return [event for entry in untrusted_payload.sequence(value, "entry") for event in entry_events(entry)] or [
        untrusted_payload.unknown_event(value)
    ]


def entry_events(entry: Any) -> list[Event]:
    """Return the events of all changes in one business account's entry."""
    found: list[Event] = []
    for item in untrusted_payload.sequence(entry, "changes"):
        change = change_of(item, entry)
        read = FIELDS.get(change.field)
        found += (read(change) if read else people_events(change)) or [
            untrusted_payload.unknown_event(item, account=change.account)
        ]
    return found or [untrusted_payload.unknown_event(entry)]


def people_events(change: Change) -> list[Event]:
    """Return the events of a change: people's messages, delivery receipts and errors of the number itself.

    They are read by what is there, not by the field's name, which Meta has changed before.
    """
    found: list[Event] = []
    for name, read in READERS.items():
        found += untrusted_payload.read_each(
            untrusted_payload.sequence(change.value, name), partial(read, change), change.account
        )
    found += call_events(change)
    return found or [number_error_event(change, item) for item in untrusted_payload.sequence(change.value, "errors")]


def message_event(change: Change, item: Any) -> Event:
    """Return the event of one received message.

    Its type selects the reader. If the reader finds nothing, the event is UNKNOWN.
    """
    sender, aliases = addresses_of(
        change, untrusted_payload.text(item, "from"), untrusted_payload.text(item, "from_user_id")
    )
    read = TYPES.get(untrusted_payload.text(item, "type"))
    # A group is no conversation between one person and the agency: everybody would get the answer.
    said = None if read is None or untrusted_payload.text(item, "group_id") else read(item)
    if said is None:
        return unreadable_message(change, item, sender, aliases)
    if said.get("kind") == Kind.IDENTITY_CHANGED:
        sender, aliases = previous_addresses(item, sender, aliases)
    return person_event(change, item, said, sender, aliases)


def person_event(change: Change, item: Any, said: Json, sender: Address | None, aliases: tuple[Address, ...]) -> Event:
    """Return the event of a person's message, reaction or the like, from its parsed content `said`."""
    wamid, at = untrusted_payload.text(item, "id"), untrusted_payload.moment(item, "timestamp")
    kind = said.pop("kind", Kind.MESSAGE)
    said["data"] = {**said.get("data", {}), **message_context(item)}
    key = dedup(kind, sender, wamid or untrusted_payload.fingerprint(item))
    event = Event(kind, key, change.account, wamid, sender, aliases, at)
    return replace(event, reply_to=untrusted_payload.text(item, "context", "id"), **said)


def unreadable_message(change: Change, item: Any, sender: Address | None, aliases: tuple[Address, ...]) -> Event:
    """Return the UNKNOWN event of a message that cannot be read.

    It has no sender if nobody waits for an answer: in a group, from WhatsApp itself, or after a gesture.
    """
    gesture = untrusted_payload.text(item, "unsupported", "type") in GESTURES
    if gesture or untrusted_payload.text(item, "group_id") or untrusted_payload.text(item, "type") == "system":
        sender, aliases = None, ()
    errors = untrusted_payload.sequence(item, "errors") or untrusted_payload.sequence(change.value, "errors")[:5]
    return untrusted_payload.unknown_event(
        item,
        event_id=untrusted_payload.text(item, "id"),
        account=change.account,
        sender=sender,
        data={"errors": errors} if errors else {},
        external_id=untrusted_payload.text(item, "id"),
        aliases=aliases,
        at=untrusted_payload.moment(item, "timestamp"),
        text=type_name(item) if sender else "",
        error=untrusted_payload.text(errors, 0, "code"),
    )


def message_context(item: Any) -> Json:
    """Return what is known of a message besides its content: if it was forwarded, and which advertisement led to it."""
    found: Json = {}
    for name in ("forwarded", "frequently_forwarded"):
        if untrusted_payload.dig(item, "context", name) is True:
            found[name] = True
    about = {
        "referral": untrusted_payload.mapping(item, "referral"),
        "product": untrusted_payload.mapping(item, "context", "referred_product"),
    }
    return {**found, **{name: value for name, value in about.items() if value}}


def addresses_of(change: Change, number: str, user_id: str) -> tuple[Address | None, tuple[Address, ...]]:
    """Return (a person's main address, their other addresses) from a number and a user id.

    A phone number comes first. A business-scoped id (BSUID) stands alone if WhatsApp hides the number.
    """
    contact = change.profiles.get(number) or change.profiles.get(user_id) or change.only
    name = untrusted_payload.text(contact, "profile", "name") or untrusted_payload.text(contact, "profile", "username")
    found: list[Address] = []
    if tel := e164(number) or e164(untrusted_payload.text(contact, "wa_id")):
        found.append(Address("tel", tel, name))
    for scoped in (user_id, untrusted_payload.text(contact, "user_id"), number):
        if BSUID.fullmatch(scoped) and all(address.address != scoped for address in found):
            found.append(Address("wa-bsuid", scoped, name))
    return (found[0], tuple(found[1:])) if found else (None, ())


def previous_addresses(
    item: Any, sender: Address | None, aliases: tuple[Address, ...]
) -> tuple[Address | None, tuple[Address, ...]]:
    """Return (main address, others) that a person had before a change of identity.

    A new BSUID must not count as a name of the old number.
    """
    fresh, past = (
        untrusted_payload.text(item, "system", "user_id"),
        untrusted_payload.text(item, "system", "previous_user_id"),
    )
    known = [address for address in (sender, *aliases) if address and address.address != fresh]
    if BSUID.fullmatch(past) and all(address.address != past for address in known):
        known.append(Address("wa-bsuid", past))
    return (known[0], tuple(known[1:])) if known else (None, ())


# ---- everything but messages


def status_event(change: Change, item: Any) -> Event:
    """Return the event of a delivery receipt. The sender is the recipient of the message."""
    wamid, word = untrusted_payload.text(item, "id"), untrusted_payload.text(item, "status")
    group = untrusted_payload.text(item, "recipient_type") == "group"
    prefix = "recipient_participant" if group else "recipient"
    sender, aliases = addresses_of(
        change, untrusted_payload.text(item, f"{prefix}_id"), untrusted_payload.text(item, f"{prefix}_user_id")
    )
    if word not in STATUSES or not wamid:
        return untrusted_payload.unknown_event(
            item, event_id=f"{wamid}|{word}" if wamid else "", account=change.account
        )
    error = untrusted_payload.mapping(item, "errors", 0)
    data = {
        "ref": untrusted_payload.text(item, "biz_opaque_callback_data"),
        "pricing": untrusted_payload.mapping(item, "pricing"),
    }
    data["reason"] = untrusted_payload.text(error, "error_data", "details") or untrusted_payload.text(error, "title")
    return Event(
        Kind.STATUS,
        dedup(Kind.STATUS, sender, wamid, word),
        account=change.account,
        sender=sender,
        aliases=aliases,
        at=untrusted_payload.moment(item, "timestamp"),
        target=wamid,
        status=STATUSES[word],
        error=untrusted_payload.text(error, "code"),
        data={name: value for name, value in data.items() if value},
    )


def number_error_event(change: Change, item: Any) -> Event:
    """Return the event of an error of the phone number itself."""
    name = untrusted_payload.fingerprint([change.waba, change.time, item])
    key = dedup(Kind.ACCOUNT, None, name)
    data = {"field": "errors", "waba": change.waba, "value": item}
    return Event(
        Kind.ACCOUNT, key, change.account, error=untrusted_payload.text(item, "code"), at=entry_time(change), data=data
    )


def echo_event(change: Change, item: Any) -> Event:
    """Return the event of a message that staff sent from our own number in the Business app.

    The sender is the person in whose conversation it belongs.
    """
    to, aliases = addresses_of(change, untrusted_payload.text(item, "to"), untrusted_payload.text(item, "to_user_id"))
    read = TYPES.get(untrusted_payload.text(item, "type"))
    said = (read(item) if read else None) or {"text": type_name(item), "data": {"raw": item}}
    kind = said.pop("kind", Kind.MESSAGE)
    of = {"of": str(kind)} if kind in (Kind.EDIT, Kind.DELETE, Kind.REACTION) else {}
    said["data"] = {**said.get("data", {}), "by": untrusted_payload.text(item, "from"), **of}
    wamid = untrusted_payload.text(item, "id")
    key = dedup(Kind.ECHO, to, wamid or untrusted_payload.fingerprint(item))
    event = Event(Kind.ECHO, key, change.account, wamid, to, aliases, untrusted_payload.moment(item, "timestamp"))
    return replace(event, reply_to=untrusted_payload.text(item, "context", "id"), **said)


def preference_event(change: Change, item: Any) -> Event:
    """Return the event of a person who stopped or resumed the agency's marketing messages in WhatsApp."""
    sender, aliases = addresses_of(
        change, untrusted_payload.text(item, "wa_id"), untrusted_payload.text(item, "user_id")
    )
    kind = PREFERENCES.get(untrusted_payload.text(item, "value").lower())
    if kind is None or sender is None:
        return untrusted_payload.unknown_event(item, account=change.account)
    category = untrusted_payload.text(item, "category")
    key = dedup(
        kind, sender, untrusted_payload.text(item, "timestamp") or untrusted_payload.fingerprint(item), category
    )
    data = {"category": category, "detail": untrusted_payload.text(item, "detail")}
    return Event(
        kind,
        key,
        change.account,
        sender=sender,
        aliases=aliases,
        at=untrusted_payload.moment(item, "timestamp"),
        data=data,
    )


def call_events(change: Change) -> list[Event]:
    """Return the events of the calls in a change.

    The webhooks of a call's beginning and end have the same key, so they are one event. A call that our own number made
    becomes an echo.
    """
    found: dict[str, Event] = {}
    for item in untrusted_payload.sequence(change.value, "calls"):
        if untrusted_payload.text(item, "direction") == OURS:
            event = echo_event(change, {**untrusted_payload.mapping(item), "type": "call"})
        else:
            sender, aliases = addresses_of(
                change, untrusted_payload.text(item, "from"), untrusted_payload.text(item, "from_user_id")
            )
            event = person_event(change, item, call_content(untrusted_payload.mapping(item)), sender, aliases)
        found.setdefault(event.dedup_key, event)
    return list(found.values())


def account_event(change: Change) -> list[Event]:
    """Return the event of news about the account: quality, limits, bans, templates."""
    name = untrusted_payload.fingerprint([change.waba, change.time, change.field, change.value])
    data = {"field": change.field, "waba": change.waba, "value": change.value}
    key = dedup(Kind.ACCOUNT, None, name)
    return [Event(Kind.ACCOUNT, key, change.account, at=entry_time(change), data=data)] if change.value else []


def entry_time(change: Change) -> datetime | None:
    """Return when Meta sent a change's entry, or None if it does not say."""
    return untrusted_payload.moment(change.time)


# Fields about the account; every other field is read by its content.
READERS: dict[str, Callable[[Change, Any], Event]] = {
    "messages": message_event,
    "statuses": status_event,
    "message_echoes": echo_event,
    "user_preferences": preference_event,
}
FIELDS: dict[str, Callable[[Change], list[Event]]] = {
    "account_update": account_event,
    "account_alerts": account_event,
    "account_review_update": account_event,
    "business_capability_update": account_event,
    "message_template_status_update": account_event,
    "message_template_quality_update": account_event,
    "message_template_components_update": account_event,
    "template_category_update": account_event,
    "phone_number_name_update": account_event,
    "phone_number_quality_update": account_event,
    "security": account_event,
}
