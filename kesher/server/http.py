"""What every lane does with HTTP: read a body within limits of time and size, answer, stream, notice a disconnect.

There is a limit between two bytes of a body and one for the whole body. The largest allowed file passes at 30 kB/s.
(`kesher.server.web` limits the head of a request.)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterable
from contextlib import asynccontextmanager
from functools import lru_cache
from types import coroutine
from typing import Any

from django.conf import settings

type Message = dict[str, Any]
type Receive = Callable[[], Coroutine[Any, Any, Message]]
type Send = Callable[[Message], Awaitable[None]]
type Headers = Iterable[tuple[bytes, bytes]]

NOSNIFF = (b"x-content-type-options", b"nosniff")
EVENT_STREAM = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    NOSNIFF,
]


class TooLarge(Exception):
    """The body of a request is larger than its lane accepts."""


async def read_pieces(receive: Receive, cap: int) -> AsyncIterator[bytes]:
    """Yield the body of an ASGI request in pieces, as they arrive.

    Raise TooLarge over ``cap`` bytes, TimeoutError if it takes too long, ConnectionAbortedError if the client has
    disconnected.
    """
    end, more, size = asyncio.get_running_loop().time() + settings.KESHER_BODY_SECONDS, True, 0
    while more:
        piece, more = await read_piece(receive, end)
        size += len(piece)
        if size > cap:
            raise TooLarge
        if piece:
            yield piece


async def read_body(receive: Receive, cap: int) -> bytes:
    """Return the body of an ASGI request; raise as `read_pieces`. Nearly every one is a single piece."""
    end = asyncio.get_running_loop().time() + settings.KESHER_BODY_SECONDS
    body, more = await read_piece(receive, end)
    if more:
        whole = bytearray(body)  # a body may come in a million pieces, and bytes would be copied for each
        while more and len(whole) <= cap:
            piece, more = await read_piece(receive, end)
            whole += piece
        body = bytes(whole)
    if len(body) > cap:
        raise TooLarge
    return body


async def read_piece(receive: Receive, end: float) -> tuple[bytes, bool]:
    """Return (the next piece of a request's body, whether more follows); raise as `read_pieces`.

    ``end`` is when the whole body must be here, in the loop's time. Nearly every body is here already, and a timer
    would cost more than reading it: so take the first step of ``receive()`` by hand, and set a timer if it waits.
    """
    coming = receive()
    try:
        awaited = coming.send(None)
    except StopIteration as done:
        message: Message = done.value
    else:
        until = min(end, asyncio.get_running_loop().time() + settings.KESHER_BYTE_SECONDS)
        async with asyncio.timeout_at(until):
            message = await finish(coming, awaited)
    if message["type"] == "http.disconnect":
        raise ConnectionAbortedError
    return message.get("body", b""), bool(message.get("more_body"))


@coroutine
def finish(coming: Coroutine[Any, Any, Message], awaited: Any) -> Generator[Any, Any, Message]:
    """Run to its end a coroutine that stopped at its first step, which awaits ``awaited``; return its result."""
    try:
        yield awaited
    except BaseException as error:
        coming.throw(error)
        raise
    message: Message = yield from coming
    return message


async def send_response(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    """Send a whole response."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def send_text(send: Send, status: int, body: bytes = b"", kind: str = "text/plain") -> None:
    """Send a short response. After 405 and 408 close the connection: what follows of the body is no request."""
    await send_response(send, status, text_headers(kind, len(body), status in (405, 408)), body)


@lru_cache(maxsize=500)
def text_headers(kind: str, length: int, closing: bool) -> Headers:
    """Return the headers of a short response of this type and length."""
    headers = ((b"content-type", kind.encode()), (b"content-length", str(length).encode()), NOSNIFF)
    return (*headers, (b"connection", b"close")) if closing else headers


def body_piece(body: bytes) -> Message:
    """Return the ASGI message that sends a part of a response's body, with more to come."""
    return {"type": "http.response.body", "body": body, "more_body": True}


@asynccontextmanager
async def event_stream(receive: Receive, send: Send) -> AsyncIterator[asyncio.Task[None]]:
    """Respond with Server-Sent Events, which the block sends; give the task that ends when the client disconnects."""
    gone = asyncio.create_task(wait_for_disconnect(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": EVENT_STREAM})
        yield gone
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()


async def wait_for_disconnect(receive: Receive) -> None:
    """Return when the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass
