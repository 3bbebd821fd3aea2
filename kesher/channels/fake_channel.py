"""Base class of test channels, which have no provider: a small JSON format of our own, signed with HMAC.

A request is ``{"id", "from", "text", "at"?, "choice"?, "location"? {lat, lon}, "name"?, "media"? [{kind, url or
content_b64, mime, name}]}``, or a list of them under ``events``, with the hexadecimal HMAC-SHA256 of the body in
``X-Demo-Signature``. ``from`` is a phone number ("+972...") or any name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Sequence
from typing import Any, Literal

from kesher.channels import untrusted_payload
from kesher.channels.base import (
    AccountInfo,
    Address,
    BadSignature,
    Capabilities,
    Channel,
    Check,
    Choices,
    Connection,
    Event,
    Json,
    Kind,
    Limit,
    Media,
    Payload,
    Request,
    Say,
    dedup,
)
from kesher.channels.base import gettext_noop as _
from kesher.channels.message_layout import layout

SIGNATURE = "x-demo-signature"
PHONE = re.compile(r"\+\d{6,15}")
KINDS: dict[str, Literal["image", "audio", "video", "document", "sticker"]] = {
    "image": "image",
    "audio": "audio",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
}
CAPABILITIES = Capabilities(
    text=Limit(4096),
    buttons=Choices(10, Limit(40)),
    media=frozenset(KINDS),
    media_bytes=16 * 1024 * 1024,
    rate=1000.0,
    assurance=1,
    schemes=("demo", "tel"),
    after_unknown="retry",
)


class FakeChannel(Channel):
    """A channel without a provider; subclasses define `send`."""

    stand_in = True
    connection = Connection(
        summary=_("Only to try Kesher: nothing leaves this server."),
        steps=(_("There is nothing to enter."),),
        webhook="copy",
        test_hint=_("A telephone number with + and the country, or any word."),
    )

    def capabilities(self, account: AccountInfo) -> Capabilities:
        """Return what a message of the test channel can carry: the class's own values."""
        return CAPABILITIES

    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raise BadSignature unless the header has an HMAC of the body by one of the account's secrets."""
        given = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
        secrets = [secret for secret in account.secrets if secret]
        if not sum(hmac.compare_digest(signature(secret, request.body), given) for secret in secrets):
            raise BadSignature(f"{SIGNATURE} does not match")

    def parse(self, request: Request) -> list[Event]:
        """Return the events of a request: messages and taps."""
        value = untrusted_payload.load_json(request.body)
        if value is None:
            return [untrusted_payload.unreadable_event(request.body)]
        items = untrusted_payload.sequence(value, "events") or [value]
        return [read_event(item) for item in items]

    def render(self, say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
        """Return the requests for a message; [] for an address of another channel."""
        if to.scheme not in capabilities.schemes:
            return []
        shape = layout(say, capabilities)
        *before, last = shape.texts
        bodies: list[Json] = [{"media": file_json(media)} for media in say.media if media.url or media.ref]
        bodies += [{"text": piece} for piece in before]
        end: Json = {"text": last} if last else {}
        if shape.mode == "buttons":
            prefix = f"{say.nonce}:" if say.nonce else ""
            end["options"] = [{"id": f"{prefix}{option.key}", "title": option.title} for option in shape.options]
        bodies += [end] if end else []
        return [Payload(to, {"to": to.address, **body}, body.get("text", "")) for body in bodies]

    def check(self, account: AccountInfo) -> Sequence[Check]:
        """Return the health check of this account: whether it has a secret."""
        return (Check("secret", any(account.secrets), _("Choose a secret; senders sign with it.")),)

    def simulate(self, sender: Address, say: Json, account: AccountInfo) -> Request | None:
        """Return a signed request with what `sender` says, as a provider would send it."""
        names = {"text": "text", "choice_id": "choice", "location": "location", "at": "at"}
        value = {theirs: say[ours] for ours, theirs in names.items() if say.get(ours)}
        value |= {"id": str(say.get("id") or uuid.uuid4().hex), "from": sender.address, "name": sender.display}
        value["media"] = list(say.get("media") or [])
        body = json.dumps(value).encode()
        proof = signature(account.secrets[0], body).decode() if account.secrets else ""
        return Request("POST", "/", "", {"content-type": "application/json", SIGNATURE: proof}, body)


def signature(secret: str, body: bytes) -> bytes:
    """Return the value of the signature header for a body."""
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex().encode()


def read_event(item: Any) -> Event:
    """Return the event of one message or button tap in a request's JSON."""
    number, name = untrusted_payload.text(item, "id"), untrusted_payload.text(item, "from")
    choice, words = untrusted_payload.text(item, "choice"), untrusted_payload.text(item, "text")
    place = untrusted_payload.place(untrusted_payload.mapping(item, "location"), "lat", "lon")
    media = tuple(file for entry in untrusted_payload.sequence(item, "media") if (file := file_of(entry)))
    if not (number and name and (choice or words or place or media)):
        return untrusted_payload.unknown_event(item, event_id=number)
    sender = Address("tel" if PHONE.fullmatch(name) else "demo", name, untrusted_payload.text(item, "name"))
    kind = Kind.CHOICE if choice else Kind.MESSAGE
    return Event(
        kind,
        dedup(kind, sender, number),
        external_id=number,
        sender=sender,
        at=untrusted_payload.moment(item, "at"),
        text=words,
        media=media,
        location=place,
        choice_id=choice,
    )


def file_of(entry: Any) -> Media | None:
    """Return a received file from its JSON: a URL or the bytes; None if it has neither."""
    kind, url = KINDS.get(untrusted_payload.text(entry, "kind")), untrusted_payload.text(entry, "url")
    try:
        content = base64.b64decode(untrusted_payload.text(entry, "content_b64"), validate=True)
    except ValueError:  # also for non-ASCII characters
        content = b""
    if not (kind and (url or content)):
        return None
    return Media(
        kind,
        untrusted_payload.text(entry, "mime"),
        url=url,
        name=untrusted_payload.text(entry, "name"),
        content=content,
    )


def file_json(media: Media) -> Json:
    """Return a file to send as JSON, without empty fields."""
    fields = {"kind": media.kind, "url": media.url, "ref": media.ref, "name": media.name, "caption": media.caption}
    return {name: value for name, value in fields.items() if value}
