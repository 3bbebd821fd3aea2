"""Channel adapter of the web chat on our own pages: the page posts JSON with a signed visitor id."""

from __future__ import annotations

import hmac
import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from kesher.channels import untrusted_payload
from kesher.channels.base import (
    AccountInfo,
    Address,
    BadSignature,
    Capabilities,
    Channel,
    Check,
    Choices,
    Client,
    Connection,
    Event,
    Json,
    Kind,
    Limit,
    Media,
    Payload,
    Receipt,
    Request,
    Say,
    dedup,
)
from kesher.channels.base import gettext_noop as _
from kesher.channels.message_layout import layout
from kesher.channels.outbound_message import media_kind

HEADER = "x-kesher-visitor"
NETWORK = "x-kesher-network"  # from our own intake: the encrypted network of the visitor, for rate limits
VISITOR = re.compile(r"[A-Za-z0-9_-]{8,64}")
MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
LANGUAGES = frozenset({"he", "ar", "ru", "en"})


class Adapter(Channel):
    """The web chat."""

    title = "Web chat"
    public_title: Mapping[str, str] = {
        "he": "צ׳אט באתר",
        "ar": "محادثة في الموقع",
        "ru": "Чат на сайте",
        "en": "Web chat",
    }
    body_cap = 64_000
    connection = Connection(
        summary=_("A chat on the pages of this site. It needs no provider and costs nothing."),
        steps=(_("There is nothing to enter: press “Connect”, and the chat is shown on the site."),),
    )

    def capabilities(self, account: AccountInfo) -> Capabilities:
        """Return what a web chat message can carry: text length, buttons and files."""
        return Capabilities(
            text=Limit(8000),
            buttons=Choices(10, Limit(60)),
            media=frozenset({"image", "audio", "video", "document"}),
            media_bytes=30_000_000,
            rate=1000.0,
            hosted=True,
            direct=True,
            assurance=0,
            schemes=("web",),
            after_unknown="retry",
        )

    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raise BadSignature unless the header has a visitor token that we signed."""
        if visitor_of(request.headers.get(HEADER, ""), account.secrets) is None:
            raise BadSignature("no visitor of ours")

    def parse(self, request: Request) -> list[Event]:
        """Return the event of what the visitor did: a message, a tap, the start. The body names no visitor."""
        # The visitor is the one in the header, which `verify` checked.
        visitor = request.headers.get(HEADER, "").rpartition(".")[0]
        said = untrusted_payload.mapping(untrusted_payload.load_json(request.body))
        message_id = untrusted_payload.text(said, "id")
        if not VISITOR.fullmatch(visitor) or not MESSAGE_ID.fullmatch(message_id):
            return [untrusted_payload.unreadable_event(request.body)]
        sender = Address("web", visitor)
        event = visitor_event(sender, message_id, said) or untrusted_payload.unknown_event(
            said, event_id=message_id, sender=sender
        )
        network = request.headers.get(NETWORK, "")
        return [replace(event, data={**event.data, "network": network}) if network else event]

    def render(self, say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
        """Return the requests for a message; [] for an address of another channel."""
        if to.scheme not in capabilities.schemes:
            return []
        laid = layout(say, capabilities)
        payloads = [Payload(to, {"text": text, "lang": say.lang}, text) for text in laid.texts]
        last = payloads[-1].body
        if laid.mode == "buttons":
            # The nonce distinguishes prompts, so that an old button cannot act twice.
            prefix = f"{say.nonce}:" if say.nonce else ""
            last["buttons"] = [{"id": prefix + option.key, "title": option.title} for option in laid.options]
        if say.media:
            last["media"] = [file_of(media) for media in say.media]
        if say.expects:
            last["expects"] = say.expects
        return payloads

    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Return a receipt: the message is stored already, and the page fetches it."""
        # The page fetches the message from our database, so it is sent once it is stored.
        return Receipt(payload.ref or uuid.uuid4().hex)

    def check(self, account: AccountInfo) -> Sequence[Check]:
        """Return the health check of this account: whether it has a secret to sign visitors with."""
        return (Check("secrets", bool(account.secrets), _("Set a secret: it signs the visitors' names.")),)

    def simulate(self, sender: Address, say: Json, account: AccountInfo) -> Request | None:
        """Return a request with what the visitor `sender` says, as the chat page would send it."""
        if sender.scheme != "web" or not account.secrets:
            return None
        said: Json = {"id": str(say.get("id") or uuid.uuid4())}
        said |= {name: say[name] for name in ("text", "choice_id", "location", "lang") if say.get(name)}
        attachment = next((item["ref"] for item in say.get("media", ()) if item.get("ref")), None)
        if attachment:
            said["attachment"] = attachment
        headers = {"content-type": "application/json", HEADER: sign_visitor(sender.address, account.secrets[0])}
        body = json.dumps(said, ensure_ascii=False).encode()
        return Request("POST", urlsplit(account.public_url).path, "", headers, body, account.public_url)


def sign_visitor(visitor: str, secret: str) -> str:
    """Return the signed token of a visitor's browser: ``<visitor>.<hmac>``. Raise ValueError for an invalid id."""
    if not VISITOR.fullmatch(visitor) or not secret:
        raise ValueError("a visitor is 8 to 64 letters, digits, - or _, and the secret is not empty")
    return f"{visitor}.{visitor_signature(visitor, secret)}"


def visitor_of(token: str, secrets: Iterable[str]) -> str | None:
    """Return the visitor id in a token if one of the secrets signed it, else None.

    Takes constant time; every secret is tried.
    """
    visitor, _, claimed = token.rpartition(".")
    good = False
    for secret in filter(None, secrets):
        good |= hmac.compare_digest(visitor_signature(visitor, secret).encode(), claimed.encode("utf-8", "replace"))
    return visitor if good and VISITOR.fullmatch(visitor) else None


def visitor_signature(visitor: str, secret: str) -> str:
    """Return the HMAC of a visitor id."""
    # With the prefix the signature is useless elsewhere, even if a secret is shared by mistake.
    return hmac.new(secret.encode(), f"webchat visitor {visitor}".encode("utf-8", "replace"), "sha256").hexdigest()


def visitor_event(sender: Address, message_id: str, said: Json) -> Event | None:
    """Return the event of what a visitor did: a message, a tap, the start; None for anything else."""
    text = untrusted_payload.text(said, "text").strip()
    choice = untrusted_payload.text(said, "choice_id")
    media = attachment(said.get("attachment"))
    where = said.get("location")
    location = untrusted_payload.place(
        where, "lat", "lon", untrusted_payload.text(where, "label"), untrusted_payload.text(where, "address")
    )
    if choice:
        kind = Kind.CHOICE
    elif text or media or location:
        kind = Kind.MESSAGE
    elif said.get("started") is True:
        kind = Kind.STARTED
    else:
        return None
    lang = untrusted_payload.text(said, "lang")
    return Event(
        kind=kind,
        dedup_key=dedup(kind, sender, message_id),
        external_id=message_id,
        sender=sender,
        text=text,
        choice_id=choice,
        media=media,
        location=location,
        lang=lang if lang in LANGUAGES else "",
    )


def attachment(value: Any) -> tuple[Media, ...]:
    """Return the file that the page uploaded before, in a tuple, given its key or its key with name and type."""
    if isinstance(value, str):
        value = {"key": value}
    key, mime = untrusted_payload.text(value, "key"), untrusted_payload.text(value, "mime")
    return (Media(media_kind(mime), mime, ref=key, name=untrusted_payload.text(value, "name")),) if key else ()


def file_of(media: Media) -> Json:
    """Return a file as JSON for the chat page, without empty fields."""
    fields = {"kind": media.kind, "mime": media.mime, "ref": media.ref, "url": media.url, "name": media.name}
    return {name: value for name, value in (fields | {"caption": media.caption}).items() if value}
