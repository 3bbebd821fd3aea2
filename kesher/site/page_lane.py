"""The page lane: the body is read *before* a thread is taken.

Twelve slow uploads on ten threads would freeze every page. So the event loop reads a request's body itself, up to a cap
and for at most fifteen seconds, into memory or (past a megabyte) a file; only a whole request gets a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from a2wsgi import WSGIMiddleware
from django.conf import settings

from kesher.channels.base import Reply
from kesher.conversations.intake_lane import answer

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

THREADS = 10
BODY_SECONDS = 15.0
MEMORY = 1_000_000
PIECE = 65_536


class TooLarge(Exception):
    """More than this installation takes in one request."""


class PageLane:
    """Django's WSGI application behind a gate that reads bodies."""

    def __init__(self, application: Any) -> None:
        self.django: Any = WSGIMiddleware(application, workers=THREADS)
        self.cap = settings.KESHER_FILE_BYTES * 2

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self.cap:
            await answer(send, Reply(413, f"At most {self.cap // 10**6} MB at once.".encode()))
            return
        with SpooledTemporaryFile(max_size=MEMORY) as body:
            try:
                await asyncio.wait_for(self.read(body, receive), BODY_SECONDS)
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
            await self.django(scope, replay(body, size), send)

    async def read(self, body: IO[bytes], receive: Receive) -> None:
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionAbortedError
            piece = message.get("body", b"")
            size += len(piece)
            if size > self.cap:
                raise TooLarge
            body.write(piece)
            if not message.get("more_body"):
                return


def replay(body: IO[bytes], size: int) -> Receive:
    """A ``receive`` that gives the stored body again."""
    left = size

    async def receive() -> Message:
        nonlocal left
        piece = body.read(PIECE)
        left -= len(piece)
        return {"type": "http.request", "body": piece, "more_body": left > 0}

    return receive
