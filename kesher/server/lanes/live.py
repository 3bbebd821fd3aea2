"""ASGI handler that sends live events to browsers as Server-Sent Events.

One reader polls the database for the whole process, however many browsers listen.

An event is {id, stream, ref}. It only says that something changed; the browser then reads it again with its own
permissions. The address is ``/live/?ticket=…&since=…``: the ticket (`live.sign_live_ticket`) names the streams, and
``since``, or the Last-Event-ID header, asks for what was missed. A connection lasts as long as its ticket; the page
then asks for a new one.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict, deque
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async
from django.core import signing
from django.db import DatabaseError, close_old_connections, connection

from kesher.core.db.ids import is_number
from kesher.core.live.live_events import TICKET_SECONDS, read_ticket
from kesher.core.models import LiveEvent
from kesher.server.http import Message, Receive, Send, body_piece, event_stream, send_text

log = logging.getLogger("kesher.live")

POLL_SECONDS = 0.12
HEARTBEAT_SECONDS = 25.0
BACKLOG = 200
REPLAY = 500
# On PostgreSQL a smaller id may be committed after a larger one: read a few again and drop those already seen.
OVERLAP = 200

Found = tuple[int, int, str, str]


class Listener:
    """An open stream: what it listens to, and the events it has not been sent yet."""

    __slots__ = ("agency_id", "pending", "streams", "wake")

    def __init__(self, agency_id: int, streams: frozenset[str]) -> None:
        """Start with an empty queue, for one connection that follows these streams of an agency."""
        self.agency_id = agency_id
        self.streams = streams
        self.pending: deque[Found] = deque()
        self.wake = asyncio.Event()

    def hear(self, event: Found) -> None:
        """Queue an event for this connection; a slow client gets one "resync" instead of a growing queue."""
        if len(self.pending) >= BACKLOG:
            self.pending.clear()
            self.pending.append((event[0], self.agency_id, "resync", ""))
        else:
            self.pending.append(event)
        self.wake.set()


class LiveLane:
    """The ASGI handler with its reader."""

    def __init__(self) -> None:
        """Start without listeners and without the task that polls for events."""
        self.listeners: dict[tuple[int, str], set[Listener]] = defaultdict(set)
        self.last = 0
        self.seen: deque[int] = deque(maxlen=4 * OVERLAP)
        self.reader: asyncio.Task[None] | None = None
        self.closing = False

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request for live updates as an event stream; 401 without a valid ticket, 405 unless a plain GET.

        401: the page must fetch a new ticket. An EventSource would give up, so `kesher.js` opens a new one. 405: a
        listener sends no body, and the server does not wait for one.
        """
        headers = dict(scope["headers"])
        has_body = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
        if scope.get("method", "GET") != "GET" or has_body:
            await send_text(send, 405)
            return
        query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
        try:
            agency_id, streams = read_ticket(query.get("ticket", ""))
        except (signing.BadSignature, ValueError):
            await send_text(send, 401)
            return
        since = headers.get(b"last-event-id", b"").decode("latin-1") or query.get("since", "")
        listener = Listener(agency_id, streams)
        self.join(listener)
        try:
            async with event_stream(receive, send) as gone:
                await send(body_piece(b"retry: 2000\n\n"))
                if is_number(since):
                    await self.replay(listener, int(since))
                await self.feed(listener, send, gone)
        finally:
            self.part(listener)

    def join(self, listener: Listener) -> None:
        """Add a listener, and start the task that polls the database if it does not run."""
        for stream in listener.streams:
            self.listeners[listener.agency_id, stream].add(listener)
        if self.reader is None or self.reader.done():
            self.reader = asyncio.create_task(self.read())

    def part(self, listener: Listener) -> None:
        """Remove a listener whose connection ended."""
        for stream in listener.streams:
            key = (listener.agency_id, stream)
            self.listeners[key].discard(listener)
            if not self.listeners[key]:
                del self.listeners[key]

    async def replay(self, listener: Listener, since: int) -> None:
        """Queue the events after id `since` for a listener; if there are too many, one "resync"."""
        events = await sync_to_async(find_missed_events, thread_sensitive=False)(
            listener.agency_id, listener.streams, since
        )
        if len(events) > REPLAY:
            events = [(events[-1][0], listener.agency_id, "resync", "")]
        for event in events:
            listener.hear(event)

    async def feed(self, listener: Listener, send: Send, gone: asyncio.Task[None]) -> None:
        """Send events to a listener until it disconnects or its ticket ends."""
        loop = asyncio.get_running_loop()
        end = loop.time() + TICKET_SECONDS
        while not gone.done() and not self.closing and loop.time() < end:
            try:
                await asyncio.wait_for(listener.wake.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                await send(body_piece(b": still here\n\n"))
                continue
            listener.wake.clear()
            lines = b"".join(format_event(listener.pending.popleft()) for _ in range(len(listener.pending)))
            if lines:
                await send(body_piece(lines))

    async def read(self) -> None:
        """Poll the database for new events while there are listeners, and queue each event for its listeners."""
        newest = sync_to_async(newest_id, thread_sensitive=False)
        fresh = sync_to_async(find_new_events, thread_sensitive=False)
        self.last = max(self.last, await newest())
        while self.listeners:
            try:
                events = await fresh(self.last)
            except DatabaseError as error:
                log.warning("live events could not be read: %s", error)
                await asyncio.sleep(1)
                continue
            for event in events:
                if event[0] in self.seen:
                    continue
                self.seen.append(event[0])
                self.last = max(self.last, event[0])
                for listener in tuple(self.listeners.get((event[1], event[2]), ())):
                    listener.hear(event)
            await asyncio.sleep(POLL_SECONDS)

    def close(self) -> None:
        """End every open event stream, so that the server can stop."""
        self.closing = True
        for listeners in self.listeners.values():
            for listener in listeners:
                listener.wake.set()


def format_event(event: Found) -> bytes:
    """Return an event in the format of Server-Sent Events."""
    number, _agency, stream, ref = event
    name = "event: resync\n" if stream == "resync" else ""
    return f"id: {number}\n{name}data: {json.dumps({'id': number, 'stream': stream, 'ref': ref})}\n\n".encode()


def newest_id() -> int:
    """Return the id of the newest live event; 0 if there is none."""
    close_old_connections()
    return LiveEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0


def find_new_events(last: int) -> list[Found]:
    """Return the live events of all agencies with an id above `last`, oldest first."""
    behind = OVERLAP if connection.vendor == "postgresql" else 0
    rows = LiveEvent.objects.filter(id__gt=last - behind).order_by("id")
    return list(rows.values_list("id", "agency_id", "stream", "ref")[: 20 * BACKLOG])


def find_missed_events(agency_id: int, streams: frozenset[str], since: int) -> list[Found]:
    """Return an agency's events in these streams after `since`, oldest first."""
    close_old_connections()
    rows = LiveEvent.objects.filter(agency_id=agency_id, stream__in=streams, id__gt=since).order_by("id")
    return list(rows.values_list("id", "agency_id", "stream", "ref")[: REPLAY + 1])
