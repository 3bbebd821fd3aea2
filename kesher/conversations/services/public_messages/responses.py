"""What the bot says to a public message: the emergency numbers in danger, and where a verb begins in private."""

from __future__ import annotations

from django.db import transaction

from kesher.channels.base import Kind
from kesher.contacts.models import Contact
from kesher.conversations.contact_language import choose_language
from kesher.conversations.message_interpretation import keep_meaning, understand_message
from kesher.conversations.models import Message
from kesher.conversations.services.automatic_replies import (
    address_limit,
    emergency_numbers,
    is_emergency,
    is_flooding,
    mark_danger,
)
from kesher.conversations.services.public_messages.single_use_links import invite_to_private, was_invited_lately
from kesher.conversations.services.public_messages.thread_answers import say_in_thread
from kesher.core import hooks
from kesher.core.db.batch import save
from kesher.core.errors import Refused
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.small_talk import is_small_talk
from kesher.dialogues.understood import Understood


@transaction.atomic(savepoint=False)
def respond_in_public(message: Message) -> list[Message]:
    """Leave a public message to a clerk, and return what the bot said.

    It says the emergency numbers in danger, and sends a private link to who asks for a verb. No dialogue takes a turn
    in public, and an open question is not answered there.
    """
    identity, account = message.identity, message.account
    assert identity is not None
    assert account is not None
    contact = identity.contact.root()
    if contact.status == Contact.Status.BLOCKED:
        return []
    machine = message.content.get("kind") == Kind.AUTO_REPLY
    understood = None if machine else understand_message(message, contact, None)
    if understood is not None:
        keep_meaning(message, understood)
        save(message, "content")
    danger = is_emergency(message, understood)
    hooks.inbound(message=message, wants_person=danger or (not machine and asks_something(message)))
    mark_danger(message, sure=danger)
    if machine or address_limit(identity, account.capabilities()) or is_flooding(message):
        return []
    if not danger:
        return begin_in_private(message) if asks_for_verb(message, understood) else []
    says = emergency_numbers(message, choose_language(message, contact), understood)
    return [sent for what in says if (sent := say_in_thread(message, what)) is not None]


def asks_something(message: Message) -> bool:
    """Return whether a public message is more than a greeting or thanks."""
    content = message.content
    return bool(content.get("files") or content.get("place")) or not is_small_talk(message.text)


def asks_for_verb(message: Message, understood: Understood | None) -> bool:
    """Return whether a public message asks for something that people can do here, such as to report something."""
    if understood is not None:
        return understood.action == "start" and bool(understood.verb)
    text = message.text.strip()
    called = REGISTRY.find_by_word(text)
    return REGISTRY.find_with_subject(text) is not None or (called is not None and not called[1])


def begin_in_private(message: Message) -> list[Message]:
    """Send who asked for a verb in public a link to begin it in private, unless they got one lately."""
    if was_invited_lately(message):
        return []
    try:
        return [invite_to_private(message, words=message.text)]
    except Refused:  # also NotNow: a clerk has the case
        return []
