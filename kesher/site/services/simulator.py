"""Store the messages that the fake providers received, and reset the simulator."""

from __future__ import annotations

from django.db import transaction

from kesher.channels.base import Json
from kesher.contacts.models import Identity
from kesher.conversations.models import Conversation
from kesher.core.agency_scope import current_agency_id
from kesher.core.attachments import store_attachment, store_bytes
from kesher.core.audit import SYSTEM, audit
from kesher.core.live_events import publish
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.services import end_session
from kesher.site.models import SimulatedMessage

STREAM = "simulator"


@transaction.atomic
def record_message(channel: str, address: str, payload: Json, *, mine: bool = False) -> SimulatedMessage:
    """Store a message on a simulated phone, which shows it at once; `mine`: the phone's owner sent it."""
    row = SimulatedMessage.objects.create(
        agency_id=current_agency_id(), channel=channel, address=address, payload=payload, mine=mine
    )
    publish(STREAM, ref=channel)
    return row


@transaction.atomic
def store_receipt_count(row: SimulatedMessage, receipts: int) -> None:
    """Store how many delivery receipts were sent for this simulated message."""
    SimulatedMessage.objects.filter(pk=row.pk).update(told=receipts)


@transaction.atomic
def reset_phones(addresses: tuple[str, ...]) -> None:
    """Clear these people's simulated phones, end their dialogues, and give their chats back to the bot.

    The messages stay in the inbox: conversations are permanent.
    """
    SimulatedMessage.objects.filter(address__in=addresses).delete()
    contacts = [row.contact.root() for row in Identity.objects.select_related("contact").filter(address__in=addresses)]
    states = (DialogueSession.State.ACTIVE, DialogueSession.State.PARKED)
    for session in DialogueSession.objects.filter(contact__in=contacts, state__in=states):
        end_session(session, DialogueSession.State.CANCELLED)
    for conversation in Conversation.objects.filter(contact__in=contacts, held=True):
        # Not a clerk's operation, so without the service that audits clerks.
        Conversation.objects.filter(pk=conversation.pk).update(held=False)
        publish("inbox", conversation.stream)
    audit("site.begin_anew", by=SYSTEM, phones=len(addresses))
    publish(STREAM)


def keep_photo(content: bytes, name: str) -> tuple[str, str]:
    """Store a photo sent from a simulated phone; return (digest for fake providers, attachment key for our chat).

    Raise BadFile.
    """
    attachment = store_attachment(content, name=name)
    return store_bytes(content), attachment.key
