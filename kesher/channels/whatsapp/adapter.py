"""Channel adapter of WhatsApp by Meta's Cloud API (v25.0); README.md says how to set up an account."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

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
    ListedTemplate,
    Media,
    Payload,
    Probe,
    Receipt,
    Reply,
    Request,
    Say,
    TemplateListing,
    failed_probe,
)
from kesher.channels.base import gettext_noop as _
from kesher.channels.meta import graph_api, webhooks

from . import connection, inbound, outbound

# Meta's error codes to retry, with the wait in seconds if it asks for one. All others are permanent: undeliverable
# (131026), outside the window (131047), templates (132xxx), locked (131031), blocked (368) ...
ERRORS = graph_api.ErrorCodes(
    "whatsapp",
    retry={
        "2": None,  # service down
        "4": 60.0,  # calls of the application
        "80007": 60.0,  # calls of the business account
        "130429": 1.0,  # messages a second
        "131000": None,  # "something went wrong"
        "131016": None,  # service overloaded
        "131048": 600.0,  # too many complaints of late
        "131053": None,  # the file could not be fetched
        "131056": 6.0,  # messages to one person
        "131057": 300.0,  # maintenance
        "133004": 60.0,  # server down
        "133016": 3600.0,  # registrations of the number
    },
    stopped=frozenset(("131050",)),  # the person wants no more of these messages
)


class Adapter(Channel):
    """WhatsApp. `account.address` is the phone_number_id, `token` the access token, `secrets` the app secrets."""

    title = "WhatsApp"
    public_title: Mapping[str, str] = {"he": "וואטסאפ", "ar": "واتساب", "ru": "WhatsApp", "en": "WhatsApp"}
    body_cap = webhooks.BODY_CAP
    connection = connection.CONNECTION
    settings: Mapping[str, str] = {
        "waba_id": "The WhatsApp business account's ID, for templates and for setting the webhook.",
        "verify_token": "A word of your choice; Meta's application must send the same one when it subscribes.",
        "rate": "Messages a second, where Meta allows this number another rate than 80.",
    }

    def capabilities(self, account: AccountInfo) -> Capabilities:
        """Return what a WhatsApp message can carry, with the account's own rate if it sets one."""
        rate = untrusted_payload.number(account.settings.get("rate"))
        return replace(outbound.CAPABILITIES, rate=rate) if rate and rate > 0 else outbound.CAPABILITIES

    def handshake(self, request: Request, account: AccountInfo) -> Reply | None:
        """Answer Meta's subscription check: a GET with our verify token, whose challenge we return."""
        return webhooks.answer_subscription(request, account)

    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raise BadSignature unless the header has an HMAC of the body by one of the account's app secrets."""
        webhooks.check_signature(request, account)

    def parse(self, request: Request) -> list[Event]:
        """Return the events of a webhook: messages, delivery receipts, calls and news of the account."""
        return inbound.events(request.body)

    def render(self, say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
        """Return the requests for a message; [] for an address of another channel."""
        return outbound.render(say, to, capabilities)

    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Send one message by the Graph API, and return a receipt with its id. Raise ChannelError."""
        path = f"{quote(account.address, safe='')}/messages"
        body = {**payload.body, "biz_opaque_callback_data": payload.ref} if payload.ref else payload.body
        value = await graph("POST", path, account, client, body=body)
        wamid = untrusted_payload.text(value, "messages", 0, "id")
        if not wamid:
            raise ChannelError("whatsapp: accepted without a message id", unknown=True)
        contact = untrusted_payload.mapping(value, "contacts", 0)
        return Receipt(wamid, data={"contact": contact} if contact else {})

    async def fetch_media(self, media: Media, account: AccountInfo, client: Client) -> bytes:
        """Return a received file's bytes: its id gives a URL that works for minutes, and the URL the bytes.

        Raise ChannelError.
        """
        if media.content:
            return media.content
        url = media.url
        if media.ref:
            found = await graph("GET", quote(media.ref, safe=""), account, client)
            url = untrusted_payload.text(found, "url")
        if not url:
            raise ChannelError("whatsapp: the file has no address", permanent=True)
        headers = graph_api.bearer(account) if graph_api.is_trusted(url, account) else {}
        cap = outbound.CAPABILITIES.media_bytes
        status, _, content = await client.request("GET", url, headers=headers, timeout=60.0, cap=cap)
        if status != 200:
            raise ChannelError(f"whatsapp: file: {status}", permanent=status in (401, 403, 404, 410), code=str(status))
        return content

    def write_link(self, address: str, words: str = "", start: str = "") -> str:
        """Return a `wa.me` link that opens WhatsApp with a text ready to send; "" without an address."""
        number = "".join(letter for letter in address if letter.isdecimal())
        return f"https://wa.me/{number}" + (f"?text={quote(words, safe='')}" if words else "") if number else ""

    def check(self, account: AccountInfo) -> Sequence[Check]:
        """Return the health check of this account: the token, secret, number id and verify token that are set."""
        return (
            Check("token", bool(account.token), _("Enter the system user's permanent access token.")),
            Check("secret", any(account.secrets), _("Enter the app secret, from the application's basic settings.")),
            Check(
                "address",
                account.address.isdecimal(),
                _("Enter the phone number ID: digits, and not the number itself."),
            ),
            Check("verify_token", bool(account.settings.get("verify_token")), _("Choose a verify token.")),
        )

    async def probe(self, account: AccountInfo, client: Client) -> Probe | None:
        """Ask Meta about the number, and whether our app gets its messages."""
        fields = "display_phone_number,verified_name,quality_rating"
        waba = str(account.settings.get("waba_id") or "")
        try:
            number = await graph("GET", f"{quote(account.address, safe='')}?fields={fields}", account, client)
            apps = await graph("GET", f"{quote(waba, safe='')}/subscribed_apps", account, client) if waba else None
        except ChannelError as error:
            return failed_probe(error, codes=connection.CODES)
        return connection.judge(account, untrusted_payload.mapping(number), apps)

    async def set_webhook(self, account: AccountInfo, client: Client) -> Probe:
        """Subscribe the app to the business account, with our address; Meta asks there at once. Raise ChannelError."""
        waba = str(account.settings.get("waba_id") or "")
        if not waba:
            return Probe("wrong", connection.NO_BUSINESS)
        body = connection.webhook_request(account)
        try:
            await graph("POST", f"{quote(waba, safe='')}/subscribed_apps", account, client, body=body)
        except ChannelError as error:
            codes = {**connection.CODES, **dict.fromkeys(("2200", "100"), connection.WEBHOOK_REFUSED)}
            return failed_probe(error, codes=codes)
        return Probe("well", connection.WEBHOOK_SET)

    async def list_templates(self, account: AccountInfo, client: Client) -> TemplateListing:
        """Return the business account's message templates, at most 6,000 (Meta's limit). Raise ChannelError."""
        waba = str(account.settings.get("waba_id") or "")
        if not waba:
            raise ChannelError(connection.NO_BUSINESS, permanent=True, code="no-business")
        fields, after = "name,language,status,category,components,rejected_reason", ""
        found: list[ListedTemplate] = []
        for _page in range(60):
            cursor = f"&after={quote(after, safe='')}" if after else ""
            path = f"{quote(waba, safe='')}/message_templates?fields={fields}&limit=100{cursor}"
            value = await graph("GET", path, account, client)
            found += connection.templates_of(value)
            after = untrusted_payload.text(value, "paging", "cursors", "after")
            more = bool(untrusted_payload.text(value, "paging", "next"))
            if not connection.is_readable_page(value) or not more or not after:
                return TemplateListing(tuple(found), is_whole=connection.is_readable_page(value) and not more)
        return TemplateListing(tuple(found), is_whole=False)

    def replay(self, path: str, raw: bytes) -> list[Request]:
        """Return a request for each webhook in a stored file."""
        return webhooks.stored_webhooks(raw)

    def simulate(self, sender: Address, say: Json, account: AccountInfo) -> Request | None:
        """Return a signed webhook with what `sender` says, as Meta would send it."""
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550000000", "phone_number_id": account.address},
            **simulated(sender, say),
        }
        change = {"field": "messages", "value": value}
        return webhooks.signed_request({"object": inbound.OBJECT, "entry": [{"id": "0", "changes": [change]}]}, account)


async def graph(method: str, path: str, account: AccountInfo, client: Client, *, body: Json | None = None) -> Json:
    """Return the JSON answer to a Graph API request. Raise ChannelError."""
    return await graph_api.call(method, path, account, client, ERRORS, body=body)


def simulated(sender: Address, say: Json) -> Json:
    """Return the contacts and messages of a made-up webhook, as JSON.

    `say` may also have `status` with `target` and `ref`. The id of a made-up file is the SHA-256 of its content, so
    that a fake provider can serve it.
    """
    at = str(int(say.get("at") or datetime.now(UTC).timestamp()))
    ours = sender.scheme == "tel"
    who = {"wa_id": sender.address.removeprefix("+")} if ours else {"user_id": sender.address}
    if status := say.get("status"):
        to = {"recipient_id": who["wa_id"]} if ours else {"recipient_user_id": sender.address}
        item = {"id": say.get("target", ""), "status": status, "timestamp": at, **to}
        if say.get("ref"):
            item["biz_opaque_callback_data"] = say["ref"]
        return {"statuses": [item]}
    origin = {"from": who["wa_id"]} if ours else {"from_user_id": sender.address}
    wamid = str(say.get("id") or f"wamid.{uuid.uuid4().hex}")
    messages = [
        {**origin, "id": wamid if n == 0 else f"{wamid}.{n}", "timestamp": at, **content}
        for n, content in enumerate(simulated_contents(say))
    ]
    return {"contacts": [{"profile": {"name": sender.display}, **who}], "messages": messages}


def simulated_contents(say: Json) -> list[Json]:
    """Return the content of each made-up message in `say`: a tap, a place, files with the text, or text."""
    words = str(say.get("text", ""))
    if say.get("choice_id"):
        reply = {"id": say["choice_id"], "title": words or say["choice_id"]}
        return [{"type": "interactive", "interactive": {"type": "button_reply", "button_reply": reply}}]
    if say.get("location"):
        lat, lon = say["location"]["lat"], say["location"]["lon"]
        return [{"type": "location", "location": {"latitude": lat, "longitude": lon}}]
    contents: list[Json] = []
    for n, item in enumerate(say.get("media") or []):
        digest = hashlib.sha256(base64.b64decode(item.get("content_b64", "")))
        file = {"id": digest.hexdigest(), "mime_type": item.get("mime", ""), "sha256": digest.hexdigest()}
        if item.get("name"):
            file["filename"] = item["name"]
        if words and n == 0 and item["kind"] != "audio":
            file["caption"] = words
        contents.append({"type": item["kind"], item["kind"]: file})
    captioned = any("caption" in content[content["type"]] for content in contents)
    return contents if contents and (captioned or not words) else [*contents, {"type": "text", "text": {"body": words}}]
