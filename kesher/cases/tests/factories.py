"""People who wrote, waited and were answered, for the tests of this app and those above; and a crowd for measuring."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.cases.models import Case, Topic
from kesher.cases.services import open_case
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Contact
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services import conversation_of, receive

numbers = count(1)


def a_person(name: str = "דנה לוי", phone: str = "") -> Contact:
    """Somebody who is known by a telephone."""
    return get_or_create_identity(
        Address("tel", phone or f"+97250555{next(numbers):04d}", name), assurance=1, language="he"
    ).contact


def writes(
    account: Account, text: str, *, person: Contact | None = None, at: datetime | None = None, **more: Any
) -> Message:
    """A person writes on an account, and nobody has answered yet."""
    identity = (person or a_person()).identities.get()
    sender = Address(identity.scheme, identity.address, identity.display)
    number = next(numbers)
    event = Event(Kind.MESSAGE, f"m|{number}", external_id=f"x{number}", sender=sender, text=text, at=at, **more)
    message = receive(account, event, received=more.get("received") or at or timezone.now())
    assert message is not None
    return message


def waits(
    account: Account, text: str = "מתי מפנים את הפח?", *, hours: float = 0, person: Contact | None = None
) -> Case:
    """A person waits for a clerk, for so many hours already."""
    at = timezone.now() - timedelta(hours=hours)
    message = writes(account, text, person=person, at=at)
    return open_case(message.conversation, title=text, channel=account.channel, at=at)


def a_topic(code: str = "light", **fields: Any) -> Topic:
    return Topic.objects.create(code=code, names={"he": "תאורת רחוב", "en": "Street light"}, reportable=True, **fields)


def crowd(agency: Agency, account: Account, people: int, messages: int) -> list[Conversation]:
    """Many people with so many messages each, written in bulk; every third waits. For query counts and for benches."""
    now = timezone.now()
    contacts = Contact.objects.bulk_create(
        Contact(agency=agency, name=f"תושב {number}", language="he") for number in range(people)
    )
    conversations = Conversation.objects.bulk_create(
        Conversation(
            agency=agency,
            contact=contact,
            last_seq=messages,
            last_at=now - timedelta(minutes=number),
            last_text="הפח שוב מלא",
            last_channel=account.channel,
            waiting_since=now - timedelta(minutes=number) if number % 3 == 0 else None,
        )
        for number, contact in enumerate(contacts)
    )
    rows = (
        Message(
            agency=agency, conversation=row, seq=seq, direction="in" if seq % 2 else "out", account=account,
            channel=account.channel, text=f"הודעה {seq}", received=now - timedelta(minutes=messages - seq), state="sent",
        )
        for row in conversations
        for seq in range(1, messages + 1)
    )  # fmt: skip
    Message.objects.bulk_create(rows, batch_size=2000)
    return conversations


def page_of(person: Contact | Conversation) -> str:
    contact = person.contact if isinstance(person, Conversation) else person
    return f"/desk/people/{contact.key}/"


def stream_of(person: Contact) -> list[Message]:
    return list(Message.objects.filter(conversation=conversation_of(person)).order_by("seq"))
