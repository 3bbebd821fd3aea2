"""Channel adapter of SMS through a provider with Twilio's protocol: form posts in, REST calls out."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from kesher.channels import untrusted_payload
from kesher.channels.base import (
    AccountInfo,
    Address,
    Capabilities,
    Channel,
    ChannelError,
    Check,
    Client,
    Event,
    Json,
    Kind,
    Limit,
    Media,
    Payload,
    Probe,
    Receipt,
    Reply,
    Request,
    Say,
    Status,
    dedup,
    failed_probe,
)
from kesher.channels.base import gettext_noop as _
from kesher.channels.message_layout import layout
from kesher.channels.outbound_message import media_kind
from kesher.channels.phone_numbers import is_same_number, phone_address
from kesher.channels.provider_connection import WRONG_CREDENTIALS
from kesher.channels.telephone.twilio_requests import FORM, SIGNATURE, parse_form, signature, verify_form

from . import connection

API = "https://api.twilio.com"

# The provider's state of a message -> ours.
STATUSES: Mapping[str, Status] = {
    "accepted": Status.QUEUED,
    "scheduled": Status.QUEUED,
    "queued": Status.QUEUED,
    "sending": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "undelivered": Status.FAILED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}
# https://www.twilio.com/docs/api/errors
STOPPED = frozenset({"21610"})
PERMANENT = frozenset({"21211", "21214", "21217", "21219", "21408", "21602", "21612", "21614", "21617"})
TRANSIENT = frozenset({"14107", "20003", "20429", "20500", "20503"})
# A rejected password is our error, not the citizen's: the message waits until it is corrected.
AUTHENTICATION_WAIT = 300.0


class Adapter(Channel):
    """SMS through Twilio or a compatible provider."""

    title = "SMS"
    public_title: Mapping[str, str] = {
        "he": "מסרון (SMS)",
        "ar": "رسالة نصية (SMS)",
        "ru": "SMS",
        "en": "Text message (SMS)",
    }
    body_cap = 100_000
    connection = connection.CONNECTION
    content_types = (FORM,)
    settings: Mapping[str, str] = {
        "account_sid": "The provider's account id (AC…). Required.",
        "messaging_service_sid": "Send through this messaging service (MG…) instead of the account's own number.",
        "api": "Base URL of another provider that speaks the same protocol.",
    }

    def capabilities(self, account: AccountInfo) -> Capabilities:
        """Return what a text message from this account can carry: its length, parts, files and rate."""
        return Capabilities(
            text=Limit(1600, "utf16"),
            part=Limit(67, "utf16"),
            numbered=8,
            receipts=True,
            rate=10.0,
            assurance=1,
            schemes=("tel",),
            after_unknown="receipt",
        )

    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raise BadSignature unless one of the account's secrets signed the URL and form fields (Twilio's scheme)."""
        verify_form(request, account)

    def parse(self, request: Request) -> list[Event]:
        """Return the event of a request: a message, a call or a delivery receipt."""
        fields = untrusted_payload.storable(dict(parse_form(request.body)))
        status = fields.get("MessageStatus", "")
        if status:
            return [status_event(fields, untrusted_payload.storable(dict(parse_qsl(request.query))))]
        return [message_event(fields)]

    def is_addressed(self, event: Event, account: AccountInfo) -> bool:
        """Return whether an event is for this account's number; True for a pool of several numbers."""
        pool = bool(account.settings.get("messaging_service_sid"))
        return super().is_addressed(event, account) or pool or is_same_number(event.account, account.address)

    def acknowledge(self, request: Request, account: AccountInfo) -> Reply:
        """Return an HTTP response that tells the provider to send nothing in answer."""
        return Reply(200, b"<Response/>", "text/xml")

    def render(self, say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
        """Return the requests for a message; [] for an address of another channel."""
        if to.scheme not in capabilities.schemes:
            return []
        # Files become links, because most of the world has no MMS.
        files = tuple((media.caption or media.name, media.url) for media in say.media if media.url)
        laid = layout(replace(say, links=say.links + files), capabilities)
        return [Payload(to, {"body": text}, text) for text in laid.texts if text]

    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Send one text message by the provider's API, and return a receipt with its id. Raise ChannelError."""
        sid = str(account.settings.get("account_sid", ""))
        data: dict[str, Any] = {"To": payload.to.address, "Body": payload.body["body"]}
        if service := account.settings.get("messaging_service_sid"):
            data["MessagingServiceSid"] = service
        else:
            data["From"] = account.address
        if account.public_url:
            data["StatusCallback"] = f"{account.public_url}?ref={quote(payload.ref, safe='')}"
        status, headers, body = await client.request(
            "POST",
            f"{account.api or API}/2010-04-01/Accounts/{quote(sid, safe='')}/Messages.json",
            data=data,
            auth=(sid, account.token),
        )
        answer = untrusted_payload.mapping(untrusted_payload.load_json(body))
        if status >= 300:
            raise refusal_error(status, headers, answer)
        if not answer.get("sid"):
            raise ChannelError("the provider's answer names no message", unknown=True)
        return Receipt(str(answer["sid"]), Status.SENT, {"status": answer.get("status", "")})

    async def fetch_media(self, media: Media, account: AccountInfo, client: Client) -> bytes:
        """Download a received file from the provider by its URL and return its bytes. Raise ChannelError.

        The password is sent only to the provider's own host, never along a redirect.
        """
        own = urlsplit(media.url).netloc in {urlsplit(API).netloc, urlsplit(account.api).netloc}
        auth = (str(account.settings.get("account_sid", "")), account.token) if own else None
        status, headers, body = await client.request("GET", media.url, auth=auth, cap=30_000_000)
        if status in (301, 302, 303, 307, 308) and headers.get("location"):
            status, headers, body = await client.request("GET", urljoin(media.url, headers["location"]), cap=30_000_000)
        if status != 200:
            raise ChannelError(f"media: {status}", permanent=status in (401, 403, 404, 410))
        return body

    def write_link(self, address: str, words: str = "", start: str = "") -> str:
        """Return an `sms:` link that opens a person's messages with a text ready to send; "" without an address."""
        # Both Android and iPhones read "?&body=".
        return f"sms:{address}" + (f"?&body={quote(words, safe='')}" if words else "") if address else ""

    def check(self, account: AccountInfo) -> Sequence[Check]:
        """Return the health check of this account: the credentials and number that are configured."""
        sender = account.address or account.settings.get("messaging_service_sid")
        return (
            Check("account_sid", bool(account.settings.get("account_sid")), _("Enter the provider's account SID.")),
            Check("token", bool(account.token), _("Set the API password (auth token).")),
            Check("secrets", bool(account.secrets), _("Set the auth token, or shared key, that signs the webhooks.")),
            Check("address", bool(sender), _("Set the number that messages are sent from, as +972…")),
        )

    async def probe(self, account: AccountInfo, client: Client) -> Probe | None:
        """Ask the provider about the account, with its password."""
        sid = str(account.settings.get("account_sid", ""))
        url = f"{account.api or API}/2010-04-01/Accounts/{quote(sid, safe='')}.json"
        try:
            status, headers, body = await client.request("GET", url, auth=(sid, account.token))
            answer = untrusted_payload.mapping(untrusted_payload.load_json(body))
            if status >= 300:
                raise refusal_error(status, headers, answer)
        except ChannelError as error:
            return failed_probe(error, codes={"20003": WRONG_CREDENTIALS, "20404": WRONG_CREDENTIALS})
        return connection.judge(answer)

    def replay(self, path: str, raw: bytes) -> list[Request]:
        """Return one request for each line, which is a form as an access log shows it."""
        return [Request("POST", "/", "", {"content-type": FORM}, line) for line in raw.split() if line]

    def simulate(self, sender: Address, say: Json, account: AccountInfo) -> Request | None:
        """Return a signed webhook with a message from `sender`, as the provider would send it."""
        if sender.scheme != "tel" or not account.secrets:
            return None
        seed = str(say.get("id") or uuid.uuid4().hex)
        fields = [
            ("MessageSid", "SM" + hashlib.sha256(seed.encode()).hexdigest()[:32]),
            ("SmsStatus", "received"),
            ("From", sender.address),
            ("To", account.address),
            # A text message has no buttons: a choice arrives as typed text.
            ("Body", str(say.get("text") or say.get("choice_id") or "")),
        ]
        files = [item for item in say.get("media", ()) if item.get("url")]
        fields.append(("NumMedia", str(len(files))))
        for number, item in enumerate(files):
            fields += [(f"MediaUrl{number}", item["url"]), (f"MediaContentType{number}", item.get("mime", ""))]
        url = account.public_url
        headers = {"content-type": FORM, SIGNATURE: signature(account.secrets[0], url, fields, "sha1")}
        return Request("POST", urlsplit(url).path, "", headers, urlencode(fields).encode(), url)


def message_event(fields: Mapping[str, str]) -> Event:
    """Return the event of a received text message; UNKNOWN if nobody can be answered."""
    sender = phone_address(fields.get("From", ""))
    sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
    if sender and fields.get("CallSid") and fields.get("Direction", "inbound") == "inbound":
        return call_event(fields, sender)
    if sender is None or not sid:
        return unknown_callback(fields, sid)
    kind = {"STOP": Kind.OPT_OUT, "START": Kind.OPT_IN}.get(fields.get("OptOutType", "").upper(), Kind.MESSAGE)
    return Event(
        kind=kind,
        dedup_key=dedup(kind, sender, sid),
        account=fields.get("To", ""),
        external_id=sid,
        sender=sender,
        text=fields.get("Body", ""),
        media=tuple(media_files(fields)),
        data={name: fields[name] for name in ("OptOutType", "NumSegments") if fields.get(name)},
    )


def call_event(fields: Mapping[str, str], sender: Address) -> Event:
    """Return the event of a call to the number; all news of one call have one key."""
    known = {name: fields[name] for name in ("CallSid", "CallStatus", "CallDuration") if fields.get(name)}
    return Event(
        kind=Kind.CALL,
        dedup_key=dedup(Kind.CALL, sender, fields["CallSid"]),
        account=fields.get("To", ""),
        external_id=fields["CallSid"],
        sender=sender,
        text="[call]",
        data={"call": known},
    )


def media_files(fields: Mapping[str, str]) -> Iterable[Media]:
    """Yield the files of a received multimedia message (at most ten, by the protocol)."""
    for number in range(10):
        if url := fields.get(f"MediaUrl{number}"):
            mime = fields.get(f"MediaContentType{number}", "")
            yield Media(media_kind(mime), mime, url=url)


def status_event(fields: Mapping[str, str], query: Mapping[str, str]) -> Event:
    """Return the event of a delivery receipt. Our own reference is in the callback's query."""
    sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
    word = fields["MessageStatus"].lower()
    if word not in STATUSES or not sid:
        return unknown_callback(fields, sid)
    code = fields.get("ErrorCode", "")
    data: Json = {"ref": query.get("ref", ""), "code": code, "stopped": code in STOPPED}
    return Event(
        kind=Kind.STATUS,
        dedup_key=dedup(Kind.STATUS, None, sid, word),
        account=fields.get("From", ""),
        external_id=sid,
        target=sid,
        status=STATUSES[word],
        error=fields.get("ErrorMessage") or code,
        data={name: value for name, value in data.items() if value},
    )


def unknown_callback(fields: Mapping[str, str], sid: str) -> Event:
    """Return the UNKNOWN event of what cannot be answered (a name as sender, a new kind of callback)."""
    state = fields.get("MessageStatus", "")
    ours = fields.get("From" if state else "To", "")
    return untrusted_payload.unknown_event(dict(fields), event_id=f"{sid}{state}", account=ours, external_id=sid)


def refusal_error(status: int, headers: Mapping[str, str], answer: Json) -> ChannelError:
    """Return the ChannelError for the provider's error answer: permanent, temporary or stopped, by its code."""
    code = str(answer.get("code") or status)
    asked = headers.get("retry-after", "")
    locked_out = status == 401 or code == "20003"
    passing = locked_out or code in TRANSIENT or status in (408, 429) or status >= 500
    return ChannelError(
        f"{code} {answer.get('message', '')}".strip(),
        permanent=code in PERMANENT or not passing,
        stopped=code in STOPPED,
        retry_after=float(asked) if asked.isdecimal() else AUTHENTICATION_WAIT if locked_out else None,
        code=code,
    )
