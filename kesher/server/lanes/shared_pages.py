"""ASGI handler of pages that visitors share: each is made at most once a second, however many ask.

A view declares with `core.http.page_cache.shared_page` which parts of the query its page depends on. The key of a page
is that, the host, the path, the language and the look, and Django is asked for it without anything else of the
visitor's request. Whoever has a cookie besides those of the look gets a page of their own, made by Django as ever.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2s
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http import HttpRequest, parse_cookie
from django.urls import Resolver404, resolve
from django.utils import translation

from kesher.core.http.page_cache import CACHE_CONTROL, FLAG, Sharing
from kesher.core.http.text_size_cookie import COOKIE as TEXT_SIZE
from kesher.server.http import Message, Receive, Send, send_response

log = logging.getLogger("kesher.pages")

type Handler = Callable[[Message, Receive, Send], Awaitable[None]]

SECONDS = 1.0
PAGES_MAX = 500
LONGEST = 300  # bytes of a path, a query or a header that may become part of a key
THEME = "theme"
THEMES = frozenset(("light", "dark"))
IN_KEY = (b"host", b"accept-language", b"x-forwarded-proto")
# These change with every page although nothing else does. A browser that shows its copy asks for a new ticket itself.
LIVE = re.compile(rb' data-live-(?:ticket|since)="[^"]*"')
OF_NOT_MODIFIED = frozenset((b"cache-control", b"content-language", b"vary"))


class Key(NamedTuple):
    """What a shared page depends on. Nothing else of a request reaches its view."""

    host: bytes
    scheme: str
    forwarded: bytes
    path: str
    query: str
    language: str
    theme: str
    text: str
    fragment: bool  # htmx asks for a part of the page


@dataclass(frozen=True, slots=True)
class CachedPage:
    """A page as it is sent. ``asked_at``: when Django was asked for it. Without ``shared`` it must not be sent."""

    asked_at: float
    shared: bool = False
    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    etag: bytes = b""


class PageCache:
    """The handler and its pages; one for each process."""

    def __init__(self, draw: Handler) -> None:
        """Start empty; ``draw`` is the ASGI application that makes pages."""
        self.draw = draw
        self.pages: OrderedDict[Key, CachedPage] = OrderedDict()
        self.drawing: dict[Key, asyncio.Task[CachedPage]] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Send the shared page that a request asks for; let Django answer where there is none."""
        key = find_key(scope)
        page = await self.get_page(key, scope) if key is not None else None
        if page is not None and page.shared:
            await send_page(page, scope, send)
        else:
            await self.draw(scope, receive, send)

    async def get_page(self, key: Key, scope: Message) -> CachedPage:
        """Return the page of this key, at most a second old; those who ask while it is made wait for that one."""
        known = self.pages.get(key)
        if known is not None and known.asked_at + SECONDS > time.monotonic():
            return known
        making = self.drawing.get(key)
        if making is None:
            making = self.drawing[key] = asyncio.create_task(self.make_page(key, scope))
        return await asyncio.shield(making)  # one visitor who leaves must not end it for the others

    async def make_page(self, key: Key, scope: Message) -> CachedPage:
        """Ask Django for the page of this key, store it, and return it."""
        asked_at, answer = time.monotonic(), Answer()
        try:
            await self.draw(anonymous_scope(key, scope), empty_body(), answer)
            page = answer.build_page(asked_at)
        except Exception:  # then each visitor's own request shows what is wrong
            log.exception("a shared page could not be made")
            page = CachedPage(asked_at)
        finally:
            del self.drawing[key]
        self.pages[key] = page
        self.pages.move_to_end(key)
        while len(self.pages) > PAGES_MAX:  # invented hosts and queries must not fill the memory
            self.pages.popitem(last=False)
        return page


class Answer:
    """Collects a response of Django's (an ASGI ``send``)."""

    def __init__(self) -> None:
        """Start without a response."""
        self.start: Message = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        """Take one ASGI message of the response."""
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")

    def build_page(self, asked_at: float) -> CachedPage:
        """Return the response as a page: shared if its view says so and it sets no cookie, else a note that it is not.

        A page that does not exist, or not any more, is shared as well: a link to it may be in the news.
        """
        headers = list(self.start["headers"])
        plain = dict(headers)
        says_so = plain.get(b"cache-control") == CACHE_CONTROL.encode()
        if self.start["status"] not in (200, 404, 410) or not says_so or b"set-cookie" in plain:
            return CachedPage(asked_at)
        seen = b"%d %s" % (int(time.time()) // 3600, LIVE.sub(b"", self.body))  # live tickets age: an hour at most
        etag = b'W/"%s"' % blake2s(seen, digest_size=12).hexdigest().encode()
        return CachedPage(asked_at, True, self.start["status"], [*headers, (b"etag", etag)], self.body, etag)


async def send_page(page: CachedPage, scope: Message, send: Send) -> None:
    """Send a shared page; 304 to a browser that has it, and no body to HEAD."""
    status, headers, body = page.status, page.headers, page.body if scope["method"] == "GET" else b""
    if status == 200 and page.etag in header_of(scope, b"if-none-match"):
        status, body = 304, b""
        headers = [(b"etag", page.etag), *(pair for pair in headers if pair[0] in OF_NOT_MODIFIED)]
    await send_response(send, status, headers, body)


def find_key(scope: Message) -> Key | None:
    """Return the key of the shared page that a request asks for; None where Django must answer it itself."""
    path: str = scope["path"]
    asked: bytes = scope["query_string"]
    if scope["method"] not in ("GET", "HEAD") or len(path) > LONGEST or len(asked) > 2 * LONGEST:
        return None
    sharing = find_sharing(path)
    if sharing is None:
        return None
    headers = dict(scope["headers"])
    if b"authorization" in headers or any(len(headers.get(name, b"")) > LONGEST for name in IN_KEY):
        return None
    look = read_look(headers.get(b"cookie", b"").decode("latin-1"))
    query = find_query(asked.decode("latin-1"), sharing) if asked else ""
    if look is None or query is None:
        return None
    chosen, theme, text = look
    accepted = headers.get(b"accept-language", b"").decode("latin-1")
    return Key(
        headers.get(b"host", b""), scope.get("scheme", "http"), headers.get(b"x-forwarded-proto", b""), path, query,
        find_language(chosen, accepted), theme, text, b"hx-request" in headers,
    )  # fmt: skip


@lru_cache(maxsize=2000)
def find_sharing(path: str) -> Sharing | None:
    """Return what the view of this path declares; None if its pages are not shared."""
    try:
        found: Sharing | None = getattr(resolve(path).func, "sharing", None)
    except Resolver404:
        return None
    return found


@lru_cache(maxsize=1000)
def read_look(cookies: str) -> tuple[str, str, str] | None:
    """Return (language, theme, text size) of a Cookie header; None if one of its cookies may tell who it is.

    The CSRF cookie tells nobody anything, and a shared page does not use it.
    """
    jar = parse_cookie(cookies) if cookies else {}
    chosen, theme, text = (jar.pop(name, "") for name in (settings.LANGUAGE_COOKIE_NAME, THEME, TEXT_SIZE))
    jar.pop(settings.CSRF_COOKIE_NAME, None)
    if any(not name.startswith(settings.KESHER_FOREIGN_COOKIES) for name in jar):
        return None
    return chosen, theme if theme in THEMES else "", "large" if text == "large" else ""


def find_query(asked: str, sharing: Sharing) -> str | None:
    """Return the declared part of a query, in one order; None with a parameter for which the page is not shared."""
    pairs = parse_qsl(asked, keep_blank_values=True)
    if any(name in sharing.unless for name, _value in pairs):
        return None
    return urlencode(sorted(pair for pair in pairs if pair[0] in sharing.query))


@lru_cache(maxsize=1000)
def find_language(chosen: str, accepted: str) -> str:
    """Return a visitor's language by their cookie and Accept-Language header, as Django's middleware chooses it."""
    request = HttpRequest()
    request.COOKIES, request.META = {settings.LANGUAGE_COOKIE_NAME: chosen}, {"HTTP_ACCEPT_LANGUAGE": accepted}
    return translation.get_language_from_request(request)[:2]


def anonymous_scope(key: Key, scope: Message) -> Message:
    """Return the ASGI scope with which a shared page is asked for: of the request, only what its key has."""
    cookies = {settings.LANGUAGE_COOKIE_NAME: key.language, THEME: key.theme, TEXT_SIZE: key.text}
    jar = "; ".join(f"{name}={value}" for name, value in cookies.items() if value)
    headers = [(b"host", key.host), (b"cookie", jar.encode())]
    headers += [(b"x-forwarded-proto", key.forwarded)] if key.forwarded else []
    headers += [(b"hx-request", b"true")] if key.fragment else []
    server: Message = {
        name: scope[name] for name in ("type", "http_version", "server", "root_path", "asgi") if name in scope
    }
    return {
        **server, FLAG: True, "method": "GET", "scheme": key.scheme, "path": key.path,
        "query_string": key.query.encode(), "headers": headers, "client": None,
    }  # fmt: skip


def empty_body() -> Receive:
    """Return an ASGI ``receive`` of a request without a body, from a client that stays."""
    begun = False

    async def receive() -> Message:
        """Return the empty body; after that, wait for ever."""
        nonlocal begun
        if begun:
            await asyncio.Event().wait()
        begun = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


def header_of(scope: Message, name: bytes) -> bytes:
    """Return a header of a request; b"" if it has none."""
    return next((value for found, value in scope["headers"] if found == name), b"")
