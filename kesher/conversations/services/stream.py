"""Writing in a person's stream: one lock, gapless numbers, one save and one live event however much is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from kesher.contacts.models import Contact
from kesher.conversations.models import Conversation, Message
from kesher.core.live import publish

INBOX = "inbox"


def conversation_of(contact: Contact) -> Conversation:
    """The conversation of this person (of the contact that stands for him); made at first need."""
    root = contact.root()
    found = Conversation.objects.filter(contact=root).first()
    if found is not None:
        found.contact = root
        return found
    try:
        with transaction.atomic():
            return Conversation.objects.create(agency_id=root.agency_id, contact=root)
    except IntegrityError:
        return Conversation.objects.get(contact=root)


class Writer:
    """A conversation under its row lock. ``add`` appends messages; the row is saved when the block ends."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.changed = False
        self.fields: set[str] = set()

    def add(self, direction: str, *, text: str = "", received: datetime | None = None, **fields: Any) -> Message:
        """Appends one message with the next number, and keeps what the inbox shows."""
        row = self.conversation
        now = received or timezone.now()
        row.last_seq += 1
        message = Message(
            agency_id=row.agency_id,
            conversation=row,
            seq=row.last_seq,
            direction=direction,
            text=text,
            received=now,
            **fields,
        )
        message.save(force_insert=True)
        self.fields.add("last_seq")
        if direction in ("in", "out"):
            row.last_at = now
            row.last_text = " ".join(text.split())[:140]
            row.last_channel = message.channel
            setattr(row, f"last_{direction}_at", now)
            self.fields |= {"last_at", "last_text", "last_channel", f"last_{direction}_at"}
        return message

    def set(self, **values: Any) -> None:
        """Changes columns of the conversation, saved with the rest."""
        for name, value in values.items():
            if getattr(self.conversation, name) != value:
                setattr(self.conversation, name, value)
                self.fields.add(name)


@contextmanager
def writing(conversation: Conversation) -> Iterator[Writer]:
    """Locks the conversation, so that one person's events run one after another and different people's at once."""
    with transaction.atomic():
        locked = Conversation.objects.select_for_update().get(pk=conversation.pk)
        if Conversation.contact.is_cached(conversation):
            locked.contact = conversation.contact
        writer = Writer(locked)
        yield writer
        if writer.fields:
            locked.save(update_fields=sorted(writer.fields))
        publish(INBOX, locked.stream)
