"""ASGI handler of Django's pages: reads the body before it takes a thread, renders in one thread.

Twelve slow uploads or downloads on ten threads would block every page. So the event loop reads a request's body itself,
up to a size and within a time (`server.http`), into memory or (above a megabyte) into a file; only a
complete request gets a thread. That thread makes the whole answer, in memory or in a file, so loop and thread switch
once a page. The loop sends it and waits for slow readers without a thread. Files are read as they are sent. A
streaming response is made by that one thread, whose database connection it may hold.

On SQLite the pages of one process take turns: statements run inside the process, so two threads only take the
interpreter's lock from each other, at three times the context switches and 25 % more CPU. A page that takes longer than
TURN_SECONDS (it waits for a lock, a disk or another server) does not block the next. On PostgreSQL threads wait for the
server most of the time, and all of them are used.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from kesher.core.http.arrival_time import arrival
from kesher.core.http.page_cache import FLAG
from kesher.server.http import Message, Receive, Send, TooLarge, read_pieces, send_text, wait_for_disconnect
from kesher.server.requests_in_progress import UnderWay

THREADS = 10
TURN_SECONDS = 0.05
READING = frozenset(("GET", "HEAD", "OPTIONS"))
MEMORY = 1_000_000
PIECE = 262_144  # most pages and static files are smaller and are sent at once


class PageLane:
    """Django's WSGI application as an ASGI application that reads bodies first."""

    def __init__(self, application: Any, under_way: UnderWay | None = None) -> None:
        """Create the threads that run Django's WSGI `application`; on SQLite one page is made at a time."""
        self.django = application
        self.under_way = under_way or UnderWay()
        in_turns = connection.vendor == "sqlite"
        self.turns = asyncio.Semaphore(1 if in_turns else THREADS)
        self.threads = ThreadPoolExecutor(THREADS - in_turns, thread_name_prefix="page")
        self.first = ThreadPoolExecutor(1, thread_name_prefix="page-first") if in_turns else None
        self.last: asyncio.Future[Any] | None = None  # the first thread's latest work
        self.beside = 0  # how many other threads are at work
        self.cap = settings.KESHER_FILE_BYTES * 2

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Read an ASGI request's body, let Django make the page in a thread, and send it; 413 if too large."""
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self.cap:
            await self.refuse_large(send)
            return
        with SpooledTemporaryFile(max_size=MEMORY) as body:
            try:
                async for piece in read_pieces(receive, self.cap):
                    body.write(piece)
            except TimeoutError:
                await send_text(send, 408, b"The upload took too long. Please try again.")
                return
            except TooLarge:
                await self.refuse_large(send)
                return
            except ConnectionAbortedError:
                return
            size = body.tell()
            body.seek(0)
            moment = timezone.now()
            with nullcontext() if scope["method"] in READING else self.under_way.request(moment):
                # A context of its own: what the thread sets (language, agency) is invisible to other requests.
                page = await self.in_turn(copy_context().run, self.make, make_environ(scope, body, size), moment)
        await self.send(page, receive, send)

    async def refuse_large(self, send: Send) -> None:
        """Answer that the body is larger than this installation accepts."""
        await send_text(send, 413, f"At most {self.cap // 10**6} MB at once.".encode())

    async def in_turn(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run `work` in a thread when it is this request's turn, and return its result."""
        async with self.turns:
            making = self.begin(work, *args)
            await asyncio.wait([making], timeout=TURN_SECONDS)
        return await making

    def begin(self, work: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Start `work` in the first thread where it is free, else in another; return its future.

        The first thread's database connection has what earlier pages read in its cache. Where no other thread is free
        either, the first is the likeliest to be free soon.
        """
        if self.first and (self.last is None or self.last.done() or self.beside >= THREADS - 1):
            self.last = self.in_thread(self.first, work, *args)
            return self.last
        making = self.in_thread(self.threads, work, *args)
        self.beside += 1
        making.add_done_callback(self.done_beside)
        return making

    def done_beside(self, _made: asyncio.Future[Any]) -> None:
        """Count one thread fewer that works beside the first."""
        self.beside -= 1

    def in_thread(self, threads: ThreadPoolExecutor, work: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Run `work` in this pool of threads, and return its future."""
        return asyncio.get_running_loop().run_in_executor(threads, work, *args)

    def make(self, environ: Message, moment: datetime) -> Page:
        """Return the page that Django makes of a WSGI request, in this thread; a long body's rest is a file.

        ``moment``: when the whole request had arrived, before it waited for its turn.
        """
        page = Page()
        with arrival(moment), ExitStack() as closing:
            found = self.django(environ, page.start)
            if hasattr(found, "close"):
                closing.callback(found.close)
            if environ["REQUEST_METHOD"] == "HEAD":
                return page  # only the headers are sent
            file = getattr(found, "file_to_stream", None)
            if file is None and not getattr(found, "streaming", False):
                page.body = b"".join(found)
                return page
            if file is None:
                file = closing.enter_context(SpooledTemporaryFile(max_size=MEMORY))
                file.writelines(found)
                file.seek(0)
            page.body = read_piece(file)
            if len(page.body) == PIECE:
                page.rest, page.closing = file, closing.pop_all()
        return page

    async def send(self, page: Page, receive: Receive, send: Send) -> None:
        """Send a page as fast as the client reads it, and stop when the client disconnects."""
        gone = None if page.rest is None else asyncio.create_task(wait_for_disconnect(receive))
        try:
            await send({"type": "http.response.start", "status": page.status, "headers": page.headers})
            await send({"type": "http.response.body", "body": page.body, "more_body": gone is not None})
            while gone is not None and not gone.done():
                body = await self.in_thread(self.threads, read_piece, page.rest)
                more = len(body) == PIECE
                await send({"type": "http.response.body", "body": body, "more_body": more})
                if not more:
                    return
        finally:
            if gone is not None:
                gone.cancel()
                await self.in_thread(self.threads, page.closing.close)


@dataclass(slots=True)
class Page:
    """A response of Django's on its way to the event loop."""

    status: int = 500
    headers: Iterable[tuple[bytes, bytes]] = ()
    body: bytes = b""
    rest: IO[bytes] | None = None
    closing: ExitStack = field(default_factory=ExitStack)

    def start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        """Store the status and headers of the page (WSGI's ``start_response``, PEP 3333)."""
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def read_piece(file: IO[bytes]) -> bytes:
    """Return the next PIECE bytes of a file; fewer only at its end."""
    found = file.read(PIECE)
    while found and len(found) < PIECE and (more := file.read(PIECE - len(found))):
        found += more
    return found


def make_environ(scope: Message, body: IO[bytes], size: int) -> Message:
    """Return the WSGI environ of an ASGI request (PEP 3333).

    Headers with an underscore in their names are dropped: they would look like headers that a proxy may have set.
    """
    host, port = scope.get("server") or ("localhost", 80)
    client, client_port = scope.get("client") or ("", 0)
    root = scope.get("root_path", "")
    environ: Message = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root.encode().decode("latin-1"),
        "PATH_INFO": scope["path"].removeprefix(root).encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client,
        "REMOTE_PORT": str(client_port),
        "CONTENT_LENGTH": str(size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        FLAG: scope.get(FLAG, False),
    }
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1").upper().replace("-", "_")
        if name == "CONTENT_TYPE":
            environ[name] = value.decode("latin-1")
        elif name != "CONTENT_LENGTH" and b"_" not in raw:
            join = "; " if name == "COOKIE" else ","
            text, known = value.decode("latin-1"), environ.get(f"HTTP_{name}")
            environ[f"HTTP_{name}"] = text if known is None else f"{known}{join}{text}"
    return environ
