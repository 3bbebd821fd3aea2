"""Channel adapter of telephone calls through Vonage's Voice API."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from kesher.channels import untrusted_payload
from kesher.channels.base import (
    AccountInfo,
    Address,
    BadSignature,
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
from kesher.channels.telephone.call_steps import Heard, Step, read_step
from kesher.channels.telephone.gather import Instructions

from . import connection
from .ncco import SAY_MOST, write_ncco
from .signed_webhooks import make_token, request_token, verify_token

API = "https://api.nexmo.com"
HOSTS = (".nexmo.com", ".vonage.com")
DIGITS = re.compile(r"[0-9]{5,20}")
MP3 = "audio/mpeg"


class Adapter(CallChannel):
    """Telephone calls through Vonage."""

    title = "Telephone (Vonage)"
    connection = connection.CONNECTION
    say_most = SAY_MOST
    settings: Mapping[str, str] = {
        "application_id": "The provider's application ID. Required.",
        "speech": SPEECH_SETTING,
        "api": "Base URL of another server that speaks the same protocol.",
    }

    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raise BadSignature unless one of the account's secrets signed the body, for this application and just now."""
        claims = verify_token(request.headers.get("authorization", ""), request.body, account.secrets)
        application = untrusted_payload.text(claims, "application_id")
        if application and application != account.settings.get("application_id", application):
            raise BadSignature("the token is for another application")  # the secret is the provider's whole account's

    def read_request(self, request: Request) -> Heard:
        """Return what a webhook's body tells of a call. Never raise."""
        return read_body(request.body)

    def write_reply(self, instructions: Instructions, request: Request) -> Reply:
        """Return instructions as NCCO; they lead back to the request's URL, with the caller's number."""
        heard = read_body(request.body)
        known = replace(heard, caller=heard.caller or read_step(request.query).caller)
        body = write_ncco(instructions, request.url.partition("?")[0], known)
        return Reply(200, body, "application/json")

    async def fetch_media(self, media: Media, account: AccountInfo, client: Client) -> bytes:
        """Download a recording from the provider and return its bytes. Raise ChannelError.

        The application's token goes only to the provider's own hosts.
        """
        parts = urlsplit(media.url)
        own = parts.scheme == "https" and (parts.hostname or "").endswith(HOSTS)
        own = own or bool(account.api and parts.netloc == urlsplit(account.api).netloc)
        headers = {"Authorization": request_token(account)} if own and account.token else {}
        return await self.download(media, client, headers=headers)

    def check(self, account: AccountInfo) -> Sequence[Check]:
        """Return the health check of this account: the credentials and number that are configured."""
        return (
            Check("application_id", bool(account.settings.get("application_id")), _("Enter the application ID.")),
            Check("secrets", bool(account.secrets), _("Set the signature secret, which signs the webhooks.")),
            Check("token", bool(account.token), _("Set the application's private key: recordings need it.")),
            Check("address", bool(account.address), _("Set the number that people call, as +972…")),
        )

    async def probe(self, account: AccountInfo, client: Client) -> Probe | None:
        """Ask the provider whether it knows the application and its key; None without a key."""
        if not account.token:
            return None
        try:
            headers = {"Authorization": request_token(account)}
            url = f"{account.api or API}/v1/calls?page_size=1"
            status, _headers, _body = await client.request("GET", url, headers=headers)
            if status >= 300:
                raise ChannelError(str(status), permanent=status < 500, code=str(status))
        except ChannelError as error:
            return failed_probe(error, codes=dict.fromkeys(("401", "403", "key"), WRONG_CREDENTIALS))
        return Probe("well", connection.WELL)

    def replay(self, path: str, raw: bytes) -> list[Request]:
        """Return one request for each line, which is a webhook's body; it answers a question."""
        query = Step("said", "he", 1).query
        return [Request("POST", "/", query, {}, line) for line in raw.splitlines() if line.strip()]

    def simulate(self, sender: Address, say: Json, account: AccountInfo) -> Request | None:
        """Return a signed webhook with what a caller says, presses or records, at the step of ``query``."""
        if sender.scheme not in (call_steps.SCHEME, "tel") or not account.secrets:
            return None
        seed = str(say.get("id") or uuid.uuid4().hex)
        call = str(say.get("call") or "CON-" + str(uuid.UUID(hashlib.sha256(seed.encode()).hexdigest()[:32])))
        found: Json = {"conversation_uuid": call, "uuid": call.removeprefix("CON-")}
        if recorded := say.get("recording"):
            found |= {"recording_url": str(recorded), "recording_uuid": seed, "size": 12345}
        else:
            found |= {"from": sender.address.removeprefix("+"), "to": account.address.removeprefix("+")}
            words = say.get("text") or say.get("choice_id")
            found["speech"] = {"results": [{"text": str(words), "confidence": "0.9"}] if words else []}
            found["dtmf"] = {"digits": str(say.get("digits") or ""), "timed_out": not say.get("digits")}
        query = str(say["query"]) if "query" in say else Step("said", "he", 1).query
        url = f"{account.public_url}?{query}" if query else account.public_url
        body = json.dumps(found, ensure_ascii=False).encode()
        claims = {"application_id": str(account.settings.get("application_id", "")), "jti": seed}
        headers = {"content-type": "application/json", "authorization": make_token(body, account.secrets[0], claims)}
        return Request("POST", urlsplit(url).path, query, headers, body, url)


def read_body(body: bytes) -> Heard:
    """Return what a webhook's body tells of a call. Never raise."""
    found = untrusted_payload.mapping(untrusted_payload.load_json(body))
    url = untrusted_payload.text(found, "recording_url")
    return Heard(
        call=untrusted_payload.text(found, "conversation_uuid")[:64],
        caller=written_number(untrusted_payload.text(found, "from")),
        ours=written_number(untrusted_payload.text(found, "to")),
        digits=untrusted_payload.text(found, "dtmf", "digits"),
        speech=untrusted_payload.text(found, "speech", "results", 0, "text"),
        recording=Media("audio", MP3, ref=untrusted_payload.text(found, "recording_uuid"), url=url) if url else None,
        # Only reports about a call, and errors in our instructions, have these.
        report="status" in found or "reason" in found,
    )


def written_number(number: str) -> str:
    """Return a number with its plus, which the provider leaves out; other words unchanged."""
    return f"+{number}" if DIGITS.fullmatch(number) else number
