"""To whom a person's words are addressed: to the bot, or to a clerk."""

from __future__ import annotations

from kesher.conversations.models import Message
from kesher.dialogues.answer_matching import global_word, language_word, pickup_word
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.small_talk import is_small_talk
from kesher.dialogues.turn import REGISTRY
from kesher.language import digits


def is_for_clerk(message: Message, session: DialogueSession | None) -> bool:
    """Do these words wait for a clerk? While one has the conversation, all that is not plainly for the bot; for some
    days after a request was solved, free words that neither name a verb nor are mere politeness."""
    talk = message.conversation
    if talk.held:
        return not is_for_bot(message, session)
    if talk.reopens_until is None or talk.reopens_until < message.received:
        return False
    says_something = message.text.strip() or message.content.get("files") or message.content.get("place")
    if not says_something or is_small_talk(message.text) or REGISTRY.called(message.text):
        return message.is_for_person
    return not is_for_bot(message, session)


def is_for_bot(message: Message, session: DialogueSession | None) -> bool:
    """Is it a tap, a word of the bot's own, a command, a verb with its code or the code alone, or the answer to a
    question that the bot asked since the hand-off? (What it had asked before was set aside then.)"""
    text = message.typed or message.text
    if message.is_for_person:
        return False
    if message.content.get("choice") or global_word(text) or pickup_word(text) or language_word(text):
        return True
    if session is not None and (session.skill or digits(text).strip() in session.prompt.get("shown", {})):
        return True
    ways = (REGISTRY.carried, REGISTRY.naming, REGISTRY.numbered)
    return any(way(text) is not None for way in ways)
