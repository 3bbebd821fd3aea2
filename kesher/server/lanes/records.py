"""ASGI handler that streams the answers of the record sources to a page as they arrive.

``/records/stream/?ticket=…`` (server-sent events): ``section`` {code, final, html} for each source as it answers,
``end`` {summary} when all have, or their time is over. ``/records/all/`` waits here for three seconds at most before it
takes a page thread: the view then finds the envelopes (`no_javascript_page.py`).

Sections are drawn in one thread for all people, so that a crowd's first paint comes before the tables. ``/records/``
itself is served by `lanes/records_page.py`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
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
from kesher.core.db.agency_scope import scope as agency_scope
from kesher.core.http.text_size_cookie import COOKIE as TEXT_SIZE
from kesher.records import no_javascript_page, services
from kesher.records.models import RecordSource
from kesher.records.presenters import section_context, summary_context
from kesher.records.record_access import Access, Ticket, read_ticket
from kesher.records.record_findings import word_stems
from kesher.records.source_selection import load_cached_readings, sources_with_health
from kesher.records.sources.fetcher import Fetcher
from kesher.records.sources.readings import SHOWN_STATUSES, CachedReadings, Envelope, Outcome, Plan
from kesher.server.http import Message, Receive, Send, body_piece, event_stream, send_text
from kesher.server.lanes import records_page
from kesher.server.lanes.records_page import PageCache

log = logging.getLogger("kesher.records")

PAGE = "/records/"
PATH = "/records/stream/"
WHOLE = "/records/all/"
KEEP_EVERY = 0.25


@dataclass(frozen=True, slots=True)
class StreamContext:
    """What a stream reads from the database at its start."""

    ticket: Ticket
    access: Access
    plan: Plan
    cached: CachedReadings
    sources: dict[str, RecordSource]


class RecordsLane:
    """The ASGI handler of a process, with its fetcher and its page cache."""

    def __init__(self) -> None:
        """Create the thread pools, the page cache and the fetcher of this server process."""
        self.identifying = ThreadPoolExecutor(1, thread_name_prefix="records-greet")
        self.reading = ThreadPoolExecutor(1, thread_name_prefix="records-read")
        self.drawing = ThreadPoolExecutor(1, thread_name_prefix="records-draw")
        self.pages = PageCache(lambda batch: self.run_in_thread(self.identifying, records_page.identify_readers, batch))
        self.coming = 0  # requests whose page is not sent yet
        self.fetcher = Fetcher(self.queue_outcome)
        self.pending: list[Outcome] = []
        self.writer: asyncio.Task[None] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve the stream of a records page: a section as soon as its source answers; 401 without a valid ticket."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        try:
            ticket = read_ticket(query.get("ticket", [""])[-1], read_cookies(scope).get(COOKIE, ""))
        except (signing.BadSignature, ValueError, TypeError):
            await send_text(send, 401)
            return
        await self.wait_for_first_paints()
        prepared = await self.run_in_thread(self.reading, prepare_stream, ticket)
        if prepared is None:
            await send_text(send, 401)
            return
        async with event_stream(receive, send) as gone:
            await self.stream_sections(prepared, send, gone)

    async def serve_page(self, scope: Message, send: Send, draw: records_page.Page) -> None:
        """Serve the records page from the cache; ``draw`` runs Django's view for the same request."""
        plain, jar = dict(scope["headers"]), read_cookies(scope)
        theme = jar.get("theme", "")
        if scope["method"] != "GET" or scope["query_string"] or "messages" in jar or theme not in records_page.THEMES:
            await draw(send)
            return
        size = "large" if jar.get(TEXT_SIZE) == "large" else ""  # as page.html reads it
        host, accepted = plain.get(b"host", b"").decode("latin-1"), plain.get(b"accept-language", b"").decode("latin-1")
        self.coming += 1
        try:
            who = await self.pages.identify(records_page.RequestCredentials(host, jar, accepted))
            if who is None:
                await draw(send)
            else:
                await self.pages.send_page(who, host, (theme, size), draw, send)
        finally:
            self.coming -= 1

    async def wait_for_first_paints(self) -> None:
        """Wait while other requests' first pages are being served, for a second at most."""
        for _pause in range(50):
            if not self.coming:
                return
            await asyncio.sleep(0.02)

    async def stream_sections(self, prepared: StreamContext, send: Send, gone: asyncio.Task[None]) -> None:
        """Send an event for each source's section, then the end. If the reader leaves, the reads go on."""
        found: dict[str, Envelope] = {}
        async for envelope in self.fetcher.stream(prepared.plan, prepared.cached):
            if gone.done():
                return
            found[envelope.code] = envelope
            await self.wait_for_first_paints()
            await send(await self.run_in_thread(self.drawing, render_section_event, prepared, envelope))
        await send(await self.run_in_thread(self.drawing, render_summary_event, prepared, list(found.values())))

    async def attach_envelopes(self, scope: Message) -> Message:
        """Read the sources for a page without JavaScript; return the request with a header that names the results.

        The name is in a header; one that the client sent is removed.
        """
        ours = no_javascript_page.HEADER.lower().encode()
        headers = [(name, value) for name, value in scope["headers"] if name != ours]
        scope = {**scope, "headers": headers}
        jar, plain = read_cookies(scope), dict(headers)
        language = plain.get(b"accept-language", b"").decode("latin-1")
        chosen = jar.get(settings.LANGUAGE_COOKIE_NAME, "")
        host, query = plain.get(b"host", b"").decode("latin-1"), scope["query_string"].decode("latin-1")
        found = await self.run_in_thread(
            self.reading, no_javascript_page.prepare_page, host, jar.get(COOKIE, ""), (chosen, language), query
        )
        if found is None:
            return scope
        envelopes = await self.fetcher.collect(found.plan, found.cached, budget=no_javascript_page.SECONDS)
        name = no_javascript_page.store_envelopes(found.access, envelopes)
        return {**scope, "headers": [*headers, (ours, name.encode())]}

    def queue_outcome(self, outcome: Outcome) -> None:
        """Queue the outcome of a read to be cached soon, many in one transaction."""
        self.pending.append(outcome)
        if self.writer is None or self.writer.done():
            self.writer = asyncio.create_task(self.store_outcomes())

    async def store_outcomes(self) -> None:
        """Cache the queued outcomes of reads until none is left."""
        while self.pending:
            await asyncio.sleep(KEEP_EVERY)
            taken, self.pending = self.pending, []
            try:
                await self.run_in_thread(self.reading, cache_outcomes, taken)
            except Exception:  # what is not cached is read again
                log.exception("readings were not kept")

    async def run_in_thread(self, pool: ThreadPoolExecutor, work: Callable[..., Any], *args: Any) -> Any:
        """Run blocking work in a thread of this pool, with a fresh database connection; return its result."""
        return await asyncio.get_running_loop().run_in_executor(pool, with_fresh_connection, work, *args)

    def begin(self) -> None:
        """Load the Hebrew dictionary in the background: the findings of the summary need it.

        Not in ``__init__``: that may run in a process from which the server's is forked, and threads are not.
        """
        self.drawing.submit(word_stems, "דירה")

    def close(self) -> None:
        """Cancel the reads of sources, and stop the thread pools."""
        for task in (*self.fetcher.reading.values(), *self.fetcher.stubborn):
            task.cancel()
        self.identifying.shutdown(wait=False)
        self.reading.shutdown(wait=False)
        self.drawing.shutdown(wait=False)


def with_fresh_connection(work: Callable[..., Any], *args: Any) -> Any:
    """Return the result of this work, run here without reusing a stale database connection."""
    close_old_connections()
    return work(*args)


def read_cookies(scope: Message) -> dict[str, str]:
    """Return the request's cookies, as Django reads them."""
    return parse_cookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))


def prepare_stream(ticket: Ticket) -> StreamContext | None:
    """Log that the person looks at their records, and return the sources to stream; None for an invalid ticket.

    The access is recorded before anything is shown.
    """
    with agency_scope(ticket.agency_id), translation.override(ticket.lang):
        access = ticket.find_access()
        if access is None:
            return None
        rows = {row.code: row for row in sources_with_health()}
        plan = access.plan(ticket.lang, ticket.again, rows.values())
        codes = [order.code for order in plan.orders if not order.gate]
        services.record_look(access.contact, access.viewer, codes, mandate=access.mandate)
        return StreamContext(ticket, access, plan, load_cached_readings(plan), rows)


def render_section_event(prepared: StreamContext, envelope: Envelope) -> Message:
    """Return the server-sent event of a source's section; one that cannot be drawn shows an error."""
    try:
        return section_event(prepared, envelope)
    except Exception:
        log.exception("the section of %s could not be drawn", envelope.code)
        return section_event(prepared, Envelope(envelope.code, "error", why="drawing"))


def section_event(prepared: StreamContext, envelope: Envelope) -> Message:
    """Return the server-sent event with the HTML of a source's section."""
    with agency_scope(prepared.ticket.agency_id), translation.override(prepared.ticket.lang):
        context = section_context(prepared.sources[envelope.code], envelope, prepared.access)
        html = render_to_string("records/_section.html", {"item": context})
    return server_sent_event("section", {"code": envelope.code, "final": envelope.final, "html": html})


def render_summary_event(prepared: StreamContext, envelopes: list[Envelope]) -> Message:
    """Return the server-sent event with the HTML of the summary and what ends the stream."""
    with agency_scope(prepared.ticket.agency_id), translation.override(prepared.ticket.lang):
        context = summary_context(envelopes, prepared.sources, prepared.access)
        html = render_to_string("records/_summary.html", {"sum": context})
    return server_sent_event(
        "end", {"html": html, "shown": len([one for one in envelopes if one.status in SHOWN_STATUSES])}
    )


def server_sent_event(name: str, data: dict[str, Any]) -> Message:
    """Return a server-sent event (``name``, ``data`` as JSON) as an ASGI message."""
    return body_piece(f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode())


def cache_outcomes(outcomes: list[Outcome]) -> None:
    """Cache what reads returned, agency by agency. Call it in a thread."""
    for agency_id in {outcome.order.info.agency_id for outcome in outcomes}:
        with agency_scope(agency_id):
            services.cache_readings(one for one in outcomes if one.order.info.agency_id == agency_id)
