"""How mails come to a webhook: raw, or wrapped by a provider. Told apart by content. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from email import message_from_bytes, policy
from urllib.parse import parse_qs

from kesher.channels import raw
from kesher.channels.base import Json, Media, Request
from kesher.channels.email.mail import Headers, Mail, children, content, read
from kesher.channels.email.plaintext import plain
from kesher.channels.files import media_kind

# The field of a form that holds the raw mail, by provider.
RAW_FIELDS = ("body-mime", "email", "message")
NAME = re.compile(r'\bname="?([^";]+)"?', re.IGNORECASE)


def mails(request: Request) -> list[Mail]:
    """The mails in a request; none where there is nothing that reads like a mail."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = request.body
    if kind == "application/json" or body.lstrip()[:1] == b"{":
        found = from_postmark(raw.mapping(raw.load(body)), body)
    elif kind == "multipart/form-data":
        found = from_form(multipart_fields(request.headers["content-type"], body))
    elif kind == "application/x-www-form-urlencoded":
        found = from_form(urlencoded_fields(body))
    else:
        found = read(body)
    return [found] if found else []


def from_form(fields: dict[str, bytes]) -> Mail | None:
    """A form with the raw mail in one of its fields (Mailgun, SendGrid)."""
    named = map(str, raw.sequence(raw.load(fields.get("envelope", b"")), "to"))
    envelope = [fields.get("recipient", b"").decode("utf-8", "replace").strip(), *named]
    return next((read(fields[name], envelope) for name in RAW_FIELDS if fields.get(name)), None)


def multipart_fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """The fields of a multipart form: MIME is MIME, so the mail parser reads it."""
    head = re.sub(r"[\r\n]", "", content_type).encode("utf-8", "replace")
    try:
        form = message_from_bytes(b"Content-Type: " + head + b"\r\n\r\n" + body, policy=policy.compat32)
    except RecursionError:
        return {}
    fields = {}
    for part in children(form):
        name = NAME.search(str(part.get("content-disposition", "")))
        if name:
            inner = next(iter(children(part)), None)
            fields[name[1]] = inner.as_bytes() if inner else content(part)
    return fields


def urlencoded_fields(body: bytes) -> dict[str, bytes]:
    # surrogateescape both ways gives each field its own bytes back, whatever the mail's charset is.
    fields = parse_qs(body.decode("ascii", "surrogateescape"), errors="surrogateescape")
    return {name: values[0].encode("utf-8", "surrogateescape") for name, values in fields.items()}


def from_postmark(wrapped: Json, body: bytes) -> Mail | None:
    """Postmark's JSON: with the raw mail where the account asks for it, else taken apart already."""
    envelope = [address] if (address := raw.text(wrapped, "OriginalRecipient")) else []
    if source := raw.text(wrapped, "RawEmail"):
        return read(source.encode(), envelope)
    if not raw.text(wrapped, "From"):
        return None
    text = raw.text(wrapped, "TextBody").replace("\r\n", "\n")
    return Mail(
        headers=postmark_headers(wrapped),
        text=text if text.strip() else plain(raw.text(wrapped, "HtmlBody")),
        files=tuple(filter(None, map(attached, raw.sequence(wrapped, "Attachments")))),
        digest=hashlib.sha256(body).hexdigest(),
        envelope=tuple(envelope),
    )


def postmark_headers(wrapped: Json) -> Headers:
    """The headers that Postmark lists, and those that it made fields of."""
    listed = [
        (raw.text(header, "Name").lower(), raw.text(header, "Value")) for header in raw.sequence(wrapped, "Headers")
    ]
    known = {name for name, _ in listed}
    fields = [(name.lower(), raw.text(wrapped, name)) for name in ("To", "Cc", "Subject", "Date")]
    fields.append(("from", author(wrapped)))
    return (*listed, *((name, value) for name, value in fields if value and name not in known))


def author(wrapped: Json) -> str:
    """The From header, with the name that Postmark puts beside it."""
    name = re.sub(r"[\"\\\r\n]", "", raw.text(wrapped, "FromName"))
    address = raw.text(wrapped, "From")
    return f'"{name}" <{address}>' if name and "<" not in address else address


def attached(item: object) -> Media | None:
    """One attachment of Postmark's."""
    try:
        body = base64.b64decode(raw.text(item, "Content") or raw.text(item, "Data"))
    except (binascii.Error, ValueError):
        return None
    mime = raw.text(item, "ContentType")
    return Media(media_kind(mime), mime, name=raw.text(item, "Name"), content=body) if body else None
