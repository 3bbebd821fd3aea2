"""Channel adapter of SMS through a Kannel gateway: it calls us with GET, and takes messages by GET."""

from __future__ import annotations

import hmac
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, unquote_to_bytes, urlencode, urlsplit

from kesher.channels import untrusted_payload
from kesher.channels.base import (
    AccountInfo,
    Address,
    BadSignature,
    Capabilities,
    Channel,
    ChannelError,
    Check,
    Client,
    Event,
    Json,
    Kind,
    Limit,
    Payload,
    Probe,
    Receipt,
    Request,
    Say,
    Status,
    dedup,
    failed_probe,
)
from kesher.channels.base import gettext_noop as _
from kesher.channels.message_layout import layout
from kesher.channels.phone_numbers import REGION, is_same_number, phone_address

from . import connection

# The gateway's numbers for states (Kannel user guide, "Delivery reports").
STATUSES: Mapping[str, Status] = {
    "1": Status.DELIVERED,
    "2": Status.FAILED,
    "4": Status.QUEUED,
    "8": Status.SENT,
    "16": Status.FAILED,
}
ALL_REPORTS = "31"
BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")  # a ring tone, a contact, a push: no text
REPORT_QUERY = "status=%d&smscid=%F&text=%A"
# The GSM alphabet (3GPP TS 23.038); everything else, such as Hebrew, needs UCS-2.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà\f^{}\\[~]|€"
)


class Adapter(Channel):
    """SMS through a Kannel gateway."""

    title = "SMS (Kannel)"
    public_title: Mapping[str, str] = {
        "he": "מסרון (SMS)",
        "ar": "رسالة نصية (SMS)",
        "ru": "SMS",
        "en": "Text message (SMS)",
    }
    body_cap = 10_000
    connection = connection.CONNECTION
    content_types = ()
    settings: Mapping[str, str] = {
        "sendsms_url": "Where the gateway's smsbox listens, as http://10.0.0.5:13013. Required.",
        "username": "The sendsms-user's name. Required; its password is the account's token.",
        "allowed_ips": "Addresses that the gateway may call from.",
    }

    def capabilities(self, account: AccountInfo) -> Capabilities:
        """Return what a text message from this account can carry: its length, parts and rate."""
        # By default smsbox joins ten parts (max-messages).
        return Capabilities(
            text=Limit(670, "utf16"),
            part=Limit(67, "utf16"),
            numbered=8,
            receipts=True,
            rate=10.0,
            assurance=1,
            schemes=("tel",),
            after_unknown="receipt",
        )

    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raise BadSignature unless the path ends with one of the account's secrets: the gateway signs nothing."""
        claimed = request.path.rpartition("/")[2].encode("utf-8", "replace")
        good = False
        for secret in filter(None, account.secrets):
            good |= hmac.compare_digest(secret.encode(), claimed)
        if not good:
            raise BadSignature("the path does not end with the secret")

    def parse(self, request: Request) -> list[Event]:
        """Return the event of a request: a received message or a delivery report."""
        fields = query_bytes(request.query)
        if b"status" in fields and b"from" not in fields:
            return [report_event(fields, request.query)]
        return [message_event(fields, request.query)]

    def is_addressed(self, event: Event, account: AccountInfo) -> bool:
        """Return whether an event is for this account: its number is the account's, in any spelling."""
        return super().is_addressed(event, account) or is_same_number(event.account, account.address)

    def render(self, say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
        """Return the requests for a message; [] for an address of another channel."""
        if to.scheme not in capabilities.schemes:
            return []
        files = tuple((media.caption or media.name, media.url) for media in say.media if media.url)
        laid = layout(replace(say, links=say.links + files), capabilities)
        return [Payload(to, {"text": text, "coding": coding(text)}, text) for text in laid.texts if text]

    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Ask the gateway to send one text message, and return a receipt with our reference. Raise ChannelError."""
        ref = payload.ref or uuid.uuid4().hex
        query = {
            "username": account.settings.get("username", ""),
            "password": account.token,
            "from": account.address,
            "to": payload.to.address,
            "text": payload.body["text"],
            "coding": payload.body["coding"],
            "charset": "UTF-8",
            "dlr-mask": ALL_REPORTS,
            "dlr-url": report_url(account, ref),
        }
        base = str(account.api or account.settings.get("sendsms_url", "")).rstrip("/")
        status, _, body = await client.request("GET", f"{base}/cgi-bin/sendsms?{urlencode(query)}")
        words = body[:200].decode("utf-8", "replace").strip()
        if status >= 300:
            # A refused password (403) is our error, not the citizen's: the message waits.
            passing = status in (401, 403, 408, 429) or status >= 500
            wait = 300.0 if status in (401, 403) else None
            raise ChannelError(f"{status} {words}", permanent=not passing, retry_after=wait, code=str(status))
        return Receipt(ref, Status.SENT, {"answer": words})

    def write_link(self, address: str, words: str = "", start: str = "") -> str:
        """Return an `sms:` link that opens a person's messages with a text ready to send; "" without an address."""
        # Both Android and iPhones read "?&body=".
        return f"sms:{address}" + (f"?&body={quote(words, safe='')}" if words else "") if address else ""

    def check(self, account: AccountInfo) -> Sequence[Check]:
        """Return the account's health check: the gateway's URL, user, secret and IP addresses that must be set."""
        url = account.api or account.settings.get("sendsms_url")
        return (
            Check("sendsms_url", bool(url), _("Enter where the gateway listens.")),
            Check("username", bool(account.settings.get("username")), _("Set the name of the sendsms-user.")),
            Check("token", bool(account.token), _("Set the password of the sendsms-user.")),
            Check("secrets", bool(account.secrets), _("Set the secret that ends the webhook's path.")),
            Check("allowed_ips", bool(account.settings.get("allowed_ips")), _("List the gateway's addresses.")),
        )

    async def probe(self, account: AccountInfo, client: Client) -> Probe | None:
        """Ask the gateway to send a message to nobody: it checks the password first, and then refuses."""
        base = str(account.api or account.settings.get("sendsms_url", "")).rstrip("/")
        query = urlencode({"username": account.settings.get("username", ""), "password": account.token})
        try:
            status, _headers, body = await client.request("GET", f"{base}/cgi-bin/sendsms?{query}")
        except ChannelError as error:
            return failed_probe(error)
        return connection.judge(status, body[:200].decode("utf-8", "replace"))

    def replay(self, path: str, raw: bytes) -> list[Request]:
        """Return one request for each line, which is a request target from smsbox's access log."""
        targets = [line.strip() for line in raw.decode("utf-8", "replace").splitlines() if line.strip()]
        split = [target.removeprefix("GET ").partition("?") for target in targets]
        return [Request("GET", way, query.partition(" ")[0], {}, b"") for way, _, query in split]

    def simulate(self, sender: Address, say: Json, account: AccountInfo) -> Request | None:
        """Return a request with a message from `sender`, as the gateway would make it."""
        if sender.scheme != "tel" or not account.secrets:
            return None
        text = str(say.get("text") or say.get("choice_id") or "")
        ucs2 = coding(text) == "2"
        query = urlencode(
            {
                "id": str(say.get("id") or uuid.uuid4()),
                "from": sender.address,
                "to": account.address,
                "text": text.encode("utf-16-be" if ucs2 else "utf-8", "replace"),
                "charset": "UTF-16BE" if ucs2 else "UTF-8",
                "coding": coding(text),
                "ts": str(int(say.get("at") or datetime.now(UTC).timestamp())),
            }
        )
        url = f"{account.public_url}/{account.secrets[0]}"
        return Request("GET", urlsplit(url).path, query, {}, b"", f"{url}?{query}")


def query_bytes(query: str) -> dict[bytes, bytes]:
    """Return the fields of a query as raw bytes: each request names its own charset. Never raise."""
    fields = {}
    for pair in query.encode("utf-8", "replace").split(b"&"):
        name, _, value = pair.partition(b"=")
        fields[name] = unquote_to_bytes(value.replace(b"+", b" "))
    return fields


def text_field(fields: Mapping[bytes, bytes], name: bytes) -> str:
    """Return a query field's bytes as text."""
    return str(untrusted_payload.storable(fields.get(name, b"").decode("utf-8", "replace")))


def decode_message(text: bytes, charset: str, coding: str) -> str:
    """Return a received message as text, in the charset or coding that the gateway named. Never raise."""
    try:
        found = text.decode(charset or ("utf-16-be" if coding == "2" else "utf-8"), "replace")
    except (LookupError, ValueError):
        found = text.decode("utf-8", "replace")
    return str(untrusted_payload.storable(found))


def message_event(fields: Mapping[bytes, bytes], query: str) -> Event:
    """Return the event of a received text message; UNKNOWN if nobody can be answered."""
    region = text_field(fields, b"region").upper() or REGION
    sender = phone_address(text_field(fields, b"from"), region)
    if sender is None:
        return unknown_request(fields)
    ours = text_field(fields, b"to")
    number = phone_address(ours, region)
    message_id = text_field(fields, b"id")
    at = untrusted_payload.moment(text_field(fields, b"ts"))
    if text_field(fields, b"coding") == "1" and BINARY.search(fields.get(b"text", b"")):
        kept = {field_name(name): text_field(fields, name) for name in fields}
        known: Json = {"account": number.address if number else ours, "external_id": message_id, "at": at}
        return untrusted_payload.unknown_event(
            kept, event_id=message_id or untrusted_payload.fingerprint(query), sender=sender, **known
        )
    return Event(
        kind=Kind.MESSAGE,
        # If the gateway does not send an id (%I), make one of all that it sent, which includes the second.
        dedup_key=dedup(Kind.MESSAGE, sender, message_id or untrusted_payload.fingerprint(query)),
        account=number.address if number else ours,
        external_id=message_id,
        sender=sender,
        at=at,
        text=decode_message(fields.get(b"text", b""), text_field(fields, b"charset"), text_field(fields, b"coding")),
        data={name: value for name in ("smsc",) if (value := text_field(fields, name.encode()))},
    )


def report_event(fields: Mapping[bytes, bytes], query: str) -> Event:
    """Return the event of a delivery report; `id` is our own reference, from the URL given with the message."""
    ref, code = text_field(fields, b"id"), text_field(fields, b"status")
    if code not in STATUSES or not ref:
        return unknown_request(fields)
    answer = text_field(fields, b"text").strip()
    data = {"ref": ref, "code": code, "smscid": text_field(fields, b"smscid"), "text": answer}
    return Event(
        kind=Kind.STATUS,
        dedup_key=dedup(Kind.STATUS, None, ref, code),
        external_id=ref,
        target=ref,
        status=STATUSES[code],
        error=(answer or code) if STATUSES[code] is Status.FAILED else "",
        data={name: value for name, value in data.items() if value},
    )


def unknown_request(fields: Mapping[bytes, bytes]) -> Event:
    """Return the UNKNOWN event of a request with these fields."""
    return untrusted_payload.unknown_event({field_name(name): text_field(fields, name) for name in fields})


def field_name(name: bytes) -> str:
    """Return a query field's name, which is bytes, as text."""
    return str(untrusted_payload.storable(name.decode("utf-8", "replace")))


def coding(text: str) -> str:
    """Return how the gateway should encode a text: "0" for the GSM alphabet, "2" for UCS-2."""
    return "0" if GSM.issuperset(text) else "2"


def report_url(account: AccountInfo, ref: str) -> str:
    """Return the URL for delivery reports. The gateway's own escapes start with "%", so ours is doubled."""
    secret = next(filter(None, account.secrets), "")
    own = f"{account.public_url}/{quote(secret, safe='')}?id={quote(ref, safe='')}"
    return f"{own.replace('%', '%%')}&{REPORT_QUERY}"
