"""Build the web chat's context: the messages of this browser, and the buttons below them."""

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
from kesher.conversations.services.identity_linkage import find_account_for
from kesher.core.db.ids import token
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrived_at
from kesher.core.models import Attachment
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.services import GO

SHOWN = 100
HEADER = "x-kesher-visitor"


@dataclass(frozen=True, slots=True)
class Line:
    """One message as the visitor sees it.

    ``who`` is the clerk's name, "" for the visitor's own words and for the bot's.
    """

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
    """A button: its title, and the choice that it sends."""

    value: str
    title: str
    icon: str = ""


def chat_account() -> Account | None:
    """Return the agency's web chat account; None if it has none or its secrets cannot be read."""
    account = find_account_for("web")
    ready = account is not None and account.capabilities().hosted and account.info().secrets
    return account if ready else None


def sign_request(account: Account, visitor: str, said: dict[str, Any]) -> Request:
    """Return the request that the chat's script would send for these values, signed for this visitor.

    Raise Refused if the account has no secret to sign it with.
    """
    info = account.info(account.agency.public_url)
    lang = (get_language() or "he")[:2]
    request = account.adapter.simulate(Address("web", visitor), {"id": token(), "lang": lang, **said}, info)
    if request is None:
        raise Refused(_("The chat is closed at the moment. Please call us, or write to us by e-mail."))
    return request


def visitor_proof(account: Account, visitor: str) -> str:
    """Return the HMAC by which the intake lane knows that a request comes from this visitor's page."""
    return sign_request(account, visitor, {"text": "-"}).headers[HEADER]


def receive_from_visitor(
    account: Account, visitor: str, *, text: str = "", choice: str = "", file: Attachment | None = None
) -> None:
    """Process what a visitor sent without JavaScript, on the path of every message: parse, receive, respond."""
    said: dict[str, Any] = {"text": text, "choice_id": choice}
    if file is not None:
        said["media"] = [{"ref": file.key}]
    for event in account.adapter.parse(sign_request(account, visitor, said)):
        message = receive(account, event, received=arrived_at())
        if message is not None:
            respond(message)


def visitor_lines(identity: Identity | None) -> list[Line]:
    """Return the newest messages of this browser's identity, oldest first, whoever else the person may be."""
    if identity is None:
        return []
    rows = Message.objects.filter(identity=identity, direction__in=["in", "out"], deleted_at=None)
    rows = rows.select_related("author").prefetch_related("attachments").order_by("-received", "-id")[:SHOWN]
    return [present_message(row) for row in reversed(rows)]


def present_message(message: Message) -> Line:
    """Return a message as a line of the web chat; sealed content is opened only here, for its reader."""
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


def current_keys(identity: Identity | None) -> list[Key]:
    """Return the buttons below the chat: the newest question's options, or the menu in a new chat."""
    if identity is None:
        return menu_keys()
    newest = Message.objects.filter(identity=identity, direction__in=["in", "out"]).order_by("-received", "-id").first()
    if newest is None:
        return menu_keys()
    options = newest.content.get("options", ()) if newest.direction == "out" else ()
    return [Key(option["key"], option["title"]) for option in options]


def key_title(choice: str, identity: Identity | None) -> str:
    """Return the title of the button that a visitor pressed, by its key; "" for a button shown earlier."""
    return next((key.title for key in current_keys(identity) if key.value == choice), "") if choice else ""


def menu_keys() -> list[Key]:
    """Return the buttons of a new chat: the menu's skills and "talk to a person"."""
    listed = [Key(f"{GO}{skill.name}", str(skill.title), skill.icon) for skill in REGISTRY.menu()]
    return [*listed, Key(f"{GO}agent", _("Talk to a person"), "user")]


def live_stream(identity: Identity | None) -> str:
    """Return the name of the live stream for this identity's messages; "" if it has no conversation yet."""
    found = Conversation.objects.filter(contact=identity.contact.root()).first() if identity else None
    return found.stream if found else ""


def file_links(files: Iterable[Attachment]) -> list[dict[str, Any]]:
    """Return attachments as dicts for the chat's template: URL, name, and whether it is a picture or ready."""
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
