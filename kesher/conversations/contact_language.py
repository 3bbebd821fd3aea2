"""Detect from a person's own messages which language they use with us."""

from __future__ import annotations

from typing import Final

from kesher.channels.base import Kind
from kesher.contacts.models import Contact
from kesher.conversations.models import Message
from kesher.dialogues.answer_matching import find_global_word, find_pickup_code
from kesher.dialogues.registry import REGISTRY
from kesher.language import detect, normalise

SENTENCE: Final = 3  # words that show a language; fewer may be a name or an address
YES_AND_NO: Final = frozenset(map(normalise, ("כן", "לא", "نعم", "لا", "да", "нет")))
EVERYBODYS: Final = frozenset({"stop", "stop_all", "start"})  # in Latin letters they show no language


def detect_message_language(message: Message) -> str | None:
    """Return the language of a message's text; None if it shows none: a name, a number, a link."""
    opened = message.content.get("kind") == Kind.STARTED
    text = "" if message.is_for_person or opened or message.content.get("choice") else message.text.strip()
    return detect(text) if len(text.split()) >= SENTENCE or is_command(text) else None


def choose_language(message: Message, contact: Contact) -> str:
    """Return the language in which to answer a message: its own, else the one that the person uses with us."""
    return detect_message_language(message) or contact.language or message.lang or "he"


def is_command(text: str) -> bool:
    """Return whether a text is one of the bot's command words in any language, however short."""
    word = find_global_word(text)
    if word is not None:
        return not (word in EVERYBODYS and text.isascii())
    return (
        normalise(text) in YES_AND_NO or find_pickup_code(text) is not None or REGISTRY.find_by_word(text) is not None
    )
