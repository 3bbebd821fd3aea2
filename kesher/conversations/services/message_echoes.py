"""Store the messages that staff wrote in a provider's own application (WhatsApp on a telephone) as replies."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kesher.channels.base import Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.models import Delivery, Message, Route
from kesher.conversations.services.code_redaction import TEXT_MAX
from kesher.conversations.services.conversation_writer import conversation_of, writing
from kesher.conversations.services.outbound import find_route_of
from kesher.conversations.services.provider_events import filter_by_external_id, record_event
from kesher.conversations.services.unreadable_messages import placeholder_text
from kesher.core import hooks
from kesher.core.db.agency_scope import everywhere
from kesher.core.db.batch import flush
from kesher.language import detect

SENT_ELSEWHERE = "sent_elsewhere"  # in a message's content


def is_own_message(event: Event) -> bool:
    """Return whether an event is a message that our own account sent, not its edit, deletion or reaction."""
    return event.kind == Kind.ECHO and event.sender is not None and not event.data.get("of")


def restore_event_kind(event: Event) -> Event:
    """Return an echo of an edit or a deletion as an event of that kind; any other event unchanged."""
    deed = event.data.get("of")
    return replace(event, kind=Kind(deed)) if deed in (Kind.EDIT, Kind.DELETE) and event.target else event


@transaction.atomic(savepoint=False)
def receive_echo(
    account: Account, event: Event, identity: Identity, *, received: datetime, intake: UUID | None = None
) -> Message | None:
    """Store a message that staff sent from the provider's own application, as an answer that is not sent again.

    If the person has written nothing since, a clerk holds the conversation from then on and nothing waits. Return None
    if we sent it ourselves.
    """
    if was_sent_by_us(account, event.external_id):
        record_event(account, event, intake=intake)
        return None
    text = event.text or ("" if event.media or event.location else placeholder_text(event, account.agency))
    with writing(conversation_of(identity.contact)) as writer:
        talk = writer.conversation
        is_last = talk.last_in_at is None or talk.last_in_at <= received
        message = writer.add(
            "out",
            text=text[:TEXT_MAX],
            received=received,
            said_at=event.at,
            account=account,
            identity=identity,
            channel=account.channel,
            dedup_key=event.dedup_key[:180],
            external_id=event.external_id[:200],
            reply_to=event.reply_to[:200],
            lang=event.lang or detect(text) or "",
            state="sent",
            intake=intake,
            content={SENT_ELSEWHERE: True},
        )
        if is_last:
            writer.set(held=True, waiting_since=None)
        if find_route_of(identity.pk, account.pk) is None:
            route = Route.objects.create(
                agency_id=talk.agency_id, conversation=talk, identity=identity, account=account
            )
            find_route_of.fill({(identity.pk, account.pk): route})
    if is_last:
        flush()  # the hook needs its key
        hooks.answered(message=message)
    return message


def was_sent_by_us(account: Account, external_id: str) -> bool:
    """Return whether a message with this id was sent from here. Some providers echo everything."""
    if not external_id:
        return False
    with everywhere("what an event of an account speaks of"):
        return any(
            filter_by_external_id(rows.filter(account=account), external_id).exists()
            for rows in (Message.objects, Delivery.objects)
        )
