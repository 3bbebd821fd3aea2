"""People who write to us, and what they get."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.utils import timezone

from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.channels.secret_redaction import is_link
from kesher.contacts.services import answer_requests
from kesher.conversations.models import Delivery, Message
from kesher.conversations.services import receive, respond

DANA = Address("tel", "+972505550142", "דנה לוי")
OMAR = Address("tg", "5550143", "عمر حداد")
MAIL = Address("mailto", "dana@example.org", "דנה לוי")
VISITOR = Address("web", "visitor-0001", "")


def hear(account: Account, who: Address, *texts: str, lang: str = "he", authenticated: bool = False) -> str:
    """Write these texts as a person, one after another; return the texts of the last answers.

    ``authenticated``: the mail's domain signed it.
    """
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


def sent_to(address: str) -> dict[str, Any]:
    """The newest request to this address that has a code in it, as only its reader gets it."""
    answer_requests()
    for delivery in Delivery.objects.filter(identity__address=address).order_by("-id"):
        if CODE.search(str(delivery.sealed.get("text", ""))):
            return dict(delivery.sealed)
    raise LookupError(f"no code went to {address}")


def code_sent_to(address: str) -> str:
    found = CODE.search(sent_to(address)["text"])
    assert found is not None
    return found[0]


def link_sent_to(address: str) -> str:
    """The path and query of the link that came with the newest code."""
    return link_in(sent_to(address))


def link_in(sealed: dict[str, Any]) -> str:
    """The path and query of the private link in what a delivery keeps sealed."""
    url = next(secret for secret in sealed["secrets"] if is_link(secret))
    return str(url).removeprefix("https://city.example")


def later(client: Client, path: str, **given: Any) -> str:
    """Presses "Continue on WhatsApp …" on a page's form; returns the words by which it goes on elsewhere."""
    kept = client.post(path, {**given, "later": "1"})
    assert kept.status_code == 302, kept.content.decode()
    page = client.get(kept["Location"]).content.decode()
    return page.partition('id="words-to-send" dir="auto">')[2].partition("<")[0]
