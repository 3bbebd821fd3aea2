"""Channel adapter of telephone calls through Twilio's Programmable Voice, or a provider with the same protocol."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode, urlsplit

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
    Media,
    Payload,
    Probe,
    Pull,
    Receipt,
    Reply,
    Request,
    Say,
    failed_probe,
)
from kesher.channels.base import gettext_noop as _
from kesher.channels.phone_numbers import is_same_number
from kesher.channels.provider_connection import WRONG_CREDENTIALS
from kesher.channels.telephone import call_steps
from kesher.channels.telephone.call_steps import Heard, Step, read_step
from kesher.channels.telephone.gather import Instructions
from kesher.channels.telephone.twilio_requests import FORM, SIGNATURE, parse_form, signature, verify_form

from . import connection
from .twiml import SAY_MOST, write_twiml

API = "https://api.twilio.com"
ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
XML = "text/xml; charset=utf-8"
MP3 = "audio/mpeg"


class Adapter(Channel):
    """Telephone calls through Twilio or a compatible provider."""

    title = "Telephone (Twilio)"
    public_title: Mapping[str, str] = {"he": "טלפון", "ar": "هاتف", "ru": "Телефон", "en": "Telephone"}
    body_cap = 100_000
    connection = connection.CONNECTION
    content_types = (FORM,)
    pulled = True
    settings: Mapping[str, str] = {
        "account_sid": "The provider's account id (AC…). Required.",
        "speech": "Whether the provider recognises speech (default true); false: what no key answers is recorded.",
        "api": "Base URL of another provider that speaks the same protocol.",
    }

    def capabilities(self, account: AccountInfo) -> Capabilities:
        """Return what a call can carry: text that is read aloud while it lasts; nothing proves the caller's number."""
        return call_steps.spoken_capabilities(SAY_MOST)

    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raise BadSignature unless one of the account's secrets signed the URL and form fields (Twilio's scheme)."""
        verify_form(request, account)

    def parse(self, request: Request) -> list[Event]:
        """Return the event of a request: what the caller chose, said or recorded; [] for one that says nothing."""
        heard = read_form(request.body)
        if not heard.call:
            fields = untrusted_payload.storable(dict(parse_form(request.body)))
            return [untrusted_payload.unknown_event(fields, account=heard.ours)]
        return call_steps.read_call(heard, read_step(request.query))

    def is_addressed(self, event: Event, account: AccountInfo) -> bool:
        """Return whether an event is for this account's number, however it is spelled."""
        return super().is_addressed(event, account) or is_same_number(event.account, account.address)

    def acknowledge(self, request: Request) -> Reply:
        """Return the TwiML for a call that begins, or whose answer was stored: it waits for the reply."""
        heard, step = read_form(request.body), read_step(request.query)
        return twiml_reply(call_steps.first_instructions(heard, step), request)

    def pull(self, request: Request) -> Pull | None:
        """Return what a call waits for, or that its question is to be asked again."""
        return call_steps.pull_of(read_form(request.body), read_step(request.query))

    def hand_over(self, payloads: Sequence[Payload], request: Request, account: AccountInfo) -> Reply:
        """Return the TwiML that reads these payloads aloud; without any, that waits on."""
        bodies = [payload.body for payload in payloads]
        speech = account.settings.get("speech") is not False
        heard, step = read_form(request.body), read_step(request.query)
        return twiml_reply(call_steps.reply_instructions(bodies, heard, step, speech=speech), request)

    def render(self, say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
        """Return the payloads of a message, to be read aloud; [] for an address of another channel."""
        return call_steps.render_spoken(say, to, capabilities)

    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Raise ChannelError: a call fetches what it reads aloud (`pull`), and nothing is sent to it."""
        raise ChannelError("a call fetches its replies itself", permanent=True)

    async def fetch_media(self, media: Media, account: AccountInfo, client: Client) -> bytes:
        """Download a recording from the provider and return its bytes. Raise ChannelError.

        The password goes only to the provider's own host. A recording that is not there yet comes within a minute.
        """
        own = urlsplit(media.url).netloc in {urlsplit(API).netloc, urlsplit(account.api).netloc}
        auth = (str(account.settings.get("account_sid", "")), account.token) if own else None
        status, _headers, body = await client.request("GET", media.url, auth=auth, cap=30_000_000)
        if status != 200:
            raise ChannelError(f"recording: {status}", permanent=status in (401, 403, 410))
        return body

    def write_link(self, address: str, words: str = "", start: str = "") -> str:
        """Return a `tel:` link to our number; "" without an address."""
        return f"tel:{address}" if address else ""

    def check(self, account: AccountInfo) -> Sequence[Check]:
        """Return the health check of this account: the credentials and number that are configured."""
        return (
            Check("account_sid", bool(account.settings.get("account_sid")), _("Enter the provider's account SID.")),
            Check("token", bool(account.token), _("Set the API password (auth token).")),
            Check("secrets", bool(account.secrets), _("Set the auth token, or shared key, that signs the webhooks.")),
            Check("address", bool(account.address), _("Set the number that people call, as +972…")),
        )

    async def probe(self, account: AccountInfo, client: Client) -> Probe | None:
        """Ask the provider whether the account has this number, and whether it can take calls."""
        sid = str(account.settings.get("account_sid", ""))
        url = f"{account.api or API}/2010-04-01/Accounts/{quote(sid, safe='')}/IncomingPhoneNumbers.json"
        asked = f"{url}?PhoneNumber={quote(account.address, safe='')}"
        try:
            status, _headers, body = await client.request("GET", asked, auth=(sid, account.token))
            answer = untrusted_payload.mapping(untrusted_payload.load_json(body))
            if status >= 300:
                code = str(answer.get("code") or status)
                raise ChannelError(str(answer.get("message", status)), permanent=status < 500, code=code)
        except ChannelError as error:
            return failed_probe(error, codes={"20003": WRONG_CREDENTIALS, "20404": WRONG_CREDENTIALS})
        return connection.judge(answer, account)

    def replay(self, path: str, raw: bytes) -> list[Request]:
        """Return one request for each line, which is a form as an access log shows it; it answers a question."""
        query = Step("said", "he", 1).query
        return [Request("POST", "/", query, {"content-type": FORM}, line) for line in raw.split() if line]

    def simulate(self, sender: Address, say: Json, account: AccountInfo) -> Request | None:
        """Return a signed webhook with what a caller says, presses or records, at the step of ``query``."""
        if sender.scheme not in (call_steps.SCHEME, "tel") or not account.secrets:
            return None
        seed = str(say.get("id") or uuid.uuid4().hex)
        sid = str(say.get("call") or "CA" + hashlib.sha256(seed.encode()).hexdigest()[:32])
        fields = [
            ("CallSid", sid),
            ("CallStatus", "in-progress"),
            ("Direction", "inbound"),
            ("From", sender.address),
            ("To", account.address),
        ]
        words = say.get("text") or say.get("choice_id")
        given = {"Digits": say.get("digits"), "SpeechResult": words, "RecordingUrl": say.get("recording")}
        fields += [(name, str(value)) for name, value in given.items() if value]
        query = str(say["query"]) if "query" in say else Step("said", "he", 1).query
        url = f"{account.public_url}?{query}" if query else account.public_url
        headers = {"content-type": FORM, SIGNATURE: signature(account.secrets[0], url, fields, "sha1")}
        return Request("POST", urlsplit(url).path, query, headers, urlencode(fields).encode(), url)


def read_form(body: bytes) -> Heard:
    """Return what a webhook's form tells of a call. Never raise."""
    fields = untrusted_payload.storable(dict(parse_form(body)))
    recorded = fields.get("RecordingUrl", "")
    digits = fields.get("Digits", "")
    return Heard(
        call=fields.get("CallSid", "")[:64],
        caller=fields.get("From", ""),
        ours=fields.get("To", ""),
        # "hangup" stands in the place of digits where the caller ended a recording by hanging up.
        digits="" if digits == "hangup" else digits,
        speech=fields.get("SpeechResult", ""),
        recording=recording(recorded, fields.get("RecordingSid", "")) if recorded else None,
        report=fields.get("CallStatus", "") in ENDED and not recorded,
    )


def recording(url: str, sid: str) -> Media:
    """Return a recording as a file: the provider gives MP3 for a URL that ends so."""
    return Media("audio", MP3, ref=sid, url=url if url.endswith(".mp3") else f"{url}.mp3")


def twiml_reply(instructions: Instructions, request: Request) -> Reply:
    """Return instructions as the HTTP response to a request; they lead back to its URL."""
    return Reply(200, write_twiml(instructions, request.url.partition("?")[0]), XML)
