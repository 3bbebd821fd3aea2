"""Ask what a person's free text means, once for each message, and keep the answer beside it."""

from __future__ import annotations

from typing import Any

from kesher.contacts.models import Contact
from kesher.conversations.models import Message
from kesher.core import hooks
from kesher.dialogues.answer_matching import find_global_word, find_language, find_pickup_code
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.understood import Understood
from kesher.language import digits


def understand_message(message: Message, contact: Contact, session: DialogueSession | None) -> Understood | None:
    """Return what a message's free text means; None for a tap, a command, an answer with options, or no text."""
    text = message.text.strip()
    if not text or message.content.get("choice") or message.content.get("secret") or message.is_for_person:
        return None
    if is_typed_command(text) or (session is not None and text in session.prompt.get("shown", {})):
        return None
    form = session is not None and bool(session.skill)
    found: Understood | None = hooks.understand.first(
        contact=contact, text=text, lang=contact.language, channel=message.channel, form=form
    )
    return found


def is_typed_command(text: str) -> bool:
    """Return whether a text is what our messages tell people to write: a command, a code, a verb with a code."""
    if find_global_word(text) or find_language(text) or find_pickup_code(text) or digits(text).strip().isdecimal():
        return True
    return REGISTRY.find_with_pickup_code(text) is not None or REGISTRY.find_with_subject(text) is not None


def keep_meaning(message: Message, found: Understood | None) -> None:
    """Store what a message means in its content as ``understood``, for the desk and the simulator; the caller saves."""
    if found is not None:
        message.content["understood"] = as_stored(found)


def as_stored(found: Understood) -> dict[str, Any]:
    """Return what is kept of a message's meaning."""
    offered = [
        {"kind": one.kind, "name": one.name, "subject": one.subject, "p": round(one.probability, 3)}
        for one in found.offered
    ]
    stored = {
        "action": found.action,
        "commands": list(found.commands),
        "p": round(found.probability, 3),
        "offered": offered,
        "situation": found.situation,
        "kind": found.situation_kind,
    }
    return {key: value for key, value in stored.items() if value}
