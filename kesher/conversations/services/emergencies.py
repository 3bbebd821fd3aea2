"""Reply to a message about danger to life with the emergency numbers, and put it first for the staff."""

from __future__ import annotations

from typing import Final

from django.utils import timezone, translation

from kesher.agencies.emergency_numbers import emergency_in_words
from kesher.channels.base import Kind, Say
from kesher.conversations.models import Message
from kesher.conversations.services.conversation_writer import writing
from kesher.core.http.throttle import allow
from kesher.language import detect, names_danger

AN_HOUR: Final = 3600


def is_emergency(message: Message) -> bool:
    """Return whether what a person wrote in their own words names a danger to life."""
    own = message.content.get("kind") != Kind.AUTO_REPLY and not message.is_for_person
    return own and not message.content.get("choice") and names_danger(message.text)


def emergency_numbers(message: Message, lang: str) -> list[Say]:
    """Return a message with the emergency numbers, in the language of this one; [] more than once an hour."""
    if not allow(f"emergency:{message.conversation_id}", 1, AN_HOUR):
        return []
    heard = detect(message.text) or lang
    with translation.override(heard):
        return [Say(emergency_in_words(message.conversation.agency), lang=heard)]


def mark_emergency(message: Message) -> None:
    """Mark the conversation as one in danger, so that it comes before the others that wait for a clerk."""
    with writing(message.conversation) as writer:
        writer.set(danger_at=timezone.now())
