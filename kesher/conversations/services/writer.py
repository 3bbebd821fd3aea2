"""Writing in a person's stream: one lock, gapless numbers, one save and one live event however much is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from kesher.contacts.models import Contact
from kesher.conversations.models import Conversation, Message
from kesher.core.live import publish
from kesher.core.unit_of_work import save

INBOX = "inbox"
RECENT = 120
Said = tuple[str, datetime, str]
_in_hand: ContextVar[dict[int, Writer] | None] = ContextVar("kesher_rows_in_hand", default=None)


def conversation_of(contact: Contact) -> Conversation:
    """The conversation of this person (of the contact that stands for him); made at first need."""
    root = contact.root()
    rows = _in_hand.get()
    for writer in (rows or {}).values():
        if writer.conversation.contact_id == root.pk:
            return writer.conversation
    found = Conversation.objects.filter(contact=root)
    row = (found if rows is None else found.select_for_update(no_key=True)).first()
    if row is not None:
        row.contact = root
        if rows is not None:
            rows[row.pk] = Writer(row)
        return row
    try:
        with transaction.atomic():
            return Conversation.objects.create(agency_id=root.agency_id, contact=root)
    except IntegrityError:
        return Conversation.objects.get(contact=root)


class Writer:
    """A conversation under its row lock. ``add`` appends messages; the row is saved when the block ends."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.fields: set[str] = set()
        self.said: list[Said] = []  # by us, now
        self.before: list[Said] | None = None  # what was there when we came; read at first need

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
        save(message)
        self.said.append((direction, now, text))
        self.fields.add("last_seq")
        if direction in ("in", "out"):
            if row.last_at is None or now >= row.last_at:  # what is read late is filed at its own time
                self.set(last_at=now, last_text=preview(text), last_channel=message.channel)
            if (getattr(row, f"last_{direction}_at") or now) <= now:
                self.set(**{f"last_{direction}_at": now})
        return message

    def save(self) -> None:
        """Writes what changed."""
        if self.fields:
            save(self.conversation, *self.fields)
            self.fields.clear()

    def recent(self) -> list[Said]:
        """The last things said here, the oldest first: which way, when, and the words."""
        if self.before is None:
            last = self.conversation.last_seq - len(self.said)
            rows = Message.objects.filter(conversation=self.conversation, seq__gt=last - RECENT, seq__lte=last)
            self.before = list(rows.order_by("seq").values_list("direction", "received", "text")) if last else []
        return (self.before + self.said)[-RECENT:]

    def set(self, **values: Any) -> None:
        """Changes columns of the conversation, saved with the rest."""
        for name, value in values.items():
            if getattr(self.conversation, name) != value:
                setattr(self.conversation, name, value)
                self.fields.add(name)


def preview(text: str) -> str:
    """Return the words as the inbox shows them."""
    return " ".join(text.split())[:140]


@contextmanager
def rows_in_hand(writers: dict[int, Writer] | None = None) -> Iterator[None]:
    """Inside, a conversation is locked and read once, and saved once at the end, however often it is written in: for a
    worker's batch, whose ``writers`` were locked beforehand. Needs an open transaction."""
    token = _in_hand.set(writers if writers is not None else {})
    try:
        yield
        put_down()
    finally:
        _in_hand.reset(token)


def put_down() -> None:
    """Saves the conversations in hand and lets go of them: before somebody changes their rows by a query."""
    rows = _in_hand.get()
    for writer in (rows or {}).values():
        writer.save()
    if rows:
        rows.clear()


@contextmanager
def writing(conversation: Conversation) -> Iterator[Writer]:
    """Locks the conversation, so that one person's events run one after another and different people's at once."""
    rows = _in_hand.get()
    if rows is not None:
        writer = rows.get(conversation.pk) or rows.setdefault(conversation.pk, locked(conversation))
        yield writer
        publish(INBOX, conversation.stream)
        return
    with transaction.atomic():
        writer = locked(conversation)
        yield writer
        writer.save()
        publish(INBOX, conversation.stream)


def locked(conversation: Conversation) -> Writer:
    """A writer of this conversation, its row read anew and locked. NO KEY: a row elsewhere that points here (a delivery
    being written down) need not wait for us, nor we for it."""
    row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    if Conversation.contact.is_cached(conversation):
        row.contact = conversation.contact
    return Writer(row)


def recent(conversation: Conversation) -> list[Said]:
    """The last things said in a conversation, also those of a batch that are not written down yet."""
    rows = _in_hand.get() or {}
    return (rows.get(conversation.pk) or Writer(conversation)).recent()
