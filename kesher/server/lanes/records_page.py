"""Cache the HTML of the records page before its sources have answered, shared by many people.

Django draws it once in a while for each agency and language; each person gets it with their own ticket. A crowd's first
paint then costs one look at each sign-in. Anything else (a mandate, a message, a weak sign-in) goes to Django's view.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from kesher.accounts.models import SignIn
from kesher.accounts.rules import SEEN_EVERY, is_over, is_own_address, level_now, may_sign_in
from kesher.accounts.session_cookie import COOKIE
from kesher.agencies.middleware import agency_of_host
from kesher.core.db.agency_scope import scope as agency_scope
from kesher.core.db.ids import token_digest
from kesher.records.no_javascript_page import LEVEL
from kesher.records.record_access import sign_ticket
from kesher.server.http import Message, Send, send_response
from kesher.server.lanes.shared_pages import find_language

log = logging.getLogger("kesher.records")

Page = Callable[[Send], Awaitable[None]]

PAGES_MAX = 100
BATCH_MAX = 100
STALE_SECONDS = 30.0
SECONDS = 5.0  # how soon a changed source shows
TICKET = re.compile(rb'(?<=data-records-ticket=")[^"]+(?=")')
THEMES = frozenset(("", "light", "dark"))

# What makes pages differ: agency, language, theme, text size, host.
Key = tuple[int, str, str, str, str]


@dataclass(frozen=True, slots=True)
class KnownReader:
    """A person who is known well enough for their own page."""

    agency_id: int
    contact: int
    level: int
    lang: str
    browser: str

    def ticket(self) -> bytes:
        """Return a signed ticket with which this person's browser opens the records stream."""
        return sign_ticket(self.agency_id, self.contact, "", self.level, self.lang, "", self.browser).encode()


@dataclass(frozen=True, slots=True)
class CachedPage:
    """The page in two parts, before and after the ticket."""

    headers: list[tuple[bytes, bytes]]
    before: bytes
    after: bytes
    drawn: float


@dataclass(frozen=True, slots=True, eq=False)
class RequestCredentials:
    """The parts of a request that identify the person."""

    host: str
    cookies: dict[str, str]
    accepted: str

    @property
    def token(self) -> str:
        """Return the token in the request's sign-in cookie, "" if there is none."""
        return self.cookies.get(COOKIE, "")

    @property
    def name(self) -> str:
        """Return the request's host name without port, or "" if it is not one of ours."""
        name, _port = split_domain_port(self.host)
        return name if name and validate_host(name, settings.ALLOWED_HOSTS) else ""


def identify_readers(batch: Sequence[RequestCredentials]) -> list[KnownReader | None]:
    """Return the signed-in person of each request, or None where Django's view must handle it.

    Call it in a thread. It takes two database queries a host, for any number of requests.
    """
    found: dict[RequestCredentials, KnownReader | None] = {}
    now = timezone.now()
    for name in {credentials.name for credentials in batch if credentials.token} - {""}:
        agency = agency_of_host(name)
        if agency is not None:
            with agency_scope(agency):
                here = {
                    credentials: token_digest(credentials.token)
                    for credentials in batch
                    if credentials.token and credentials.name == name
                }
                rows = SignIn.objects.open().select_related("contact__merged_into", "identity__contact__merged_into")
                by_digest = {row.digest: row for row in rows.filter(digest__in=here.values())}
                found |= {
                    credentials: identify_reader(by_digest.get(mine), credentials, now)
                    for credentials, mine in here.items()
                }
    return [found.get(credentials) for credentials in batch]


def identify_reader(row: SignIn | None, credentials: RequestCredentials, now: datetime) -> KnownReader | None:
    """Return the person of a sign-in if known well enough, or None if Django's view must handle it."""
    if row is None or is_over(row, now) or not may_sign_in(row.contact) or not is_own_address(row):
        return None
    level = level_now(row, now)
    if level < LEVEL or row.seen_at < now - SEEN_EVERY:
        return None
    return KnownReader(
        row.agency_id,
        row.contact.root().pk,
        level,
        find_language(credentials.cookies.get(settings.LANGUAGE_COOKIE_NAME, ""), credentials.accepted),
        credentials.token,
    )


class PageCache:
    """The cached pages of a process. ``identify_batch`` is `identify_readers`, run in a thread."""

    def __init__(
        self, identify_batch: Callable[[Sequence[RequestCredentials]], Awaitable[list[KnownReader | None]]]
    ) -> None:
        """Start empty; ``identify_batch`` finds the signed-in people of many requests at once."""
        self.identify_batch = identify_batch
        self.coming: list[tuple[RequestCredentials, asyncio.Future[KnownReader | None]]] = []
        self.worker: asyncio.Task[None] | None = None
        self.stored: dict[Key, CachedPage] = {}
        self.drawing: dict[Key, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def identify(self, credentials: RequestCredentials) -> KnownReader | None:
        """Return the signed-in person of this request or None; requests that come meanwhile share a query."""
        answer: asyncio.Future[KnownReader | None] = asyncio.get_running_loop().create_future()
        self.coming.append((credentials, answer))
        if self.worker is None or self.worker.done():
            self.worker = asyncio.create_task(self.identify_waiting())
        return await answer

    async def identify_waiting(self) -> None:
        """Find the signed-in people of the waiting requests, batch by batch, and wake those requests."""
        while self.coming:
            taken, self.coming = self.coming[:BATCH_MAX], self.coming[BATCH_MAX:]
            try:
                found = await self.identify_batch([credentials for credentials, _answer in taken])
            except Exception:  # Django's view shows what is wrong
                log.exception("nobody could be looked up")
                found = [None] * len(taken)
            for (_card, answer), one in zip(taken, found, strict=True):
                if not answer.done():  # the request may be cancelled
                    answer.set_result(one)

    async def send_page(self, who: KnownReader, host: str, look: tuple[str, str], page: Page, send: Send) -> None:
        """Send the cached records page with this person's ticket; ``page`` draws it if none is cached.

        While one request draws it anew, the others get the last one. ``look`` is the browser's theme and text size.
        """
        key = (who.agency_id, who.lang, *look, host)
        lock, page_copy = self.drawing[key], self.find_page(key, SECONDS)
        if page_copy is None and lock.locked():
            page_copy = self.find_page(key, STALE_SECONDS)
        if page_copy is None:
            async with lock:
                page_copy = self.find_page(key, SECONDS)
                if page_copy is None:
                    await page(CachingSend(self, key, send))
                    return
        ticket = who.ticket()
        size = len(page_copy.before) + len(ticket) + len(page_copy.after)
        headers = [*page_copy.headers, (b"content-length", str(size).encode())]
        await send_response(send, 200, headers, page_copy.before + ticket + page_copy.after)

    def find_page(self, key: Key, seconds: float) -> CachedPage | None:
        """Return the cached page of this key if it is younger than ``seconds``, else None."""
        found = self.stored.get(key)
        return found if found is not None and found.drawn > time.monotonic() - seconds else None


class CachingSend:
    """Passes Django's response on, and caches it if it is a plain page that sets no cookie."""

    def __init__(self, pages: PageCache, key: Key, send: Send) -> None:
        """Pass messages on to ``send``, and cache the page in ``pages`` under this key."""
        self.pages, self.key, self.send = pages, key, send
        self.start: Message = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        """Pass one ASGI message of the response on; cache the page after its last one."""
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                self.store()
        await self.send(message)

    def store(self) -> None:
        """Cache the page, split at its ticket, if it is a 200 without cookies."""
        names = {name for name, _value in self.start["headers"]}
        halves = TICKET.split(self.body)
        if self.start["status"] != 200 or b"set-cookie" in names or len(halves) != 2:
            return
        if len(self.pages.stored) >= PAGES_MAX:  # invented hosts must not fill the memory
            self.pages.stored.clear()
            self.pages.drawing.clear()
        headers = [(name, value) for name, value in self.start["headers"] if name != b"content-length"]
        self.pages.stored[self.key] = CachedPage(headers, halves[0], halves[1], time.monotonic())
