"""Registry of the replies that are suggested to a clerk for what a person's message was understood to mean.

While a clerk holds a conversation, the bot is silent. A feature registers in its ``apps.py:ready()`` what the bot would
have said; the desk knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kesher.contacts.models import Contact
from kesher.conversations.models import Message
from kesher.dialogues.registry import REGISTRY

# What the bot would do, by the action that was understood; other actions need no suggestion.
HEADINGS: Final[dict[str, Promise]] = {
    "answer": _("The bot would answer"),
    "start": _("The bot would start"),
    "confirm": _("The bot would ask whether this is meant"),
    "offer": _("The bot would ask what of this is meant"),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One reply that a clerk may send as it is.

    ``title``: what the bot would answer or start, in the clerk's language; ``text``: the reply in the person's, "" if
    there is none to send.
    """

    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What is suggested for one message, under one heading; ``seq``: the newest message that the page shows."""

    message: int
    heading: str
    replies: tuple[Suggestion, ...]
    seq: int


Make = Callable[[str, str, Contact, str], Suggestion | None]
MAKERS: dict[str, Make] = {}


def register(kind: str, make: Make) -> None:
    """Register who words the reply for meanings of this kind ("petition").

    ``make`` gets (the name of the verb or answer, the code of its subject, the person, their language), and returns
    None where it is not offered any more.
    """
    MAKERS[kind] = make


def suggest_replies(message: Message, contact: Contact, seq: int) -> Suggestions | None:
    """Return what is suggested for a message that waits for a clerk; None for nothing.

    ``seq``: the number of the newest message that the clerk sees. A message of which the bot is not sure has several
    suggestions; one that may tell of a danger has none: it needs a clerk's own words, and so does a public one.
    """
    if message.public:
        return None
    understood = message.content.get("understood", {})
    action = understood.get("action", "")
    if action not in HEADINGS or (understood.get("situation") and understood.get("kind") != "abuse"):
        return None
    lang = contact.language or message.lang or "he"
    offered = understood.get("offered", ())
    found = [make_suggestion(one, contact, lang) for one in (offered if action == "offer" else offered[:1])]
    replies = tuple(one for one in found if one is not None)
    return Suggestions(message.pk, str(HEADINGS[action]), replies, seq) if replies else None


def make_suggestion(meaning: dict[str, Any], contact: Contact, lang: str) -> Suggestion | None:
    """Return the suggestion for one stored meaning; without a maker, only the title of what the bot would start."""
    make = MAKERS.get(meaning["kind"])
    if make is not None:
        return make(meaning["name"], meaning["subject"], contact, lang)
    skill = REGISTRY.get(meaning["name"])
    return Suggestion(str(skill.title)) if skill is not None else None
