"""A search for clusters that knows one thing, water, instead of the trained one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.models import Message
from kesher.conversations.services import receive, respond
from kesher.dialogues.understood import Understood
from kesher.incidents import services
from kesher.incidents.clusters import Cluster, Written
from kesher.incidents.models import Incident
from kesher.incidents.notice_cache import forget_notices
from kesher.incidents.services import incidents, notices, recognition

WATER = {"kind": "no_water"}
WORDS = ("אין מים", "no water", "لا ماء", "нет воды")
NOTICE = {"he": "תקלה במים", "ar": "عطل في المياه", "ru": "Авария", "en": "Water failure"}


def is_water(text: str, profile: Mapping[str, Any], kinds: Any) -> bool:
    return profile == WATER and any(word in text for word in WORDS)


def find_water(written: Sequence[Written], kinds: Any, known: Mapping[int, dict[str, Any]]) -> list[Cluster]:
    """Return one cluster: what is about water, and which incident that is."""
    members = [one.id for one in written if is_water(one.text, WATER, kinds)]
    number = next((pk for pk, profile in known.items() if profile == WATER), None)
    return [Cluster(WATER, members, number, ["מים"])] if members else []


@pytest.fixture(autouse=True)
def water_is_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every module that searches for clusters finds those about water; every free text is understood as unknown."""
    for module in (recognition, incidents):
        monkeypatch.setattr(module, "find_clusters", find_water)
    for module in (recognition, incidents, notices):
        monkeypatch.setattr(module, "find_kinds", object)
    monkeypatch.setattr(notices, "is_about", is_water)
    monkeypatch.setattr(
        "kesher.conversations.message_interpretation.hooks.understand.listeners",
        [lambda *, text, lang, **_named: Understood(text, lang or "he")],
    )
    forget_notices()
    yield
    forget_notices()


def write(account: Account, number: int, text: str, lang: str = "he", *, ago: float = 0) -> Message:
    """A message from the person with this number, some minutes ago."""
    sender = Address("tel", f"+97250555{number:04d}")
    key = f"m|{Message.objects.count()}"
    event = Event(Kind.MESSAGE, key, external_id=key, sender=sender, text=text, lang=lang)
    message = receive(account, event, received=timezone.now() - timedelta(minutes=ago))
    assert message is not None
    return message


def answers(message: Message) -> str:
    """The bot's answers to a message."""
    return "\n".join(one.text for one in respond(message))


def crowd(account: Account, people: int = 10, text: str = "אין מים אצלנו", *, first: int = 0) -> list[Message]:
    return [write(account, first + number, text, ago=people - number) for number in range(people)]


@pytest.fixture
def suspected(sms: Account) -> Incident:
    """Ten people without water."""
    crowd(sms)
    services.detect_incidents()
    return Incident.objects.get()


@pytest.fixture
def opened(suspected: Incident, ruth: Staff) -> Incident:
    return services.move_incident(suspected, "open", by=ruth)


@pytest.fixture
def noticed(opened: Incident, ruth: Staff) -> Incident:
    services.publish_notice(opened, NOTICE, timezone.now() + timedelta(hours=2), by=ruth)
    forget_notices()
    return opened.again()


def person_of(message: Message) -> Identity:
    assert message.identity is not None
    return message.identity
