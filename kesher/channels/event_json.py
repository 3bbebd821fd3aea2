"""Convert channel events and requests to plain JSON and back, for test fixtures, `kesher replay` and the spool.

A stored request is ``{method, path, query, headers, body}``; ``body`` is text, or ``body_b64`` if it is not UTF-8.
Empty fields are left out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from kesher.channels import untrusted_payload
from kesher.channels.base import Address, Channel, Event, Json, Location, Media, Request


def event_json(event: Event) -> Json:
    """Return an event as a JSON object without empty fields."""
    sender = event.sender
    return drop_empty(
        {
            "kind": str(event.kind),
            "account": event.account,
            "external_id": event.external_id,
            "dedup_key": event.dedup_key,
            "sender": address_json(sender) if sender else None,
            "sender_name": sender.display if sender else "",
            "aliases": [address_json(alias) for alias in event.aliases],
            "content": str(event.content),
            "text": event.text,
            "at": iso_utc(event.at) if event.at else None,
            "media": [media_json(media) for media in event.media],
            "location": location_json(event.location) if event.location else None,
            "choice_id": event.choice_id,
            "reply_to": event.reply_to,
            "thread": event.thread,
            "target": event.target,
            "status": str(event.status),
            "error": event.error,
            "lang": event.lang,
            "public": event.public or None,
            "data": event.data,
        }
    )


def drop_empty(fields: Json) -> Json:
    """Return the JSON object without empty values; 0 and False remain."""
    return {name: value for name, value in fields.items() if value is not None and value not in ("", [], {})}


def iso_utc(at: datetime) -> str:
    """Return a time in ISO 8601, in UTC, with a Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def address_json(address: Address) -> Json:
    """Return an address as JSON: its scheme and its value."""
    return {"scheme": address.scheme, "address": address.address}


def location_json(location: Location) -> Json:
    """Return a location as JSON: its coordinates, name and address."""
    return {"lat": location.lat, "lon": location.lon} | drop_empty(
        {"label": location.label, "address": location.address}
    )


def media_json(media: Media) -> Json:
    """Return a file as JSON; bytes from inside the payload become their length and SHA-256."""
    fields = {name: getattr(media, name) for name in ("kind", "mime", "ref", "url", "name", "caption")}
    if media.content:
        fields |= {"size": len(media.content), "sha256": hashlib.sha256(media.content).hexdigest()}
    return drop_empty(fields)


def request_json(request: Request) -> Json:
    """Return a request as JSON, for the spool or a fixture; `request_from` is the inverse."""
    try:
        body: Json = {"body": request.body.decode()}
    except UnicodeDecodeError:
        body = {"body_b64": base64.b64encode(request.body).decode()}
    head = {"method": request.method, "path": request.path, "query": request.query, "url": request.url}
    return drop_empty({**head, "headers": dict(request.headers), **body})


def request_from(stored: Any) -> Request:
    """Return the request in a stored JSON object, from `request_json` or a capture.

    A capture is ``{path, headers, body}``, the path with its query. Raise ValueError for anything else.
    """
    if not untrusted_payload.mapping(stored):
        raise ValueError("a stored request is an object")
    path, _, query = str(stored.get("path", "/")).partition("?")
    headers = untrusted_payload.mapping(stored, "headers")
    body = body_from(stored)
    return Request(
        method=str(stored.get("method") or ("POST" if body else "GET")),
        path=path,
        query=str(stored.get("query") or query),
        headers={str(name).lower(): str(value) for name, value in headers.items()},
        body=body,
        url=str(stored.get("url", "")),
    )


def body_from(stored: Json) -> bytes:
    """Return the bytes of a stored request's body, which is text, base64 or JSON."""
    if "body_b64" in stored:
        try:
            return base64.b64decode(str(stored["body_b64"]), validate=True)
        except binascii.Error as error:
            raise ValueError("body_b64 is not base64") from error
    body = stored.get("body") or ""
    return body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()


def stored_requests(channel: Channel, path: str, content: bytes) -> list[Request]:
    """Return the requests in a stored file, for `Channel.replay`.

    `.jsonl` has one a line, `.request.json` has one, anything else is a raw body for the channel's `replay`. Raise
    ValueError for a line that is no request.
    """
    if path.endswith(".jsonl"):
        return [request_from(json.loads(line)) for line in content.splitlines() if line.strip()]
    if path.endswith(".request.json"):
        return [request_from(json.loads(content))]
    return channel.replay(path, content)
