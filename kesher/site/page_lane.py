"""The page lane: the body is read *before* a thread is taken, and one thread makes the whole answer.

Twelve slow uploads on ten threads would freeze every page, and so would twelve slow downloads. So the event loop reads
a request's body itself, up to a cap and with patience that ends (`core.request_body`), into memory or (past a
megabyte) a file; only a whole request gets a thread. That thread makes the whole answer, so that loop and thread change
hands once a page; the loop sends it, and waits for the reader without a thread. A file is read as it is sent. What
Django makes piece by piece is made by that one thread, whose database connection it may hold, into memory or a file,
and sent from there.

On SQLite the pages of one process are made in turns: its statements are the process's own work, so that two threads at
it only take the interpreter's lock from each other, at three times the context switches and a quarter more CPU. A page
that is not made within TURN_SECONDS (it waits for a lock, a disk or another server) keeps nobody: the next one begins
beside it. On PostgreSQL a thread waits for the server most of the time, and all of them are needed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable
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

from kesher.channels.base import Reply
from kesher.conversations.intake.lane import answer
from kesher.core.arrival import arrival
from kesher.core.live_lane import until_gone
from kesher.core.request_body import pieces
from kesher.site.requests_in_progress import UnderWay

Message = dict[str, Any]
Receive = Callable[[], Coroutine[Any, Any, Message]]
Send = Callable[[Message], Awaitable[None]]

THREADS = 10
TURN_SECONDS = 0.05
READING = frozenset(("GET", "HEAD", "OPTIONS"))
MEMORY = 1_000_000
PIECE = 262_144  # most pages and static files are smaller, and go out at once


class TooLarge(Exception):
    """More than this installation takes in one request."""


class PageLane:
    """Django's WSGI application behind a gate that reads bodies."""

    def __init__(self, application: Any, under_way: UnderWay | None = None) -> None:
        self.django = application
        self.under_way = under_way or UnderWay()
        in_turns = connection.vendor == "sqlite"
        self.turns = asyncio.Semaphore(1 if in_turns else THREADS)
        self.threads = ThreadPoolExecutor(THREADS - in_turns, thread_name_prefix="page")
        self.first = ThreadPoolExecutor(1, thread_name_prefix="page-first") if in_turns else None
        self.last: asyncio.Future[Any] | None = None  # what the first thread made last, or makes
        self.beside = 0  # pages that the others make
        self.cap = settings.KESHER_FILE_BYTES * 2

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self.cap:
            await answer(send, Reply(413, f"At most {self.cap // 10**6} MB at once.".encode()))
            return
        with SpooledTemporaryFile(max_size=MEMORY) as body:
            try:
                await self.read(body, receive)
            except TimeoutError:
                await answer(send, Reply(408, b"The upload took too long. Please try again."))
                return
            except TooLarge:
                await answer(send, Reply(413, f"At most {self.cap // 10**6} MB at once.".encode()))
                return
            except ConnectionAbortedError:
                return
            size = body.tell()
            body.seek(0)
            moment = timezone.now()
            with nullcontext() if scope["method"] in READING else self.under_way.request(moment):
                # One request's context: what its thread sets (language, agency), no other request sees.
                page = await self.in_turn(copy_context().run, self.make, environ_of(scope, body, size), moment)
        await self.send(page, receive, send)

    async def in_turn(self, work: Callable[..., Any], *args: Any) -> Any:
        """What the work gives, made in a thread; its turn ends with it or after TURN_SECONDS."""
        async with self.turns:
            making = self.begin(work, *args)
            await asyncio.wait([making], timeout=TURN_SECONDS)
        return await making

    def begin(self, work: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """By the first thread where there is one and it is free: its connection still has in its cache what the page
        before read. Or where no other is free: then it is the likeliest to be so soon."""
        if self.first and (self.last is None or self.last.done() or self.beside >= THREADS - 1):
            self.last = self.in_thread(self.first, work, *args)
            return self.last
        making = self.in_thread(self.threads, work, *args)
        self.beside += 1
        making.add_done_callback(self.done_beside)
        return making

    def done_beside(self, _made: asyncio.Future[Any]) -> None:
        self.beside -= 1

    def in_thread(self, threads: ThreadPoolExecutor, work: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().run_in_executor(threads, work, *args)

    def make(self, environ: Message, moment: datetime) -> Page:
        """Runs Django; in a thread. What is left to send of a long answer is a file, which any thread may read.
        ``moment``: when the whole request was here, before it waited for its turn."""
        page = Page()
        with arrival(moment), ExitStack() as closing:
            found = self.django(environ, page.start)
            if hasattr(found, "close"):
                closing.callback(found.close)
            if environ["REQUEST_METHOD"] == "HEAD":
                return page  # its head is the answer: nobody would read the rest
            file = getattr(found, "file_to_stream", None)
            if file is None and not getattr(found, "streaming", False):
                page.body = b"".join(found)
                return page
            if file is None:
                file = closing.enter_context(SpooledTemporaryFile(max_size=MEMORY))
                file.writelines(found)
                file.seek(0)
            page.body = fill(file)
            if len(page.body) == PIECE:
                page.rest, page.closing = file, closing.pop_all()
        return page

    async def send(self, page: Page, receive: Receive, send: Send) -> None:
        """The answer, as fast as its reader takes it; no further once he has gone."""
        gone = None if page.rest is None else asyncio.create_task(until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": page.status, "headers": page.headers})
            await send({"type": "http.response.body", "body": page.body, "more_body": gone is not None})
            while gone is not None and not gone.done():
                body = await self.in_thread(self.threads, fill, page.rest)
                more = len(body) == PIECE
                await send({"type": "http.response.body", "body": body, "more_body": more})
                if not more:
                    return
        finally:
            if gone is not None:
                gone.cancel()
                await self.in_thread(self.threads, page.closing.close)

    async def read(self, body: IO[bytes], receive: Receive) -> None:
        """The body into a file. Raises TooLarge, and what `pieces` raises."""
        size = 0
        async for piece in pieces(receive):
            size += len(piece)
            if size > self.cap:
                raise TooLarge
            body.write(piece)


@dataclass(slots=True)
class Page:
    """An answer of Django's on its way to the event loop."""

    status: int = 500
    headers: Iterable[tuple[bytes, bytes]] = ()
    body: bytes = b""
    rest: IO[bytes] | None = None
    closing: ExitStack = field(default_factory=ExitStack)

    def start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        """WSGI's ``start_response`` (PEP 3333)."""
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def fill(file: IO[bytes]) -> bytes:
    """The next PIECE bytes; fewer only at the end, also of a file that gives less than it is asked for."""
    found = file.read(PIECE)
    while found and len(found) < PIECE and (more := file.read(PIECE - len(found))):
        found += more
    return found


def environ_of(scope: Message, body: IO[bytes], size: int) -> Message:
    """The request as WSGI says it (PEP 3333). A header whose name has an underscore is left out: it would look like
    another one, which a proxy may have set."""
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
