"""Append messages to a conversation: under one lock, with gapless numbers and one save for many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.contacts.models import Contact
from kesher.conversations.models import Conversation, Message
from kesher.core.db.batch import CachedInBatch, atomic, in_batch, save, save_late
from kesher.core.live.live_events import publish

INBOX = "inbox"
RECENT = 120
Said = tuple[str, datetime, str]


def conversation_of(contact: Contact) -> Conversation:
    """Return the conversation of this person (of the root contact), created when first needed."""
    root = contact.root()
    row = get_or_create_conversation(root)
    if in_batch():
        row = lock_conversation(row).conversation
    row.contact = root
    return row


@CachedInBatch
def get_or_create_conversation(root: Contact) -> Conversation:
    """Return the conversation of this root contact, created when first needed."""
    return Conversation.objects.get_or_create(contact=root, defaults={"agency_id": root.agency_id})[0]


class Writer:
    """A conversation under its row lock. ``add`` appends messages; the row is saved when the block ends."""

    def __init__(self, conversation: Conversation) -> None:
        """Append to this conversation, whose row the caller has locked."""
        self.conversation = conversation
        self.fields: set[str] = set()
        self.said: list[Said] = []  # added in this block
        self.before: list[Said] | None = None  # stored before; read when first needed

    def add(self, direction: str, *, text: str = "", received: datetime | None = None, **fields: Any) -> Message:
        """Append a message with the next number to the conversation, update its inbox columns, and return it."""
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
        save(message)
        self.said.append((direction, now, text))
        self.fields.add("last_seq")
        if direction in ("in", "out"):
            if row.last_at is None or now >= row.last_at:  # a message that is read late has its own time
                self.set(
                    last_at=now, last_text=preview_text(text), last_channel=message.channel, last_public=message.public
                )
            if (getattr(row, f"last_{direction}_at") or now) <= now:
                self.set(**{f"last_{direction}_at": now})
        return message

    def save(self) -> None:
        """Save the changed columns of the conversation."""
        if self.fields:
            save_late(self.conversation, *self.fields)
            self.fields.clear()

    def recent(self) -> list[Said]:
        """Return the last messages of the conversation, oldest first, each as (direction, time, text)."""
        if self.before is None:
            last = self.conversation.last_seq - len(self.said)
            rows = Message.objects.filter(conversation=self.conversation, seq__gt=last - RECENT, seq__lte=last)
            self.before = list(rows.order_by("seq").values_list("direction", "received", "text")) if last else []
        return (self.before + self.said)[-RECENT:]

    def set(self, **values: Any) -> None:
        """Change columns of the conversation; `save` stores them."""
        for name, value in values.items():
            if getattr(self.conversation, name) != value:
                setattr(self.conversation, name, value)
                self.fields.add(name)


def preview_text(text: str) -> str:
    """Return a text as one line of at most 140 characters, as the inbox shows it."""
    return " ".join(text.split())[:140]


@contextmanager
def writing(conversation: Conversation) -> Iterator[Writer]:
    """Yield a `Writer` of the locked conversation, and save it when the block ends."""
    with atomic():
        writer = lock_conversation(conversation)
        yield writer
        writer.save()
        publish(INBOX, conversation.stream)


@CachedInBatch
def lock_conversation(conversation: Conversation) -> Writer:
    """Return a writer of this conversation, with its row read again and locked.

    NO KEY: writing a row that references it (a delivery) does not wait for this lock, nor this lock for it.
    """
    row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    if Conversation.contact.is_cached(conversation):
        row.contact = conversation.contact
    return Writer(row)


def recent_messages(conversation: Conversation) -> list[Said]:
    """Return the last messages of a conversation as (direction, time, text), unsaved ones included."""
    return (lock_conversation(conversation) if in_batch() else Writer(conversation)).recent()


def add_event_line(
    conversation: Conversation, text: str, *, staff: Staff | None = None, case: int | None = None
) -> Message:
    """Add a line of the system to a conversation and return it; ``case``: the key of the case it is about."""
    content = {"case": case} if case else {}
    with writing(conversation) as writer:
        return writer.add("event", text=text, author=staff, state="kept", received=timezone.now(), content=content)
