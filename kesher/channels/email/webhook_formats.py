"""Read the mails in a webhook request of Postmark, Mailgun, SendGrid or a plain mail server."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from urllib.parse import parse_qs

from kesher.channels import untrusted_payload
from kesher.channels.base import Json, Media, Request
from kesher.channels.email.html_to_text import html_to_text, is_placeholder
from kesher.channels.email.mime import Headers, decoded_body, parameter, read_part, sections
from kesher.channels.email.parse import FILES, TEXT, Mail, file_name, parse_mail
from kesher.channels.outbound_message import clean_mime, media_kind

# Form fields with the raw mail, one for each provider.
RAW_FIELDS = ("body-mime", "email", "message")
FIELDS = 1000  # most fields of a form


def read_mails(request: Request) -> list[Mail]:
    """Return the mails in a webhook request, in any known provider's format; [] if there are none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = request.body
    if kind == "application/json" or body.lstrip()[:1] == b"{":
        found = from_postmark(untrusted_payload.mapping(untrusted_payload.load_json(body)), body)
    elif kind == "multipart/form-data":
        found = from_form(multipart_fields(request.headers["content-type"], body))
    elif kind == "application/x-www-form-urlencoded":
        found = from_form(urlencoded_fields(body))
    else:
        found = parse_mail(body)
    return [found] if found else []


def from_form(fields: dict[str, bytes]) -> Mail | None:
    """Return the raw mail in one field of a form (Mailgun, SendGrid), or None."""
    envelope = untrusted_payload.load_json(fields.get("envelope", b""))
    named = [form_text(fields, "recipient"), *map(str, untrusted_payload.sequence(envelope, "to"))]
    returns = form_text(fields, "sender") or untrusted_payload.text(envelope, "from")
    return next((parse_mail(fields[name], named, returns) for name in RAW_FIELDS if fields.get(name)), None)


def form_text(fields: dict[str, bytes], name: str) -> str:
    """Return a form field's bytes as text; "" if it is missing."""
    return fields.get(name, b"").decode("utf-8", "replace").strip()


def multipart_fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """Return the fields of a multipart/form-data body, by name."""
    head = re.sub(r"[\r\n]", "", content_type).encode("utf-8", "replace")
    parts = map(read_part, sections(read_part(b"Content-Type: " + head + b"\r\n\r\n" + body), FIELDS)[0])
    return {parameter(part, "name", "content-disposition"): decoded_body(part) for part in parts}


def urlencoded_fields(body: bytes) -> dict[str, bytes]:
    """Return the fields of a URL-encoded form as bytes, by name."""
    # surrogateescape in both directions keeps each field's bytes, whatever the mail's charset.
    fields = parse_qs(body.decode("ascii", "surrogateescape"), errors="surrogateescape")
    return {name: values[0].encode("utf-8", "surrogateescape") for name, values in fields.items()}


def from_postmark(wrapped: Json, body: bytes) -> Mail | None:
    """Return the mail in Postmark's JSON: raw if the account asks for it, else already parsed."""
    envelope = [address] if (address := untrusted_payload.text(wrapped, "OriginalRecipient")) else []
    if source := untrusted_payload.text(wrapped, "RawEmail"):
        return parse_mail(source.encode(), envelope)
    if not any(
        untrusted_payload.text(wrapped, name) for name in ("From", "ReplyTo", "Subject", "TextBody", "HtmlBody")
    ):
        return None
    text, html = (
        untrusted_payload.text(wrapped, "TextBody").replace("\r\n", "\n"),
        untrusted_payload.text(wrapped, "HtmlBody"),
    )
    files = untrusted_payload.sequence(wrapped, "Attachments")
    truncated = len(text) > TEXT or len(html) > TEXT or len(files) > FILES
    shaped = html_to_text(html[:TEXT]) if len(text) < TEXT else ""
    said = shaped if shaped and (not text.strip() or is_placeholder(text, shaped)) else text[:TEXT]
    return Mail(
        headers=postmark_headers(wrapped),
        text=said + ("\n…" if truncated else ""),
        files=tuple(filter(None, map(postmark_file, files[:FILES]))),
        digest=hashlib.sha256(body).hexdigest(),
        envelope=tuple(envelope),
        truncated=truncated,
    )


def postmark_headers(wrapped: Json) -> Headers:
    """Return a mail's headers from Postmark's JSON: those listed, and those that it turned into fields."""
    listed = [
        (untrusted_payload.text(header, "Name").lower(), untrusted_payload.text(header, "Value"))
        for header in untrusted_payload.sequence(wrapped, "Headers")
    ]
    known = {name for name, _ in listed}
    fields = [(name.lower(), untrusted_payload.text(wrapped, name)) for name in ("To", "Cc", "Subject", "Date")]
    fields += [("from", postmark_author(wrapped)), ("reply-to", untrusted_payload.text(wrapped, "ReplyTo"))]
    return (*listed, *((name, value) for name, value in fields if value and name not in known))


def postmark_author(wrapped: Json) -> str:
    """Return the From header of a mail in Postmark's JSON, with the name that it gives separately."""
    name = re.sub(r"[\"\\\r\n]", "", untrusted_payload.text(wrapped, "FromName"))
    address = untrusted_payload.text(wrapped, "From")
    return f'"{name}" <{address}>' if name and "<" not in address else address


def postmark_file(item: object) -> Media | None:
    """Return an attachment in Postmark's JSON as a file, or None if it cannot be read."""
    try:
        body = base64.b64decode(untrusted_payload.text(item, "Content") or untrusted_payload.text(item, "Data"))
    except (binascii.Error, ValueError):
        return None
    mime = clean_mime(untrusted_payload.text(item, "ContentType"))
    return (
        Media(media_kind(mime), mime, name=file_name(untrusted_payload.text(item, "Name")), content=body)
        if body
        else None
    )
