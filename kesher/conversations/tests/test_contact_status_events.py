"""What a provider says about a person is applied like their own word, and "applied" means that something changed."""

from __future__ import annotations

import pytest
from django.utils import timezone

from kesher.channels.base import Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Consent, Contact
from kesher.contacts.services import find_consent, record_consent
from kesher.conversations.models import ChannelEvent, Message, Route
from kesher.conversations.services import receive
from kesher.conversations.tests.talk import DANA, hear


def told(account: Account, kind: Kind, number: int) -> str:
    """The provider says so; returns what became of it."""
    receive(account, Event(kind, f"{kind}|{number}", sender=DANA), received=timezone.now())
    return ChannelEvent.objects.latest("pk").state


@pytest.fixture
def reader(whatsapp: Account) -> Contact:
    """Dana, who agreed to updates."""
    hear(whatsapp, DANA, "שלום")
    route = Route.objects.get()
    record_consent(route.identity, "information", granted=True, source="web", wording="Send me news")
    return route.identity.contact


def test_a_start_at_the_provider_lifts_the_stop_opens_the_way_and_says_what_comes(
    whatsapp: Account, reader: Contact
) -> None:
    assert told(whatsapp, Kind.OPT_OUT, 1) == "applied"
    Route.objects.update(closed=True)
    assert told(whatsapp, Kind.OPT_IN, 2) == "applied"
    assert find_consent(reader, "information") is True
    assert find_consent(reader, "promotion") is None
    assert not Route.objects.get().closed
    assert "עדכונים על מה שהצטרפתם אליו" in Message.objects.latest("pk").text


def test_a_start_at_the_provider_without_a_stop_is_not_applied_and_says_nothing(
    whatsapp: Account, reader: Contact
) -> None:
    said = Message.objects.count()
    assert told(whatsapp, Kind.OPT_IN, 1) == "ignored"
    assert Message.objects.count() == said
    assert Consent.objects.count() == 1


def test_a_start_at_the_provider_of_somebody_we_never_wrote_to_gives_no_consent(whatsapp: Account) -> None:
    assert told(whatsapp, Kind.OPT_IN, 1) == "ignored"
    assert not Consent.objects.exists()
    assert not Message.objects.exists()
