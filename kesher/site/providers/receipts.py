"""Delivery receipts: what a provider tells us later about a message of ours, signed as he signs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote, urlencode, urlsplit

from kesher.channels import untrusted
from kesher.channels.base import Json, Request
from kesher.channels.models import Account
from kesher.channels.sms import adapter as twilio
from kesher.channels.whatsapp import adapter as meta
from kesher.core.address import Address

STEPS = ("sent", "delivered")
KANNEL = {"sent": "8", "delivered": "1"}


def receipt(account: Account, address: str, payload: Json, step: str) -> Request | None:
    """The webhook that says how far the message has come; None where this provider gives no receipts."""
    make = MAKERS.get(account.channel)
    return make(account, address, payload, step) if make else None


def from_meta(account: Account, address: str, payload: Json, step: str) -> Request | None:
    """A WhatsApp status; what went out after the window had closed fails here, as it does with Meta."""
    info = account.info()
    code = untrusted.text(payload, "failed")
    words = {"status": "failed" if code else step, "target": payload["id"]}
    sender = Address("tel" if address.startswith("+") else "wa-bsuid", address)
    made = account.adapter.simulate(sender, words | {"ref": payload.get("biz_opaque_callback_data", "")}, info)
    if made is None or not code:
        return made
    body = json.loads(made.body)
    details = "Message failed to send because more than 24 hours have passed since the customer last replied."
    error = {"code": int(code), "title": "Re-engagement message", "error_data": {"details": details}}
    body["entry"][0]["changes"][0]["value"]["statuses"][0]["errors"] = [error]
    content = json.dumps(body).encode()
    headers = {**made.headers, meta.SIGNATURE: meta.signature(info.secrets[0], content).decode()}
    return Request(made.method, made.path, made.query, headers, content, made.url)


def from_twilio(account: Account, address: str, payload: Json, step: str) -> Request | None:
    """A status callback, to the address that came with the message."""
    info, url = account.info(), untrusted.text(payload, "StatusCallback")
    if not url or not info.secrets:
        return None
    fields = [
        ("MessageSid", str(payload["id"])),
        ("MessageStatus", step),
        ("To", address),
        ("From", untrusted.text(payload, "From")),
        ("AccountSid", str(account.settings.get("account_sid", ""))),
        ("ApiVersion", "2010-04-01"),
    ]
    proof = twilio.signature(info.secrets[0], url, fields, "sha1")
    headers = {"content-type": twilio.FORM, twilio.SIGNATURE: proof}
    parts = urlsplit(url)
    return Request("POST", parts.path, parts.query, headers, urlencode(fields).encode(), url)


def from_kannel(account: Account, address: str, payload: Json, step: str) -> Request | None:
    """A delivery report, to the address that came with the message, its escapes filled in."""
    pattern = untrusted.text(payload, "dlr-url")
    if not pattern:
        return None
    # A doubled percent sign is one of the address itself, so it is put aside while the others are filled in.
    filled = pattern.replace("%%", "\0").replace("%d", KANNEL[step]).replace("%F", quote(str(payload["id"])))
    parts = urlsplit(filled.replace("%A", "ACK").replace("\0", "%"))
    return Request("GET", parts.path, parts.query, {}, b"", parts.geturl())


MAKERS: dict[str, Callable[[Account, str, Json, str], Request | None]] = {
    "whatsapp": from_meta,
    "sms": from_twilio,
    "kannel": from_kannel,
}
