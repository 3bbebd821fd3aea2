"""Which language a person speaks with us: that of their own words."""

from __future__ import annotations

from typing import Final

from kesher.channels.base import Kind
from kesher.conversations.models import Message
from kesher.dialogues.answer_matching import global_word, pickup_word
from kesher.dialogues.turn import REGISTRY
from kesher.language import detect, normalise

SENTENCE: Final = 3  # so many words say it by themselves; fewer may be a name or an address
YES_AND_NO: Final = frozenset(map(normalise, ("כן", "לא", "نعم", "لا", "да", "нет")))
EVERYBODYS: Final = frozenset({"stop", "stop_all", "start"})  # in Latin letters no language: carriers teach them


def heard_language(message: Message) -> str | None:
    """Return the language of what a person wrote; None where that shows none: a name, a number, a tap, a link."""
    opened = message.content.get("kind") == Kind.STARTED
    text = "" if message.is_for_person or opened or message.content.get("choice") else message.text.strip()
    return detect(text) if len(text.split()) >= SENTENCE or is_command(text) else None


def is_command(text: str) -> bool:
    """Is this a word of ours, however short, in one of our languages?"""
    word = global_word(text)
    if word is not None:
        return not (word in EVERYBODYS and text.isascii())
    return normalise(text) in YES_AND_NO or pickup_word(text) is not None or REGISTRY.called(text) is not None
