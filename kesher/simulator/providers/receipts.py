"""Make the simulator's delivery receipts: webhooks about sent messages, signed as the provider signs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote, urlencode, urlsplit

from kesher.channels import untrusted_payload
from kesher.channels.base import Json, Request
from kesher.channels.meta import webhooks as meta
from kesher.channels.models import Account
from kesher.channels.telephone import twilio_requests as twilio
from kesher.core.contact_address import Address

STEPS = ("sent", "delivered")
KANNEL = {"sent": "8", "delivered": "1"}


def make_receipt_webhook(account: Account, address: str, payload: Json, step: str) -> Request | None:
    """Return the delivery-receipt webhook for this step (sent, read …); None if the provider has none."""
    make = MAKERS.get(account.channel)
    return make(account, address, payload, step) if make else None


def from_meta(account: Account, address: str, payload: Json, step: str) -> Request | None:
    """Return WhatsApp's delivery-receipt webhook; a message outside the 24-hour window fails, as at Meta."""
    info = account.info()
    code = untrusted_payload.text(payload, "failed")
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
    """Return Twilio's delivery-receipt webhook, to the URL that came with the message."""
    info, url = account.info(), untrusted_payload.text(payload, "StatusCallback")
    if not url or not info.secrets:
        return None
    fields = [
        ("MessageSid", str(payload["id"])),
        ("MessageStatus", step),
        ("To", address),
        ("From", untrusted_payload.text(payload, "From")),
        ("AccountSid", str(account.settings.get("account_sid", ""))),
        ("ApiVersion", "2010-04-01"),
    ]
    proof = twilio.signature(info.secrets[0], url, fields, "sha1")
    headers = {"content-type": twilio.FORM, twilio.SIGNATURE: proof}
    parts = urlsplit(url)
    return Request("POST", parts.path, parts.query, headers, urlencode(fields).encode(), url)


def from_kannel(account: Account, address: str, payload: Json, step: str) -> Request | None:
    """Return Kannel's delivery report, a request to the URL that came with the message."""
    pattern = untrusted_payload.text(payload, "dlr-url")
    if not pattern:
        return None
    # "%%" is a percent sign of the URL itself: protect it while the escapes are filled in.
    filled = pattern.replace("%%", "\0").replace("%d", KANNEL[step]).replace("%F", quote(str(payload["id"])))
    parts = urlsplit(filled.replace("%A", "ACK").replace("\0", "%"))
    return Request("GET", parts.path, parts.query, {}, b"", parts.geturl())


MAKERS: dict[str, Callable[[Account, str, Json, str], Request | None]] = {
    "whatsapp": from_meta,
    "sms": from_twilio,
    "kannel": from_kannel,
}
