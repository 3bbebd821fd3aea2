"""What the bot says under a public message: the emergency numbers where somebody is in danger, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from kesher.channels.base import Kind, Say
from kesher.contacts.models import Contact
from kesher.conversations.contact_language import choose_language
from kesher.conversations.message_interpretation import keep_meaning, understand_message
from kesher.conversations.models import Delivery, Message, Route
from kesher.conversations.services.automatic_replies import (
    address_limit,
    emergency_numbers,
    is_emergency,
    is_flooding,
    mark_danger,
)
from kesher.conversations.services.conversation_writer import writing
from kesher.conversations.services.outbound import NotNow, find_route_of, say
from kesher.core import hooks
from kesher.core.db.batch import save
from kesher.dialogues.small_talk import is_small_talk


@transaction.atomic(savepoint=False)
def respond_in_public(message: Message) -> list[Message]:
    """Leave a public message to a clerk, and return what the bot said: only the emergency numbers, in danger.

    No dialogue takes a turn in public, and an open question is not answered there.
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
    lang = choose_language(message, contact)
    says = emergency_numbers(message, lang, understood) if danger else []
    route = find_route_of(identity.pk, account.pk)
    return [sent for what in says if route and (sent := say_in_thread(route, message, what)) is not None]


def asks_something(message: Message) -> bool:
    """Return whether a public message is more than a greeting or thanks."""
    content = message.content
    return bool(content.get("files") or content.get("place")) or not is_small_talk(message.text)


def say_in_thread(route: Route, answered: Message, what: Say, *, lane: int = Delivery.Lane.BOT) -> Message | None:
    """Send a message of the system under a public message, for everybody; return None if nothing may be sent there."""
    route.identity, route.account = answered.identity or route.identity, answered.account or route.account
    route.conversation = answered.conversation
    try:
        with writing(answered.conversation) as writer:
            return say(writer, route, in_thread(what, answered), lane=lane, answering=True)
    except NotNow:
        return None


def in_thread(what: Say, answered: Message) -> Say:
    """Return a message as the public answer to another one."""
    return replace(what, public=True, thread=answered.thread, reply_to=answered.external_id)
