"""Decide whether the bot answers a message or a member of staff does."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings

from kesher.conversations.models import Message
from kesher.dialogues.answer_matching import find_global_word, find_language, find_pickup_code
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.small_talk import is_small_talk
from kesher.dialogues.understood import Understood
from kesher.language import digits

AWAITS_TRANSCRIPT: Final = "voice"  # the state of a voice message that is being transcribed
SAME_DANGER: Final = timedelta(minutes=30)
SURE: Final = ("start", "answer", "command", "ask_stop", "start_again")  # what needs no clerk once a case is solved


def is_for_clerk(message: Message, session: DialogueSession | None, understood: Understood | None = None) -> bool:
    """Return whether a person's message waits for a clerk instead of being answered by the bot.

    While a clerk holds the conversation, everything does that is not plainly for the bot or surely a verb with its
    subject. For some days after a request was solved, so does free text that is not surely understood.
    """
    talk = message.conversation
    if talk.held:
        sure = understood is not None and understood.action == "start" and bool(understood.subject)
        return not (sure or is_for_bot(message, session))
    if talk.reopens_until is None or talk.reopens_until < message.received:
        return False
    says_something = message.text.strip() or message.content.get("files") or message.content.get("place")
    if not says_something or is_small_talk(message.text) or REGISTRY.find_by_word(message.text):
        return message.is_for_person
    if understood is not None and understood.action in SURE:
        return message.is_for_person
    return not is_for_bot(message, session)


def is_for_bot(message: Message, session: DialogueSession | None) -> bool:
    """Return whether a message is plainly for the bot, even while a clerk answers this conversation.

    It is if it is a button, a global word, a command, a verb with its code, a code alone, or the answer to a question
    that the bot asked since the handoff. (Earlier questions were set aside at the handoff.)
    """
    text = message.typed or message.text
    if message.is_for_person:
        return False
    if message.content.get("choice") or is_typed_command(text):
        return True
    if session is not None and (session.skill or digits(text).strip() in session.prompt.get("shown", {})):
        return True
    return REGISTRY.find_by_number(text) is not None


def pauses_for_danger(message: Message, session: DialogueSession | None) -> bool:
    """Return whether a message about danger goes to a person, also where a form waits for an answer: the form pauses.

    Who goes on with the form within half an hour may write of the danger there: a report can be about it.
    """
    if session is None or not session.skill:
        return not is_for_bot(message, session)
    if message.content.get("choice") or is_typed_command(message.typed or message.text):
        return False
    seen = message.conversation.danger_at
    return seen is None or seen < message.received - SAME_DANGER


def is_typed_command(text: str) -> bool:
    """Return whether a text is what our messages tell people to write: a command, a code, a verb with a code."""
    if find_global_word(text) or find_pickup_code(text) or find_language(text):
        return True
    return REGISTRY.find_with_pickup_code(text) is not None or REGISTRY.find_with_subject(text) is not None


def awaits_transcript(message: Message) -> bool:
    """Return whether a message is a voice that this installation's transcriber should hear before it is answered."""
    if not settings.KESHER_TRANSCRIBER_URL or message.text or "transcript" in message.content:
        return False
    return bool(message.content.get("files")) and message.attachments.filter(kind="audio").exists()
