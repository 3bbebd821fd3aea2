"""People who write to us, and what they get."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.utils import timezone

from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.conversations.models import Message
from kesher.conversations.services import receive, respond

DANA = Address("tel", "+972505550142", "דנה לוי")
OMAR = Address("tg", "5550143", "عمر حداد")
MAIL = Address("mailto", "dana@example.org", "דנה לוי")
VISITOR = Address("web", "visitor-0001", "")


def hear(account: Account, who: Address, *texts: str, lang: str = "he", authenticated: bool = False) -> str:
    """The person writes these texts one after another; returns the words of the last answers. ``authenticated``: his
    mail's domain signed it."""
    said: list[Message] = []
    for text in texts:
        number = Message.objects.count()
        key = f"message|{who.address}|{number}"
        data = {"authenticated": True} if authenticated else {}
        event = Event(Kind.MESSAGE, key, external_id=f"m{number}", sender=who, text=text, lang=lang, data=data)
        message = receive(account, event, received=timezone.now())
        assert message is not None
        said = respond(message)
    return "\n".join(answer.text for answer in said)


CODE = re.compile(r"\b\d{6}\b")


def sent_to(address: str) -> Message:
    """The newest message to this address that has a code in it."""
    sent = Message.objects.filter(direction="out", identity__address=address).order_by("-id")
    return next(message for message in sent if CODE.search(message.text))


def code_sent_to(address: str) -> str:
    found = CODE.search(sent_to(address).text)
    assert found is not None
    return found[0]


def link_sent_to(address: str) -> str:
    """The path and query of the link that came with the newest code."""
    (_title, url), *_rest = sent_to(address).content["links"]
    return str(url).removeprefix("https://city.example")


def later(client: Client, path: str, **given: Any) -> str:
    """Presses "Continue on WhatsApp …" on a page's form; returns the words by which it goes on elsewhere."""
    kept = client.post(path, {**given, "later": "1"})
    assert kept.status_code == 302, kept.content.decode()
    page = client.get(kept["Location"]).content.decode()
    return page.partition('id="words-to-send" dir="auto">')[2].partition("<")[0]
