"""Channel adapter of Matrix, as an application service of a homeserver; README.md says how to set up an account."""

from __future__ import annotations

import hmac
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote

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
    Media,
    Payload,
    Probe,
    Receipt,
    Reply,
    Request,
    Say,
    failed_probe,
)
from kesher.channels.base import gettext_noop as _

from . import connection, homeserver, inbound, outbound

JSON = "application/json"
# The paths of the application service API, with and without the prefix that older homeservers leave out.
CALL = re.compile(r"(?:/_matrix/app/v1)?/(transactions|users|rooms|ping)(?:/([^/]*))?")
KEPT = re.compile(rf"/in/[^/]+/[^/]+({CALL.pattern})")


class Adapter(Channel):
    """Matrix. `account.token` is the as_token, `secrets` are hs_tokens, `address` is the bot's user ID."""

    title = "Matrix"
    public_title: Mapping[str, str] = {"he": "Matrix", "ar": "Matrix", "ru": "Matrix", "en": "Matrix"}
    connection = connection.CONNECTION
    methods = ("GET", "POST", "PUT")
    body_cap = 8_000_000  # a transaction has up to a hundred events of 64 KB
    settings: Mapping[str, str] = {"homeserver_url": "Where the homeserver's client API is. Required."}

    def capabilities(self, account: AccountInfo) -> Capabilities:
        """Return what a Matrix message can carry: text length, files and rate."""
        return outbound.CAPABILITIES

    def handshake(self, request: Request, account: AccountInfo) -> Reply | None:
        """Answer what the homeserver asks (a user, an alias, a ping); None for a transaction, which is stored."""
        found = KEPT.fullmatch(request.path)
        call = found[2] if found else ""
        if call == "transactions" and request.method == "PUT":
            return None
        if not is_proven(request, account):
            return answer(403, "M_FORBIDDEN")
        if call == "ping" and request.method == "POST":
            return answer(200)
        if call == "users" and found and request.method == "GET" and unquote(found[3] or "") == account.address:
            return answer(200)
        return answer(404, "M_NOT_FOUND" if call in ("users", "rooms") else "M_UNRECOGNIZED")

    def verify(self, request: Request, account: AccountInfo) -> None:
        """Raise BadSignature unless the request carries one of the account's hs_tokens."""
        if not is_proven(request, account):
            raise BadSignature("the hs_token does not match")

    def parse(self, request: Request) -> list[Event]:
        """Return the events of a transaction. Their own ids make their keys, so its id is not needed."""
        return inbound.events(request.body)

    def acknowledge(self, request: Request, account: AccountInfo) -> Reply:
        """Return the HTTP response to a transaction: an empty object."""
        return answer(200)

    def render(self, say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
        """Return the contents of the events for a message; [] for an address of another channel."""
        return outbound.render(say, to, capabilities)

    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Send one event to the person's room, if nobody else is there; return its id. Raise ChannelError.

        The transaction id is our reference: sent twice it is one message.
        """
        room, ref = str(payload.body.get("room", "")), payload.ref or uuid.uuid4().hex
        if not room:
            raise ChannelError("matrix: no room with this person is known", permanent=True)
        await self.look_around(room, payload.to, account, client)
        content = {**payload.body["content"], inbound.OWN: ref}
        if file := payload.body.get("file"):
            content |= await uploaded(file, account, client)
        path = homeserver.room_path(room, "send", "m.room.message", ref)
        try:
            found = await homeserver.call("PUT", path, account, client, json=content)
        except ChannelError as error:
            error.stopped = error.code == "M_FORBIDDEN"
            raise
        return Receipt(untrusted_payload.text(found, "event_id") or ref)

    async def look_around(self, room: str, to: Address, account: AccountInfo, client: Client) -> None:
        """Raise ChannelError unless the person is in the room, and nobody else: what we write is for them alone."""
        others = await homeserver.enter(room, account, client)
        if others.get(to.address) != "join":
            raise ChannelError("matrix: the person left the room", permanent=True, stopped=True)
        if len(others) > 1:
            await homeserver.leave(room, account, client)
            raise ChannelError("matrix: others are in the room", permanent=True)

    async def settle(self, asked: Json, account: AccountInfo, client: Client) -> None:
        """Accept an invitation to a direct chat, decline any other, and leave a room that is none any more."""
        room, direct = untrusted_payload.text(asked, "room"), asked.get("direct") is True
        if asked.get("user") == account.address:
            if asked.get("membership") != "invite":
                return
            if not direct:
                await homeserver.leave(room, account, client)
                return
        try:
            others = await homeserver.enter(room, account, client)
        except ChannelError as error:
            if error.code == "M_FORBIDDEN":
                return  # we are not in this room any more
            raise
        if len(others) != 1:
            await homeserver.leave(room, account, client)

    async def fetch_media(self, media: Media, account: AccountInfo, client: Client) -> bytes:
        """Return a received file's bytes, which the homeserver gives to the bot. Raise ChannelError."""
        return media.content or await homeserver.download(media.ref, outbound.CAPABILITIES.media_bytes, account, client)

    def write_link(self, address: str, words: str = "", start: str = "") -> str:
        """Return a link that opens a chat with the bot in a person's own client; "" without an address."""
        return f"https://matrix.to/#/{address}" if address else ""

    def check(self, account: AccountInfo) -> Sequence[Check]:
        """Return the account's health check: the bot's user ID, the homeserver's address and both tokens."""
        url = account.api or account.settings.get("homeserver_url")
        return (
            Check("address", bool(re.fullmatch(connection.USER, account.address)), _("Enter the bot's user ID.")),
            Check("homeserver_url", bool(url), _("Enter where the homeserver's client API is.")),
            Check("token", bool(account.token), _("Set the as_token of the registration file.")),
            Check("secrets", any(account.secrets), _("Set the hs_token of the registration file.")),
        )

    async def probe(self, account: AccountInfo, client: Client) -> Probe | None:
        """Ask the homeserver who the bot is, and to reach us."""
        try:
            who = await homeserver.call("GET", f"{homeserver.API}/account/whoami", account, client)
        except ChannelError as error:
            unregistered = dict.fromkeys(homeserver.OUR_FAULT, connection.UNREGISTERED)
            return failed_probe(error, codes={**unregistered, "404": connection.NO_HOMESERVER})
        ping = f"/_matrix/client/v1/appservice/{homeserver.escaped(connection.registration_id(account))}/ping"
        user = untrusted_payload.text(who, "user_id")
        try:
            await homeserver.call("POST", ping, account, client, json={})
        except ChannelError as error:
            gone = 404 if error.code == "M_UNRECOGNIZED" else 502
            return connection.judge(account, user, gone, error.code)
        return connection.judge(account, user, 200, "")

    def registration(self, account: AccountInfo) -> str:
        """Return the registration file for the homeserver's configuration."""
        return connection.registration(account)

    def simulate(self, sender: Address, say: Json, account: AccountInfo) -> Request | None:
        """Return a transaction with what `sender` says, as the homeserver would send it."""
        if sender.scheme != "matrix" or not account.secrets:
            return None
        number = str(say.get("id") or uuid.uuid4().hex)
        path = f"/in/{account.channel}/{account.key}/_matrix/app/v1/transactions/{number}"
        headers = {"content-type": JSON, "authorization": f"Bearer {account.secrets[0]}"}
        body = json.dumps({"events": [simulated(sender, say, number)]}).encode()
        return Request("PUT", path, "", headers, body)


def answer(status: int, code: str = "") -> Reply:
    """Return a response in the API's form: an empty object, or an error's code."""
    return Reply(status, json.dumps({"errcode": code} if code else {}).encode(), JSON)


def is_proven(request: Request, account: AccountInfo) -> bool:
    """Return whether a request carries an hs_token, in its header or, from older homeservers, in its query."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    old = parse_qs(request.query).get("access_token", [""])[0]
    claimed = (token if kind.lower() == "bearer" else old).encode("utf-8", "replace")
    good = False
    for secret in filter(None, account.secrets):
        good |= hmac.compare_digest(secret.encode(), claimed)
    return good


async def uploaded(file: Json, account: AccountInfo, client: Client) -> Json:
    """Return the content's fields of a file, once it is on the homeserver; of a text with its link if it cannot be."""
    url, mime = str(file.get("url", "")), str(file.get("mime", ""))
    try:
        status, _, content = await client.request("GET", url, timeout=60.0, cap=outbound.CAPABILITIES.media_bytes)
    except ChannelError as error:
        if not error.permanent:
            raise
        status, content = 403, b""
    if status != 200:
        return {"msgtype": "m.text", "body": url}
    address = await homeserver.upload(content, mime, str(file.get("name", "")), account, client)
    name = str(file.get("name", ""))
    return {"url": address, "info": {"mimetype": mime, "size": len(content)}, **({"filename": name} if name else {})}


def simulated(sender: Address, say: Json, number: str) -> Json:
    """Return a made-up event with what `sender` says, as JSON, in a room named after them."""
    at = float(say.get("at") or datetime.now(UTC).timestamp())
    name = re.sub(r"[^A-Za-z0-9]", "", sender.address)
    content: Json = {"msgtype": "m.text", "body": str(say.get("text") or say.get("choice_id") or "")}
    if place := say.get("location"):
        content = {"msgtype": "m.location", "body": "", "geo_uri": f"geo:{place['lat']},{place['lon']}"}
    for item in say.get("media") or []:
        kinds = {kind: msgtype for msgtype, kind in inbound.FILES.items()}
        words = {"filename": item.get("name") or "file", "body": content["body"] or item.get("name") or "file"}
        about = {"info": {"mimetype": item.get("mime", "")}, "url": f"mxc://simulator/{number}"}
        content = {"msgtype": kinds.get(item["kind"], "m.file"), **words, **about}
    head = {"type": "m.room.message", "sender": sender.address, "room_id": f"!{name}:simulator"}
    return {**head, "event_id": f"${number}", "origin_server_ts": int(at * 1000), "content": content}
