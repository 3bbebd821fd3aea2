"""Replace the placeholder of an unreadable message by its content, once a newer adapter can read it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from kesher.channels.base import Event
from kesher.channels.models import Account
from kesher.conversations.models import ChannelEvent, Intake, Message
from kesher.conversations.services.conversation_writer import preview_text, writing
from kesher.conversations.services.events.message_threads import find_thread
from kesher.conversations.services.events.provider_events import AMENDED, apply_parked
from kesher.conversations.services.events.received_files import attach_files
from kesher.conversations.services.events.unreadable_messages import add_text
from kesher.conversations.services.receive import message_columns, sender_assurance
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.live.live_events import publish


@transaction.atomic
def replace_placeholder(message: Message, account: Account, event: Event) -> Message:
    """Fill a placeholder message with the content of its event, now readable, and return it."""
    assert message.identity is not None
    info = account.info()
    event = add_text(account.adapter.assess(event, info), account.agency)
    capabilities = account.adapter.capabilities(info)
    claimed = sender_assurance(event, capabilities) < 1 and not capabilities.hosted
    columns = message_columns(event, message.identity, claimed=claimed) | {"thread": find_thread(account, event)}
    with writing(message.conversation) as writer:
        if writer.conversation.last_text == preview_text(message.text):
            writer.set(last_text=preview_text(columns["text"]))
        for name, value in columns.items():
            setattr(message, name, value)
        message.save(update_fields=list(columns))
        attach_files(message, account, event)
    if apply_parked(account, message.external_id):
        message.refresh_from_db(fields=AMENDED)
    audit("conversations.reread", by=SYSTEM, subject=message)
    return message


@transaction.atomic
def dismiss_placeholder(message: Message, kind: str) -> None:
    """Turn a placeholder into a system line, because it was not a message; nobody needs to read it."""
    assert message.account is not None
    with translation.override(message.account.agency.spoken[0]), writing(message.conversation):
        message.direction, message.state = Message.Direction.EVENT, "kept"
        message.text = _("Read again: this was no message (%(kind)s)") % {"kind": kind}
        message.save(update_fields=["direction", "state", "text"])
    audit("conversations.was_no_message", by=SYSTEM, subject=message, kind=kind)


@transaction.atomic
def settle_intake(row: Intake, read: Sequence[int], filed: Collection[str], *, by: Actor) -> None:
    """Mark a raw request as processed, and those of its events that can be read now as applied.

    ``read``: keys of event rows; ``filed``: digests of the keys of events that became messages.
    """
    Intake.objects.filter(pk=row.pk).update(state=Intake.State.DONE, error="")
    with everywhere("the account of a raw request"):
        account = Account.objects.get(pk=row.account_id)
    with scope(account.agency_id):
        events = ChannelEvent.objects.filter(Q(pk__in=read) | Q(dedup_key__in=filed), account__channel=account.channel)
        events.update(state=ChannelEvent.State.APPLIED)
        audit("conversations.replay", by=by, subject=account, intake=str(row.pk))
        publish("channels")
