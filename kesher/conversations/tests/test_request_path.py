"""The request path: a message comes in, and one message, one answer and one set of deliveries result."""

from __future__ import annotations

import json

from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.models import Delivery, Message
from kesher.conversations.services import receive, respond


def said(text: str, number: int = 1) -> Event:
    sender = Address("tel", "+972505550142", "דנה לוי")
    return Event(Kind.MESSAGE, f"message|dana|{number}", external_id=f"wamid.{number}", sender=sender, text=text)


def hear(account: Account, event: Event) -> list[Message]:
    message = receive(account, event, received=timezone.now())
    return respond(message) if message else []


def test_a_greeting_is_answered_with_the_menu(city: Agency, whatsapp: Account) -> None:
    answers = hear(whatsapp, said("שלום"))
    assert answers[-1].content["options"]
    assert Delivery.objects.filter(state="queued").count() == len(answers)


def test_a_redelivery_is_a_no_op(city: Agency, whatsapp: Account) -> None:
    hear(whatsapp, said("שלום"))
    before = Message.objects.count()
    assert hear(whatsapp, said("שלום")) == []
    assert Message.objects.count() == before


def test_a_question_opens_a_case_and_tells_its_number(city: Agency, sms: Account) -> None:
    answers = hear(sms, said("מתי מפנים את הפח ברחוב הגפן?"))
    assert "20401" in answers[-1].text
    assert Identity.objects.get().contact.language == "he"
    assert json.dumps(Delivery.objects.latest("id").payload)
