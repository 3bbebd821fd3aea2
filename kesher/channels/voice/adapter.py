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
    ChannelError,
    Check,
    Client,
    Json,
    Media,
    Probe,
    Reply,
    Request,
    failed_probe,
)
from kesher.channels.base import gettext_noop as _
from kesher.channels.provider_connection import WRONG_CREDENTIALS
from kesher.channels.telephone import call_steps
from kesher.channels.telephone.call_channel import SPEECH_SETTING, CallChannel
from kesher.channels.telephone.call_steps import Heard, Step
from kesher.channels.telephone.gather import Instructions
from kesher.channels.telephone.twilio_requests import FORM, SIGNATURE, parse_form, signature, verify_form

from . import connection
from .twiml import SAY_MOST, write_twiml

API = "https://api.twilio.com"
ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
XML = "text/xml; charset=utf-8"
MP3 = "audio/mpeg"


class Adapter(CallChannel):
    """Telephone calls through Twilio or a compatible provider."""

    title = "Telephone (Twilio)"
    connection = connection.CONNECTION
    content_types = (FORM,)
    say_most = SAY_MOST
    settings: Mapping[str, str] = {
        "account_sid": "The provider's account id (AC…). Required.",
        "speech": SPEECH_SETTING,
        "api": "Base URL of another provider that speaks the same protocol.",
    }

    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raise BadSignature unless one of the account's secrets signed the URL and form fields (Twilio's scheme)."""
        verify_form(request, account)

    def read_request(self, request: Request) -> Heard:
        """Return what a webhook's form tells of a call. Never raise."""
        return read_form(request.body)

    def write_reply(self, instructions: Instructions, request: Request) -> Reply:
        """Return instructions as TwiML; they lead back to the request's URL."""
        return Reply(200, write_twiml(instructions, request.url.partition("?")[0]), XML)

    async def fetch_media(self, media: Media, account: AccountInfo, client: Client) -> bytes:
        """Download a recording from the provider and return its bytes. Raise ChannelError.

        The password goes only to the provider's own host.
        """
        own = urlsplit(media.url).netloc in {urlsplit(API).netloc, urlsplit(account.api).netloc}
        auth = (str(account.settings.get("account_sid", "")), account.token) if own else None
        return await self.download(media, client, auth=auth)

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
