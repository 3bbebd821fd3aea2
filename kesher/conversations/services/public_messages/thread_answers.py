"""Answer under a public message, for everybody to read."""

from __future__ import annotations

from dataclasses import replace

from kesher.agencies.models import Staff
from kesher.channels.base import Say
from kesher.conversations.models import Delivery, Message
from kesher.conversations.services.conversation_writer import writing
from kesher.conversations.services.outbound import NotNow, find_route_of, say


def in_thread(what: Say, answered: Message) -> Say:
    """Return a message as the public answer to another one."""
    return replace(what, public=True, thread=answered.thread, reply_to=answered.external_id)


def say_in_thread(
    answered: Message, what: Say, *, lane: int = Delivery.Lane.BOT, author: Staff | None = None
) -> Message | None:
    """Send a message of the system under a public message, for everybody; return None if nothing may be sent there.

    ``author``: the clerk whose own words it has.
    """
    identity, account = answered.identity, answered.account
    route = find_route_of(identity.pk, account.pk) if identity and account and answered.deleted_at is None else None
    if route is None or identity is None or account is None:
        return None
    route.identity, route.account, route.conversation = identity, account, answered.conversation
    try:
        with writing(answered.conversation) as writer:
            return say(writer, route, in_thread(what, answered), lane=lane, author=author, answering=True)
    except NotNow:
        return None
