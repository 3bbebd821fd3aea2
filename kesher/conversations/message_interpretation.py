"""Ask what a person's free text means, once for each message, and keep the answer beside it."""

from __future__ import annotations

from typing import Any, Final

from kesher.channels.base import Say
from kesher.contacts.models import Contact
from kesher.conversations.message_routing import is_typed_command
from kesher.conversations.models import Message
from kesher.core import hooks
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.understood import Understood
from kesher.language import digits

PUBLIC: Final = "public"  # a message that everybody can read, in place of the kind of a question
NOT_ASKED: Final = frozenset({"stop", "ask_stop", "start_again", "command", "person", "emergency"})


def understand_message(message: Message, contact: Contact, session: DialogueSession | None) -> Understood | None:
    """Return what a message's free text means; None for a tap, a command, an answer with options, or no text."""
    if not is_free_text(message, session):
        return None
    text, form = message.text.strip(), PUBLIC if message.public else question_kind(session)
    found: Understood | None = hooks.understand.first(
        contact=contact, text=text, lang=contact.language, channel=message.channel, form=form
    )
    return found


def is_free_text(message: Message, session: DialogueSession | None) -> bool:
    """Return whether a message is in a person's own words: no tap, command, number of an option, code, or no text."""
    text = message.text.strip()
    if not text or message.content.get("choice") or message.content.get("secret") or message.is_for_person:
        return False
    if digits(text).isdecimal() or is_typed_command(text):
        return False
    return session is None or text not in session.prompt.get("shown", {})


def question_kind(session: DialogueSession | None) -> str:
    """Return what the running form's question asks for: "options" or "words"; "" without a form."""
    if session is None or not session.skill:
        return ""
    return "options" if session.prompt.get("options") else "words"


def find_notice(
    message: Message, contact: Contact, session: DialogueSession | None, understood: Understood | None
) -> Say | None:
    """Return the notice about what a person writes, in their language; None where the message goes the usual way.

    It does while a clerk holds the conversation, inside a form, and if the message is a command.
    """
    if message.conversation.held or question_kind(session):
        return None
    if understood.action in NOT_ASKED if understood is not None else not is_free_text(message, session):
        return None
    found: Say | None = hooks.notice.first(message=message, contact=contact)
    return found


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
