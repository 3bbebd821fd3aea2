"""The base of Messenger and Instagram, which share their webhooks, their Send API and their pages' settings."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

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
    Payload,
    Probe,
    Receipt,
    Reply,
    Request,
    Say,
    failed_probe,
)

from . import graph_api, inbound, outbound, page_connection, webhooks

# Codes of the Send API to retry, with the wait in seconds if Meta asks for one.
RETRY: dict[str, float | None] = {
    "1": None,  # an unknown error
    "2": None,  # service down
    "4": 60.0,  # calls of the application
    "17": 60.0,  # calls of the user
    "32": 60.0,  # calls of the page
    "341": 300.0,  # a limit of the application
    "613": 60.0,  # calls of this API
    "1200": None,  # the message could not be sent for now
    "80006": 60.0,  # calls for the page's conversations
}
# The person blocked us, left, or has deleted the conversation.
STOPPED = frozenset(("551", "551/1545041", "10/2018108", "200/1545041"))
# Outside the window; a page that Meta lets send nothing for now (1893063); no such person for this page (100); a
# permission or the page's consent is missing (1, 2).
NAMED = frozenset(("10/2018278", "10/2018065", "10/2534022", "10/1893063", "100/2018001", "1/99", "2/2018344"))
# "Received invalid JSON reply": Meta says that the messages were sent all the same.
UNKNOWN = frozenset(("1/1357046",))


class MessagingChannel(Channel):
    """A channel of a page. `account.token` is the page's access token, `secrets` the app secrets."""

    body_cap = webhooks.BODY_CAP
    product: inbound.Product
    limits: Capabilities
    comments: outbound.Comments
    moderation: Mapping[str, tuple[str, Json]]  # {action: (edge of the comment, body of the POST)}
    errors: graph_api.ErrorCodes
    needed: tuple[str, ...]  # fields of the page without which too little comes in
    has_metadata = False  # an echo brings back what a request said as metadata
    settings: Mapping[str, str] = {
        "app_id": "The ID of Meta's application, by which an echo of our own message is recognised.",
        "verify_token": "A word of your choice; Meta's application must send the same one when it subscribes.",
        "human_agent": "True where Meta approved the feature Human Agent: colleagues may answer for 7 days.",
    }

    def capabilities(self, account: AccountInfo) -> Capabilities:
        """Return what a message can carry, with a clerk's longer window where Meta approved it."""
        hours = outbound.AGENT_WINDOW_HOURS if account.settings.get("human_agent") is True else None
        return replace(self.limits, agent_window_hours=hours, moderation=frozenset(self.moderation))

    def handshake(self, request: Request, account: AccountInfo) -> Reply | None:
        """Answer Meta's subscription check: a GET with our verify token, whose challenge we return."""
        return webhooks.answer_subscription(request, account)

    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raise BadSignature unless the header has an HMAC of the body by one of the account's app secrets."""
        webhooks.check_signature(request, account)

    def parse(self, request: Request) -> list[Event]:
        """Return the events of a webhook: messages, taps, receipts, echoes, comments and so on."""
        return inbound.events(request.body, self.product)

    def assess(self, event: Event, account: AccountInfo) -> Event:
        """Return the event; an echo of what our own application or another one sent is marked as such."""
        return inbound.mark_application(event, str(account.settings.get("app_id") or ""))

    def render(self, say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
        """Return the requests for a message or a public answer; [] for an address of another channel."""
        if say.public:
            return outbound.render_public(say, to, capabilities, self.comments)
        return outbound.render(say, to, capabilities)

    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Send one message by the Send API, or one comment, and return a receipt with its id. Raise ChannelError."""
        body = payload.body
        if "edge" in body:
            return await self.add_comment(body["edge"], body["message"], account, client)
        if self.has_metadata and payload.ref:
            body = {**body, "message": {**body["message"], "metadata": f"{inbound.REF}{payload.ref}"}}
        value = await self.call("POST", "me/messages", account, client, body=body)
        mid = untrusted_payload.text(value, "message_id")
        if not mid:
            raise ChannelError(f"{self.errors.product}: accepted without a message id", unknown=True)
        return Receipt(mid)

    async def add_comment(self, edge: str, text: str, account: AccountInfo, client: Client) -> Receipt:
        """Add a comment at a comment's or post's edge, and return a receipt with its id. Raise ChannelError."""
        value = await self.call("POST", edge, account, client, body={"message": text})
        found = untrusted_payload.text(value, "id")
        if not found:
            raise ChannelError(f"{self.errors.product}: accepted without a comment id", unknown=True)
        return Receipt(found)

    async def moderate(self, action: str, external_id: str, account: AccountInfo, client: Client) -> None:
        """Hide a comment, show it again, or like it. Raise ChannelError."""
        if action not in self.moderation or not outbound.is_comment(external_id):
            raise ChannelError(f"{self.errors.product}: no such action for {external_id[:40]!r}", permanent=True)
        edge, body = self.moderation[action]
        await self.call("POST", f"{external_id}{edge}", account, client, body=body)

    def check(self, account: AccountInfo) -> Sequence[Check]:
        """Return the health check of this account."""
        return page_connection.check(account)

    async def call(
        self, method: str, path: str, account: AccountInfo, client: Client, *, body: Json | None = None, token: str = ""
    ) -> Json:
        """Return the JSON answer to a Graph API request. Raise ChannelError."""
        return await graph_api.call(method, path, account, client, self.errors, body=body, token=token)

    async def probe(self, account: AccountInfo, client: Client) -> Probe | None:
        """Ask Meta whose token this is, and whether our app gets the account's messages."""
        try:
            found, name = await self.owner(account, client)
            apps = await self.call("GET", "me/subscribed_apps", account, client)
        except ChannelError as error:
            return failed_probe(error, codes=page_connection.CODES)
        return page_connection.judge(
            account, found, name, apps, (*self.needed, *page_connection.chosen_fields(account))
        )

    async def owner(self, account: AccountInfo, client: Client) -> tuple[str, str]:
        """Return (ID, name) of the account to which the token belongs. Raise ChannelError."""
        value = await self.call("GET", "me?fields=id,name", account, client)
        return untrusted_payload.text(value, "id"), untrusted_payload.text(value, "name")

    async def subscribe(self, account: AccountInfo, client: Client, profile: Json) -> Probe:
        """Let our app get the page's messages, and set its menu; return the outcome. Raise ChannelError."""
        try:
            fields = ",".join((*page_connection.PAGE_FIELDS, *page_connection.chosen_fields(account)))
            await self.call("POST", "me/subscribed_apps", account, client, body={"subscribed_fields": fields})
            await self.call("POST", "me/messenger_profile", account, client, body=profile)
        except ChannelError as error:
            return failed_probe(error, codes=page_connection.CODES)
        return Probe("well", page_connection.WEBHOOK_SET)

    def replay(self, path: str, raw: bytes) -> list[Request]:
        """Return a request for each webhook in a stored file."""
        return webhooks.stored_webhooks(raw)

    def simulate(self, sender: Address, say: Json, account: AccountInfo) -> Request | None:
        """Return a signed webhook with what `sender` says, as Meta would send it.

        `say` may also have `status` ("delivered", "read") with `at`: the watermark.
        """
        at = int(float(say.get("at") or datetime.now(UTC).timestamp()) * 1000)
        head = {
            "sender": {"id": sender.address.rpartition(":")[2]},
            "recipient": {"id": account.address},
            "timestamp": at,
        }
        items = [{**head, **content} for content in simulated_contents(say, at, graph_api.base_of(account))]
        entry = {"id": account.address, "time": at, "messaging": items}
        return webhooks.signed_request({"object": self.product.object, "entry": [entry]}, account)


def simulated_contents(say: Json, at: int, base: str) -> list[Json]:
    """Return the content of each made-up item in `say`: a receipt, a tap, a place, files with the text, or text.

    The last part of a made-up file's URL is the SHA-256 of its content, so that a fake provider can serve it.
    """
    words, mid = str(say.get("text", "")), str(say.get("id") or f"m_{uuid.uuid4().hex}")
    if status := say.get("status"):
        return [{"read" if status == "read" else "delivery": {"watermark": at}}]
    if choice := say.get("choice_id"):
        return [{"message": {"mid": mid, "text": words or choice, "quick_reply": {"payload": choice}}}]
    attachments: list[Json] = []
    if place := say.get("location"):
        spot = {"lat": place["lat"], "long": place["lon"]}
        attachments.append({"type": "location", "payload": {"coordinates": spot}})
    for item in say.get("media") or []:
        digest = hashlib.sha256(base64.b64decode(item.get("content_b64", ""))).hexdigest()
        kind = outbound.KINDS.get(item["kind"], "file")
        attachments.append({"type": kind, "payload": {"url": f"{base}/files/{digest}"}})
    return [{"message": {"mid": mid, "text": words, **({"attachments": attachments} if attachments else {})}}]
