"""The simulated phones of one demo person, with the message history on each channel."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from kesher.agencies.models import in_language
from kesher.channels.models import Account
from kesher.contacts.addresses import format_address
from kesher.contacts.models import Identity
from kesher.conversations.models import Message
from kesher.demo.people import Person
from kesher.simulator.bubble_renderers import READERS, Bubble, from_chat, from_simulated_person
from kesher.simulator.meaning_preview import describe_meaning, find_meanings
from kesher.simulator.models import SimulatedMessage

SHOWN = 30


@dataclass(frozen=True, slots=True)
class Model:
    """A kind of phone: its channels, the scheme of the person's address, its icon and look."""

    key: str
    channels: tuple[str, ...]
    scheme: str
    icon: str
    look: str


MODELS = (
    Model("whatsapp", ("whatsapp",), "tel", "chat", "chat"),
    Model("sms", ("sms", "kannel"), "tel", "smartphone", "text"),
    Model("telegram", ("telegram",), "tg", "send", "chat"),
    Model("email", ("email",), "mailto", "mail", "mail"),
    Model("webchat", ("webchat",), "web", "globe", "chat"),
)


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone with its messages."""

    model: Model
    account: Account
    bubbles: tuple[Bubble, ...]

    @property
    def key(self) -> str:
        """Return the key of the phone's model, which names it in URLs and forms."""
        return self.model.key

    @property
    def title(self) -> str:
        """Return the name of the phone's account in the reader's language."""
        titles = self.account.names or dict(self.account.adapter.public_title)
        return in_language(titles) or self.account.adapter.title

    @property
    def sub(self) -> str:
        """Return the address of the phone's account as people read it."""
        address = self.account.shown_address or self.account.address
        return format_address("tel", address) if address.startswith("+") else address

    @property
    def facts(self) -> tuple[str, ...]:
        """Return texts about our newest message on the phone, such as its length."""
        return next((bubble.facts for bubble in reversed(self.bubbles) if not bubble.mine), ())

    @property
    def version(self) -> str:
        """Return a checksum of the messages shown, by which the page sees that there are new ones."""
        return f"{zlib.crc32(repr(self.bubbles).encode()):08x}"

    @property
    def hint(self) -> str:
        """Return the placeholder of the phone's input field."""
        return _("Write a reply") if self.model.look == "mail" else _("Write a message")


def list_phones(person: Person) -> list[Phone]:
    """Return a person's simulated phones, one for each channel on which the agency has an account."""
    accounts: dict[str, Account] = {}
    for account in Account.objects.filter(is_active=True).order_by("-order", "-id"):
        accounts[account.channel] = account
    rows = list(SimulatedMessage.objects.filter(address__in=person.addresses).order_by("-id")[: SHOWN * 5])
    meanings = find_meanings(person, rows)
    found = []
    for model in MODELS:
        ours = next((accounts[name] for name in model.channels if name in accounts), None)
        if ours is None:
            continue
        bubbles = chat_history(person) if model.key == "webchat" else message_history(model, rows, meanings)
        found.append(Phone(model, ours, tuple(bubbles)))
    return found


def message_history(
    model: Model, rows: Iterable[SimulatedMessage], meanings: Mapping[int, tuple[str, ...]]
) -> list[Bubble]:
    """Return the newest messages on a simulated phone as bubbles, oldest first, with what was understood of each."""
    newest = [row for row in rows if row.channel in model.channels][:SHOWN]
    return [
        replace(from_simulated_person(row.payload, row.at), meaning=meanings.get(row.pk, ()))
        if row.mine
        else READERS[row.channel](row.payload, row.at, row.pk)
        for row in reversed(newest)
    ]


def chat_history(person: Person) -> list[Bubble]:
    """Return the web chat's messages since it was cleared as bubbles, from our own rows."""
    first = SimulatedMessage.objects.filter(channel="webchat", address=person.web).order_by("id").first()
    if first is None:
        return []
    rows = Message.objects.filter(identity__scheme="web", identity__address=person.web, received__gte=first.at)
    rows = rows.filter(direction__in=["in", "out"]).prefetch_related("attachments").order_by("-id")[:SHOWN]
    return [chat_bubble(row) for row in reversed(rows)]


def chat_bubble(row: Message) -> Bubble:
    """Return the bubble of a web chat message."""
    pictures = [f"/files/{item.key}" for item in row.attachments.all() if item.is_picture and item.state == "ready"]
    if row.direction == "out":
        return from_chat(row.content, row.received, row.text, pictures)
    say: dict[str, Any] = {"text": row.text, "location": row.content.get("place") or {}}
    bubble = from_simulated_person({"say": say, "picture": next(iter(pictures), "")}, row.received)
    return replace(bubble, meaning=describe_meaning(row))


def conversation_streams(person: Person) -> list[str]:
    """Return the live streams of this person's conversations: what was understood comes without a provider."""
    rows = Identity.objects.select_related("contact__conversation", "contact__merged_into")
    roots = {row.contact.root() for row in rows.filter(address__in=person.addresses)}
    return sorted(root.conversation.stream for root in roots if hasattr(root, "conversation"))
