"""The records lane: what the sources say, streamed to a page as it comes. A native ASGI handler; no thread is held.

``/records/stream/?ticket=…`` (Server-Sent Events): ``section`` {code, final, html} for each source as it answers,
``end`` {summary} when all have, or their time is over. ``/records/all/`` waits here for at most three seconds, and only
then takes a page's thread: the view finds what came on the lane's board.

Sections are drawn in one thread, whoever they are for: of ten threads that draw pages it is the eleventh, so that a
crowd's first paint comes before anybody's tables. ``/records/`` itself is `page_cache.py`'s.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.core import signing
from django.db import close_old_connections
from django.http import parse_cookie
from django.template.loader import render_to_string
from django.utils import translation

from kesher.accounts.session_cookie import COOKIE
from kesher.core.scope import scope as agency_scope
from kesher.core.text_size import COOKIE as TEXT_SIZE
from kesher.records import nojs_page, page_cache, services
from kesher.records.access import Sight, Ticket, read_ticket
from kesher.records.fetcher import Runner
from kesher.records.insights import plain
from kesher.records.lookup_results import SHOWN, Envelope, Outcome, Plan, Shelf
from kesher.records.models import RecordSource
from kesher.records.page_cache import Shells
from kesher.records.presenters import section, summary
from kesher.records.query_plan import shelf_of, sources

log = logging.getLogger("kesher.records")

Message = dict[str, Any]
Receive = Callable[[], Coroutine[Any, Any, Message]]
Send = Callable[[Message], Awaitable[None]]

PAGE = "/records/"
PATH = "/records/stream/"
WHOLE = "/records/all/"
KEEP_EVERY = 0.25
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a stream needs of the database, read at its beginning."""

    ticket: Ticket
    sight: Sight
    plan: Plan
    shelf: Shelf
    sources: dict[str, RecordSource]


class RecordsLane:
    """The handler, its runner and its keeper. One per process."""

    def __init__(self) -> None:
        self.greeting = ThreadPoolExecutor(1, thread_name_prefix="records-greet")
        self.reading = ThreadPoolExecutor(1, thread_name_prefix="records-read")
        self.drawing = ThreadPoolExecutor(1, thread_name_prefix="records-draw")
        self.shells = Shells(lambda cards: self.in_thread(self.greeting, page_cache.known, cards))
        self.coming = 0  # people whose page is not there yet
        self.runner = Runner(self.note)
        self.noted: list[Outcome] = []
        self.keeper: asyncio.Task[None] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        try:
            ticket = read_ticket(query.get("ticket", [""])[-1], cookies_of(scope).get(COOKIE, ""))
        except (signing.BadSignature, ValueError, TypeError):
            await refuse(send)
            return
        await self.calm()
        prepared = await self.in_thread(self.reading, prepare, ticket)
        if prepared is None:
            await refuse(send)
            return
        gone = asyncio.create_task(until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await self.tell(prepared, send, gone)
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()

    async def page(self, scope: Message, send: Send, draw: page_cache.Page) -> None:
        """One's own page before anything came; ``draw`` is Django's answer to the same request."""
        plain, jar = dict(scope["headers"]), cookies_of(scope)
        theme = jar.get("theme", "")
        if scope["method"] != "GET" or scope["query_string"] or "messages" in jar or theme not in page_cache.THEMES:
            await draw(send)
            return
        size = "large" if jar.get(TEXT_SIZE) == "large" else ""  # as page.html reads it
        host, accepted = plain.get(b"host", b"").decode("latin-1"), plain.get(b"accept-language", b"").decode("latin-1")
        self.coming += 1
        try:
            who = await self.shells.who(page_cache.Card(host, jar, accepted))
            if who is None:
                await draw(send)
            else:
                await self.shells.show(who, host, (theme, size), draw, send)
        finally:
            self.coming -= 1

    async def calm(self) -> None:
        """Waits while people come in, for a second at most: their pages before anybody's tables."""
        for _pause in range(50):
            if not self.coming:
                return
            await asyncio.sleep(0.02)

    async def tell(self, prepared: Prepared, send: Send, gone: asyncio.Task[None]) -> None:
        """Section after section, then the end. Whoever leaves is told nothing more; the reads go on and are kept."""
        found: dict[str, Envelope] = {}
        async for envelope in self.runner.stream(prepared.plan, prepared.shelf):
            if gone.done():
                return
            found[envelope.code] = envelope
            await self.calm()
            await send(await self.in_thread(self.drawing, draw_section, prepared, envelope))
        await send(await self.in_thread(self.drawing, draw_end, prepared, list(found.values())))

    async def passed(self, scope: Message) -> Message:
        """A request of the whole page, after its sources were waited for: the same request, with the name under which
        what came lies on the board. Whoever sends such a name himself is not believed."""
        headers = [(name, value) for name, value in scope["headers"] if name != nojs_page.HEADER.lower().encode()]
        scope = {**scope, "headers": headers}
        jar, plain = cookies_of(scope), dict(headers)
        language = plain.get(b"accept-language", b"").decode("latin-1")
        chosen = jar.get(settings.LANGUAGE_COOKIE_NAME, "")
        host, query = plain.get(b"host", b"").decode("latin-1"), scope["query_string"].decode("latin-1")
        found = await self.in_thread(
            self.reading, nojs_page.asked, host, jar.get(COOKIE, ""), (chosen, language), query
        )
        if found is None:
            return scope
        envelopes = await self.runner.collect(found.plan, found.shelf, budget=nojs_page.SECONDS)
        name = nojs_page.lay(found.sight, envelopes)
        return {**scope, "headers": [*headers, (nojs_page.HEADER.lower().encode(), name.encode())]}

    def note(self, outcome: Outcome) -> None:
        """What was read is kept soon, many readings in one transaction."""
        self.noted.append(outcome)
        if self.keeper is None or self.keeper.done():
            self.keeper = asyncio.create_task(self.keep())

    async def keep(self) -> None:
        while self.noted:
            await asyncio.sleep(KEEP_EVERY)
            taken, self.noted = self.noted, []
            try:
                await self.in_thread(self.reading, keep_all, taken)
            except Exception:  # what is not kept is read again
                log.exception("readings were not kept")

    async def in_thread(self, pool: ThreadPoolExecutor, work: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(pool, connected, work, *args)

    def begin(self) -> None:
        """Findings ask the Hebrew dictionary, which takes a while to read: now, and not while somebody waits. Not when
        the lane is made: that may be in a process from which the server's is forked, and threads are not."""
        self.drawing.submit(plain, "דירה")

    def close(self) -> None:
        for task in (*self.runner.reading.values(), *self.runner.stubborn):
            task.cancel()
        self.greeting.shutdown(wait=False)
        self.reading.shutdown(wait=False)
        self.drawing.shutdown(wait=False)


def connected(work: Callable[..., Any], *args: Any) -> Any:
    """In a thread: a connection that went stale between two people is not used."""
    close_old_connections()
    return work(*args)


def cookies_of(scope: Message) -> dict[str, str]:
    """What the browser sent, as Django reads it."""
    return parse_cookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))


def prepare(ticket: Ticket) -> Prepared | None:
    """In a thread: whose things, what to ask, what is kept; the look is written before anything is shown."""
    with agency_scope(ticket.agency_id), translation.override(ticket.lang):
        sight = ticket.sight()
        if sight is None:
            return None
        rows = {row.code: row for row in sources()}
        plan = sight.plan(ticket.lang, ticket.again, rows.values())
        codes = [order.code for order in plan.orders if not order.gate]
        services.note_look(sight.contact, sight.viewer, codes, mandate=sight.mandate)
        return Prepared(ticket, sight, plan, shelf_of(plan), rows)


def draw_section(prepared: Prepared, envelope: Envelope) -> Message:
    """What cannot be drawn is shown as a source that did not answer; the others are not affected."""
    try:
        return drawn(prepared, envelope)
    except Exception:
        log.exception("the section of %s could not be drawn", envelope.code)
        return drawn(prepared, Envelope(envelope.code, "error", why="drawing"))


def drawn(prepared: Prepared, envelope: Envelope) -> Message:
    with agency_scope(prepared.ticket.agency_id), translation.override(prepared.ticket.lang):
        context = section(prepared.sources[envelope.code], envelope, prepared.sight)
        html = render_to_string("records/_section.html", {"item": context})
    return event("section", {"code": envelope.code, "final": envelope.final, "html": html})


def draw_end(prepared: Prepared, envelopes: list[Envelope]) -> Message:
    with agency_scope(prepared.ticket.agency_id), translation.override(prepared.ticket.lang):
        context = summary(envelopes, prepared.sources, prepared.sight)
        html = render_to_string("records/_summary.html", {"sum": context})
    return event("end", {"html": html, "shown": len([one for one in envelopes if one.status in SHOWN])})


def event(name: str, data: dict[str, Any]) -> Message:
    body = f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
    return {"type": "http.response.body", "body": body, "more_body": True}


def keep_all(outcomes: list[Outcome]) -> None:
    """In a thread: agency by agency."""
    for agency_id in {outcome.order.info.agency_id for outcome in outcomes}:
        with agency_scope(agency_id):
            services.keep(one for one in outcomes if one.order.info.agency_id == agency_id)


async def refuse(send: Send) -> None:
    await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
