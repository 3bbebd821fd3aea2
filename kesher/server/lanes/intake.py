"""ASGI handler of the providers' webhooks: verifies, stores and acknowledges, without Django requests or ORM.

``/in/<channel>/<account key>[/…]``. Order of checks: path, method, type, length, signature, JSON; only then is anything
written. A refusal says what is wrong, and never what would have been right.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections

from kesher.channels.base import AccountInfo, BadSignature, Channel, Payload, Pull, Reply, Request
from kesher.channels.models import Account
from kesher.channels.untrusted_payload import is_json
from kesher.contacts.services import keyed_digest
from kesher.conversations.delivery.call_replies import take_payloads
from kesher.conversations.intake.journal import Journal, JournalDown, Row
from kesher.core.db.agency_scope import everywhere
from kesher.core.db.ids import uuid7_hex
from kesher.core.http.client_ip import network_prefix
from kesher.server.http import Message, Receive, Send, TooLarge, read_body, send_text

log = logging.getLogger("kesher.intake")

NETWORK = "x-kesher-network"  # set by us; a value from outside is overwritten
KEPT_HEADERS = ("content-type", "x-kesher-visitor", NETWORK)
REFRESH_SECONDS = 5.0
FAILURES_A_MINUTE = 120
REPLY_SECONDS, REPLY_PAUSE = 2.0, 0.1  # for which a request of a call waits for the reply, and between two looks
PATH_MAX = 500  # what `Intake.path` holds


@dataclass(frozen=True, slots=True)
class LaneAccount:
    """One account as the lane needs it; kept in memory, so that webhooks work while the database is down."""

    account_id: int
    adapter: Channel
    info: AccountInfo
    types: frozenset[str]
    host: int = 0  # the agency, if we host the channel and so see its visitors' network; 0: a provider hosts it


class Refusal(Exception):
    """Raised to answer a request without journaling it."""

    def __init__(self, status: int, text: str) -> None:
        """Refuse a webhook request with this HTTP status and text."""
        super().__init__(text)
        self.reply = Reply(status, text.encode())


class IntakeLane:
    """The ASGI handler, with its cache of accounts and its count of bad signatures."""

    def __init__(self, journal: Journal) -> None:
        """Serve webhooks by writing them to ``journal``; the accounts are read with the first request."""
        self.journal = journal
        self.lines: dict[tuple[str, str], LaneAccount] = {}
        self.read_at = 0.0
        self.failures: Counter[str] = Counter()
        self.minute = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request (ASGI): 503 if it cannot be stored, so that the provider sends it again."""
        try:
            reply = await self.handle(scope, receive)
        except Refusal as refusal:
            reply = refusal.reply
        except JournalDown:
            reply = Reply(503, b"not stored; please send it again")
        except ConnectionAbortedError:
            return
        await send_text(send, reply.status, reply.body, reply.content_type)

    async def handle(self, scope: Message, receive: Receive) -> Reply:
        """Verify one webhook request, write it to the journal, and return the HTTP reply."""
        path: str = scope["path"]
        parts = path.split("/", 4)
        line = await self.find(parts[2], parts[3]) if len(parts) > 3 else None
        if line is None:
            raise Refusal(404, "no such account")
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }  # lower-case (ASGI)
        headers[NETWORK] = encrypted_network(scope, line.host)
        method: str = scope["method"]
        body = await self.body(line, method, headers, receive)
        query = scope["query_string"].decode("latin-1")
        url = line.info.public_url + path[len(f"/in/{parts[2]}/{parts[3]}") :] + (f"?{query}" if query else "")
        request = Request(method, path, query, headers, body, url)
        reply = line.adapter.handshake(request, line.info)
        if reply is not None:
            return reply
        self.check(line, request, scope)
        pull = line.adapter.pull(request)
        if pull is not None:
            return line.adapter.hand_over(await wait_for_reply(line.account_id, pull), request, line.info)
        less = line.adapter.minimize(request, line.info)
        if less is not None:
            kept = encode_headers(tuple(headers.get(name) or None for name in KEPT_HEADERS))
            place = strip_nul(path)[:PATH_MAX]
            await self.journal.put(
                Row(uuid7_hex(), line.account_id, time.time(), place, strip_nul(query), kept, less.body)
            )
        return line.adapter.acknowledge(request, line.info)

    def check(self, line: LaneAccount, request: Request, scope: Message) -> None:
        """Verify a request's signature, then that its JSON is valid; raise Refusal.

        Only forgeries are counted and limited. Real requests from the same address are served as before: behind an
        undeclared proxy all providers share one.
        """
        try:
            line.adapter.verify(request, line.info)
        except BadSignature:
            if self.too_many((scope.get("client") or ("?", 0))[0]):
                raise Refusal(429, "too many unsigned requests; wait a minute") from None
            raise Refusal(403, "bad signature") from None
        if "json" in request.headers.get("content-type", "") and not is_json(request.body):
            raise Refusal(400, "this is not JSON")

    def too_many(self, client: str) -> bool:
        """Count one forged request from this client address; return whether it sent too many this minute."""
        minute = int(time.monotonic()) // 60
        if minute != self.minute:
            self.minute = minute
            self.failures.clear()
        self.failures[client] += 1
        return self.failures[client] > FAILURES_A_MINUTE

    async def body(self, line: LaneAccount, method: str, headers: dict[str, str], receive: Receive) -> bytes:
        """Return a request's body; raise Refusal for a wrong method, content type or length."""
        if method not in line.adapter.methods:
            raise Refusal(405, "only " + " and ".join(line.adapter.methods))
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if method != "GET" and line.types and kind not in line.types:
            raise Refusal(415, "this account takes " + ", ".join(sorted(line.types)))
        cap = line.adapter.body_cap
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared) > cap:
            raise Refusal(413, f"at most {cap} bytes")
        try:
            return await read_body(receive, cap)
        except TooLarge:
            raise Refusal(413, f"at most {cap} bytes") from None
        except TimeoutError:
            raise Refusal(408, "the body took too long; please send it again") from None

    async def find(self, channel: str, key: str) -> LaneAccount | None:
        """Return the account that a webhook URL's channel and key name; None if there is none.

        The table is read again every few seconds, and at once for an unknown key (at most once a second, so that
        guessing keys costs us nothing).
        """
        line = self.lines.get((channel, key))
        age = time.monotonic() - self.read_at
        if age > REFRESH_SECONDS or (line is None and age > 1):
            self.read_at = time.monotonic()
            if line is None:
                await self.refresh()
            else:
                self.refreshing = asyncio.create_task(self.refresh())
            line = self.lines.get((channel, key))
        return line

    async def refresh(self) -> None:
        """Read all accounts from the database again; go on with the known ones if it is down."""
        try:
            self.lines = await sync_to_async(read_accounts, thread_sensitive=False)()
        except DatabaseError as error:
            log.warning("accounts could not be read; the known ones go on: %s", error)


def take_reply(account_id: int, pull: Pull) -> list[Payload]:
    """Return what waits to be read aloud in a call, on a thread of this process."""
    close_old_connections()
    return take_payloads(account_id, pull)


async def wait_for_reply(account_id: int, pull: Pull) -> list[Payload]:
    """Return what waits to be read aloud in a call; [] if nothing comes in time, or the database is down.

    The caller hears nothing meanwhile, so it is asked for often, and not long.
    """
    take = sync_to_async(take_reply, thread_sensitive=False)
    end = time.monotonic() + REPLY_SECONDS
    while True:
        try:
            found = await take(account_id, pull)
        except DatabaseError as error:
            log.warning("a call got no reply: %s", error)
            return []
        if found or time.monotonic() > end:
            return found
        await asyncio.sleep(REPLY_PAUSE)


def encrypted_network(scope: Message, agency_id: int) -> str:
    """Return the visitor's network, encrypted, for channels that we host; "" where a provider calls.

    It only shows which messages share a rate limit.
    """
    found = network_prefix((scope.get("client") or ("", 0))[0]) if agency_id else ""
    return keyed_digest(found, agency_id) if found else ""


def strip_nul(text: str) -> str:
    """Return the text without NUL, which PostgreSQL cannot store. Anyone may append %00 to a URL."""
    return text.replace("\x00", "")


@lru_cache(maxsize=1024)
def encode_headers(values: tuple[str | None, ...]) -> str:
    """Return, as JSON, the request headers that a channel's `parse` may need. Cached."""
    return json.dumps({name: value for name, value in zip(KEPT_HEADERS, values, strict=True) if value is not None})


def read_accounts() -> dict[tuple[str, str], LaneAccount]:
    """Return {(channel, key): account} for every active account."""
    close_old_connections()
    lines = {}
    with everywhere("accounts for the intake lane"):
        for account in Account.objects.filter(is_active=True).select_related("agency"):
            try:
                adapter = account.adapter
            except KeyError:
                continue
            info = account.info(account.agency.public_url, account.agency.spoken_names)
            host = account.agency_id if account.capabilities().hosted else 0
            types = frozenset(adapter.content_types)
            lines[account.channel, account.key] = LaneAccount(account.pk, adapter, info, types, host)
    return lines
