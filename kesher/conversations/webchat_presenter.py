"""The web chat as its visitor sees it: what was said to and by this browser, and what he may do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kesher.channels.base import Address, Request
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services import receive, respond
from kesher.conversations.services.identity_links import account_for
from kesher.core.arrival import arrived_at
from kesher.core.errors import Refused
from kesher.core.ids import token
from kesher.core.models import Attachment
from kesher.dialogues.services import GO
from kesher.dialogues.turn import REGISTRY

SHOWN = 100
HEADER = "x-kesher-visitor"


@dataclass(frozen=True, slots=True)
class Line:
    """One message as the visitor sees it. ``who`` is the clerk's name, "" for his own words and for the machine's."""

    id: int
    mine: bool
    text: str
    lang: str
    at: datetime
    who: str = ""
    files: tuple[Attachment, ...] = ()
    place: str = ""
    address: str = ""
    links: tuple[tuple[str, str], ...] = ()
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A button: what it says, and the choice that it sends."""

    value: str
    title: str
    icon: str = ""


def chat_account() -> Account | None:
    """The account that our own pages write to; None where the agency has no web chat, or its secrets were lost."""
    account = account_for("web")
    ready = account is not None and account.capabilities().hosted and account.info().secrets
    return account if ready else None


def signed(account: Account, visitor: str, said: dict[str, Any]) -> Request:
    """A request as the chat's script would send it, with the visitor's proof. Raises Refused where the account cannot
    make one (it has no secret)."""
    info = account.info(account.agency.public_url)
    lang = (get_language() or "he")[:2]
    request = account.adapter.simulate(Address("web", visitor), {"id": token(), "lang": lang, **said}, info)
    if request is None:
        raise Refused(_("The chat is closed at the moment. Please call us, or write to us by e-mail."))
    return request


def proof(account: Account, visitor: str) -> str:
    """What the page's script shows the intake lane: that this visitor is one of ours."""
    return signed(account, visitor, {"text": "-"}).headers[HEADER]


def hear(account: Account, visitor: str, *, text: str = "", choice: str = "", file: Attachment | None = None) -> None:
    """What a visitor said without JavaScript, on the path of every message: the adapter's parse, receive, respond."""
    said: dict[str, Any] = {"text": text, "choice_id": choice}
    if file is not None:
        said["media"] = [{"ref": file.key}]
    for event in account.adapter.parse(signed(account, visitor, said)):
        message = receive(account, event, received=arrived_at())
        if message is not None:
            respond(message)


def lines(identity: Identity | None) -> list[Line]:
    """The newest messages of this browser, oldest first: those of this one identity, whoever else the person may be."""
    if identity is None:
        return []
    rows = Message.objects.filter(identity=identity, direction__in=["in", "out"], deleted_at=None)
    rows = rows.select_related("author").prefetch_related("attachments").order_by("-received", "-id")[:SHOWN]
    return [line_of(row) for row in reversed(rows)]


def line_of(message: Message) -> Line:
    """A message with the parts that are not words. What is sealed is opened for its own reader here, and only here."""
    place = message.content.get("place") or {}
    links = message.sealed.get("links", message.content.get("links", ()))
    return Line(
        id=message.pk,
        mine=message.direction == "in",
        text=message.sealed.get("text", message.text),
        lang=message.lang,
        at=message.received,
        who=(message.author.signature or message.author.name) if message.author else "",
        files=tuple(message.attachments.all()),
        place=f"geo:{place['lat']},{place['lon']}" if place else "",
        address=place.get("address") or place.get("label") or "",
        links=tuple((str(title), str(url)) for title, url in links),
        edited=message.edited_at is not None,
    )


def keys(identity: Identity | None) -> list[Key]:
    """The buttons below the stream: the newest question's options, or the menu for whoever said nothing yet."""
    if identity is None:
        return first_keys()
    newest = Message.objects.filter(identity=identity, direction__in=["in", "out"]).order_by("-received", "-id").first()
    if newest is None:
        return first_keys()
    options = newest.content.get("options", ()) if newest.direction == "out" else ()
    return [Key(option["key"], option["title"]) for option in options]


def title_of(choice: str, identity: Identity | None) -> str:
    """The words on the button that was pressed, so that the stream shows what was chosen; "" for an older button."""
    return next((key.title for key in keys(identity) if key.value == choice), "") if choice else ""


def first_keys() -> list[Key]:
    """What a stranger may begin with."""
    listed = [Key(f"{GO}{skill.name}", str(skill.title), skill.icon) for skill in REGISTRY.menu()]
    return [*listed, Key(f"{GO}agent", _("Talk to a person"), "user")]


def stream_of(identity: Identity | None) -> str:
    """The live stream that tells of this person's messages; "" where there is none yet."""
    found = Conversation.objects.filter(contact=identity.contact.root()).first() if identity else None
    return found.stream if found else ""


def file_links(files: Iterable[Attachment]) -> list[dict[str, Any]]:
    """Files as the page shows them."""
    return [
        {
            "url": reverse("site:file", args=[item.key]),
            "name": item.name or _("File"),
            "alt": item.alt or _("Photo"),
            "picture": item.is_picture,
            "ready": item.state == "ready",
            "reason": item.reason,
        }
        for item in files
    ]
