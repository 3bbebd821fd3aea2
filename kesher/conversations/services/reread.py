"""A message that nobody could read when it came, and that can be read now."""

from __future__ import annotations

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kesher.channels.base import Event
from kesher.channels.models import Account
from kesher.conversations.models import Message
from kesher.conversations.services.events import apply_parked
from kesher.conversations.services.receive import attach, columns_of, trust
from kesher.conversations.services.stream import preview, writing
from kesher.conversations.services.unread import with_words


@transaction.atomic
def reread(message: Message, account: Account, event: Event) -> Message:
    """Put what an event says in the place of a message that stood for it, at its own time."""
    assert message.identity is not None
    info = account.info()
    event = with_words(account.adapter.assess(event, info), account.agency)
    capabilities = account.adapter.capabilities(info)
    claimed = trust(event, capabilities) < 1 and not capabilities.hosted
    columns = columns_of(event, message.identity, claimed=claimed)
    with writing(message.conversation) as writer:
        if writer.conversation.last_text == preview(message.text):
            writer.set(last_text=preview(columns["text"]))
        for name, value in columns.items():
            setattr(message, name, value)
        message.save(update_fields=list(columns))
        attach(message, account, event)
    apply_parked(account, message)
    return message


@transaction.atomic
def was_no_message(message: Message, kind: str) -> None:
    """What stood for a message turned out to be something else: a grey line stays, and nobody need read it."""
    assert message.account is not None
    with translation.override(message.account.agency.spoken[0]), writing(message.conversation):
        message.direction, message.state = Message.Direction.EVENT, "kept"
        message.text = _("Read again: this was no message (%(kind)s)") % {"kind": kind}
        message.save(update_fields=["direction", "state", "text"])
