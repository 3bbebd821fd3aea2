"""Store a placeholder for a message without text or that cannot be read, for a person to look at."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency
from kesher.channels.base import Content, Event, Kind, Say
from kesher.conversations.models import Message
from kesher.conversations.services.conversation_writer import recent_messages

UNREAD = "unread"  # the state of a message that cannot be read
TOLD_AGAIN = timedelta(hours=6)
NAME = re.compile(r"\w[\w .-]{0,39}")
# What a message may carry beside text, in an event's data: forms, orders, contact cards, polls, calls.
CARRIED = ("form", "order", "contacts", "contact", "poll", "call", "product", "list")
LINES, DEEP, LONG, KEPT = 60, 4, 2_000, 20_000
HIDDEN = ("token", "secret")  # internal fields of a form


def is_unread(event: Event) -> bool:
    """Return whether an event has no text that we can show: an unknown kind, or a call."""
    return event.kind in (Kind.UNKNOWN, Kind.CALL)


def is_encrypted(message: Message) -> bool:
    """Return whether a message is encrypted from end to end: also a clerk cannot read it, so its sender is told."""
    return bool(message.content.get("holds") == Content.ENCRYPTED)


def add_text(event: Event, agency: Agency) -> Event:
    """Return the event with text for a clerk: its own, that of the data it carries, or a placeholder.

    If it cannot be read, the text is a placeholder in the agency's language.
    """
    if is_unread(event):
        said = event.text.partition("\n")[2]  # below the kind: what its sender wrote
        return replace(event, text="\n".join(filter(None, [placeholder_text(event, agency), said])))
    if event.text.strip() or event.media or event.location or event.choice_id:
        return event
    lines = [line for name in CARRIED if name in event.data for line in json_lines(event.data[name])]
    if not lines:
        return event
    return replace(event, text="\n".join(lines[:LINES])[:LONG], content=event.content or Content.OTHER)


def json_lines(value: Any, name: str = "", level: int = 0) -> list[str]:
    """Return the values in JSON data as lines of text, each "name: value"."""
    if any(word in name.lower() for word in HIDDEN) or level > DEEP or value in (None, "", [], {}):
        return []
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in json_lines(item, str(key), level + 1)]
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return [line for item in value for line in json_lines(item, name, level + 1)]
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return [f"{name}: {words}" if name else words]


def carried_data(event: Event) -> dict[str, Any]:
    """Return the data to store of an event beside its text; {} if it is too long."""
    found = {name: event.data[name] for name in CARRIED if event.data.get(name)}
    return found if len(json.dumps(found)) <= KEPT else {}


def placeholder_text(event: Event, agency: Agency) -> str:
    """Return the text shown in place of a message that cannot be read, in the agency's language."""
    with translation.override(agency.spoken[0]):
        if event.kind == Kind.CALL:
            return _("A call, which cannot be taken here")
        name = kind_name(event)
        if not name:
            return _("A message of a kind that we could not read")
        return _("A message of a kind that we could not read (%(name)s)") % {"name": name}


def kind_name(event: Event) -> str:
    """Return the provider's name for an unreadable message's kind; "" if it is not fit to be shown."""
    value = event.data.get("raw")
    found = event.text.partition("\n")[0].strip("[] ") or (value.get("type") if isinstance(value, dict) else "")
    return found if isinstance(found, str) and NAME.fullmatch(found) else ""


def answer_unread(message: Message) -> list[Say]:
    """Return the reply that a person will read this message; [] if it was given within the last hours."""
    encrypted = is_encrypted(message)
    if encrypted:
        words = _(
            "This room is encrypted, and we cannot read encrypted messages. "
            "Please write to us in a new room, with encryption switched off."
        )
    elif message.content.get("holds"):
        words = _("Thank you, we got this. A person will read it.")
    elif message.content.get("kind") == Kind.CALL:
        words = _("We saw that you called. Calls cannot be taken here: please write what it is about.")
    else:
        words = _(
            "We got something from you that we cannot open here. "
            "Please write it in words, or send it as a picture. A person will look at it, too."
        )
    since = datetime.min.replace(tzinfo=UTC) if encrypted else message.received - TOLD_AGAIN
    told = any(way == "out" and at > since and words in text for way, at, text in recent_messages(message.conversation))
    return [] if told else [Say(words)]
