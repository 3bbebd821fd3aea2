"""Under each message on a simulated phone stands what was understood, and how surely."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.channels.base import Event, Kind
from kesher.channels.models import Account
from kesher.conversations.models import Message
from kesher.conversations.services import receive
from kesher.demo.people import PEOPLE
from kesher.simulator.phones import list_phones
from kesher.simulator.services import record_message
from kesher.understanding.learning.model_store import model_name, model_path

pytestmark = pytest.mark.usefixtures("simulator")
DANA = PEOPLE["dana"]
SIGN = {"kind": "petition", "name": "petitions.sign", "subject": "48213", "p": 0.871}
BINS = {"kind": "answer", "name": "bins", "subject": "", "p": 0.05}


def says(account: Account, text: str, understood: dict[str, Any] | None = None) -> Message:
    """Dana writes on a simulated phone, and the intake stores it with what was understood."""
    address = DANA.address("tel" if account.channel in ("whatsapp", "sms") else "web")
    record_message(account.channel, address.address, {"say": {"text": text}}, mine=True)
    event = Event(Kind.MESSAGE, f"k{Message.objects.count()}", sender=address, text=text)
    message = receive(account, event, received=timezone.now())
    assert message is not None
    if understood:
        message.content["understood"] = understood
        message.save()
    return message


def test_a_message_shows_its_action_and_what_was_offered(whatsapp: Account, client: Client) -> None:
    says(whatsapp, "לחתום על הצל", {"action": "offer", "p": 0.871, "offered": [SIGN, BINS]})
    page = client.get("/simulator/?person=dana").content.decode()
    for fact in ("מציע כמה אפשרויות 87%", "חתימה על עצומה 48213 87%", "bins 5%"):
        assert f"<bdi>{fact}</bdi>" in page


def test_a_danger_is_named(whatsapp: Account) -> None:
    says(whatsapp, "ריח גז", {"action": "emergency", "p": 0.9, "situation": "sure", "kind": "gas"})
    assert list_phones(DANA)[0].bubbles[0].meaning == ("מצב חירום 90%", "סכנת חיים: גז")


def test_the_same_words_twice_have_each_their_own(whatsapp: Account, sms: Account) -> None:
    says(whatsapp, "תפריט", {"action": "command", "commands": ["menu"], "p": 0.99})
    says(whatsapp, "תפריט")
    says(sms, "תפריט", {"action": "unknown", "p": 0.5})
    whatsapps, text = list_phones(DANA)[:2]
    assert [bubble.meaning for bubble in whatsapps.bubbles] == [("פקודה 99%", "menu"), ()]
    assert text.bubbles[0].meaning == ("לא הובן 50%",)


def test_the_web_chat_shows_it_too(webchat: Account) -> None:
    says(webchat, "שלום", {"action": "command", "commands": ["greeting"], "p": 0.98})
    assert list_phones(DANA)[0].bubbles[0].meaning == ("פקודה 98%", "greeting")


def test_the_page_says_whether_a_model_is_trained(
    whatsapp: Account, client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.DATA = tmp_path
    assert "עדיין לא אומן מודל" in client.get("/simulator/").content.decode()
    path = model_path(model_name(()))
    path.parent.mkdir()
    path.touch()
    assert "עדיין לא אומן מודל" not in client.get("/simulator/").content.decode()
