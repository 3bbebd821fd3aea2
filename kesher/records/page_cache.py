"""The page before anything came is nobody's: but for its ticket it is the same for everybody of an agency who reads the
same language. So it is drawn once in a while by Django, kept, and given to each with a ticket of his own.

A crowd's first paint costs a look at each one's sign-in, and nothing else. What is not so plain (a mandate, a message
to be shown, a sign-in that is not enough) goes to Django's view as ever.
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
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils import timezone, translation

from kesher.accounts.models import SignIn
from kesher.accounts.rules import SEEN_EVERY, is_over, leads_home, level_now, may_come_in
from kesher.accounts.services.sign_in import digest
from kesher.accounts.session_cookie import COOKIE
from kesher.agencies.middleware import agency_of_host
from kesher.core.scope import scope as agency_scope
from kesher.records.access import sign_ticket
from kesher.records.nojs_page import LEVEL

log = logging.getLogger("kesher.records")

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Page = Callable[[Send], Awaitable[None]]

MOST = 100
AT_ONCE = 100
LATEST = 30.0
SECONDS = 5.0  # how soon a source that was switched on or renamed shows
TICKET = re.compile(rb'(?<=data-records-ticket=")[^"]+(?=")')
THEMES = frozenset(("", "light", "dark"))

# Whatever makes one page differ from another: agency, language, theme, size of its letters, host.
Key = tuple[int, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """Whoever asks, known well enough for his own page."""

    agency_id: int
    contact: int
    level: int
    lang: str
    browser: str

    def ticket(self) -> bytes:
        return sign_ticket(self.agency_id, self.contact, "", self.level, self.lang, "", self.browser).encode()


@dataclass(frozen=True, slots=True)
class Shell:
    """The page in two halves, between which a ticket goes."""

    headers: list[tuple[bytes, bytes]]
    before: bytes
    after: bytes
    drawn: float


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """What a request says of who sent it."""

    host: str
    cookies: dict[str, str]
    accepted: str

    @property
    def token(self) -> str:
        return self.cookies.get(COOKIE, "")

    @property
    def name(self) -> str:
        """The host, where it is one of ours."""
        name, _port = split_domain_port(self.host)
        return name if name and validate_host(name, settings.ALLOWED_HOSTS) else ""


def known(cards: Sequence[Card]) -> list[Known | None]:
    """In a thread: who they are, in order; None for whomever Django's view has to see. Two queries a host, however many
    came at once."""
    found: dict[Card, Known | None] = {}
    now = timezone.now()
    for name in {card.name for card in cards if card.token} - {""}:
        agency = agency_of_host(name)
        if agency is not None:
            with agency_scope(agency):
                here = {card: digest(card.token) for card in cards if card.token and card.name == name}
                rows = SignIn.objects.open().select_related("contact__merged_into", "identity__contact__merged_into")
                by_digest = {row.digest: row for row in rows.filter(digest__in=here.values())}
                found |= {card: known_by(by_digest.get(mine), card, now) for card, mine in here.items()}
    return [found.get(card) for card in cards]


def known_by(row: SignIn | None, card: Card, now: datetime) -> Known | None:
    if row is None or is_over(row, now) or not may_come_in(row.contact) or not leads_home(row):
        return None
    level = level_now(row, now)
    if level < LEVEL or row.seen_at < now - SEEN_EVERY:
        return None
    return Known(row.agency_id, row.contact.root().pk, level, language(card.cookies, card.accepted), card.token)


def language(cookies: dict[str, str], accepted: str) -> str:
    """The reader's language, as the pages find it."""
    request = HttpRequest()
    request.COOKIES, request.META = cookies, {"HTTP_ACCEPT_LANGUAGE": accepted}
    return translation.get_language_from_request(request)[:2]


class Shells:
    """Those of a process. ``greet`` is `known`, in a thread."""

    def __init__(self, greet: Callable[[Sequence[Card]], Awaitable[list[Known | None]]]) -> None:
        self.greet = greet
        self.coming: list[tuple[Card, asyncio.Future[Known | None]]] = []
        self.greeter: asyncio.Task[None] | None = None
        self.kept: dict[Key, Shell] = {}
        self.drawing: dict[Key, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def who(self, card: Card) -> Known | None:
        """Who sent this card. Whoever comes while others are looked up is looked up with the next."""
        answer: asyncio.Future[Known | None] = asyncio.get_running_loop().create_future()
        self.coming.append((card, answer))
        if self.greeter is None or self.greeter.done():
            self.greeter = asyncio.create_task(self.look_up())
        return await answer

    async def look_up(self) -> None:
        while self.coming:
            taken, self.coming = self.coming[:AT_ONCE], self.coming[AT_ONCE:]
            try:
                found = await self.greet([card for card, _answer in taken])
            except Exception:  # Django's view says what is wrong
                log.exception("nobody could be looked up")
                found = [None] * len(taken)
            for (_card, answer), one in zip(taken, found, strict=True):
                if not answer.done():  # whoever waited may be gone
                    answer.set_result(one)

    async def show(self, who: Known, host: str, look: tuple[str, str], page: Page, send: Send) -> None:
        """The page with this person's ticket; ``page`` draws it where none is kept. While one draws it anew, the others
        get the one of a moment ago. ``look``: the theme and the size of the letters that this browser wants."""
        key = (who.agency_id, who.lang, *look, host)
        lock, shell = self.drawing[key], self.younger(key, SECONDS)
        if shell is None and lock.locked():
            shell = self.younger(key, LATEST)
        if shell is None:
            async with lock:
                shell = self.younger(key, SECONDS)
                if shell is None:
                    await page(Copy(self, key, send))
                    return
        ticket = who.ticket()
        size = len(shell.before) + len(ticket) + len(shell.after)
        headers = [*shell.headers, (b"content-length", str(size).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": shell.before + ticket + shell.after})

    def younger(self, key: Key, seconds: float) -> Shell | None:
        found = self.kept.get(key)
        return found if found is not None and found.drawn > time.monotonic() - seconds else None


class Copy:
    """Passes Django's answer on, and keeps it where it is the plain page: nothing of it sets a cookie."""

    def __init__(self, shells: Shells, key: Key, send: Send) -> None:
        self.shells, self.key, self.send = shells, key, send
        self.start: Message = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                self.keep()
        await self.send(message)

    def keep(self) -> None:
        names = {name for name, _value in self.start["headers"]}
        halves = TICKET.split(self.body)
        if self.start["status"] != 200 or b"set-cookie" in names or len(halves) != 2:
            return
        if len(self.shells.kept) >= MOST:  # whoever makes up hosts fills no memory
            self.shells.kept.clear()
            self.shells.drawing.clear()
        headers = [(name, value) for name, value in self.start["headers"] if name != b"content-length"]
        self.shells.kept[self.key] = Shell(headers, halves[0], halves[1], time.monotonic())
