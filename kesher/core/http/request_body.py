"""Read the body of an ASGI request with time limits.

There is a limit between two bytes and one for the whole body. The largest allowed file passes at 30 kB/s.
(`kesher.site.server` limits the head of a request.)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from types import coroutine
from typing import Any

from django.conf import settings

type Message = dict[str, Any]
type Receive = Callable[[], Coroutine[Any, Any, Message]]


async def read_pieces(receive: Receive) -> AsyncIterator[bytes]:
    """Yield the body of an ASGI request in pieces, as they arrive.

    Raise TimeoutError if it takes too long, ConnectionAbortedError if the client has disconnected.
    """
    end, more = body_deadline(), True
    while more:
        piece, more = await read_piece(receive, end)
        if piece:
            yield piece


def body_deadline() -> float:
    """Return when the body of a request that begins now must be here, in the loop's time."""
    return asyncio.get_running_loop().time() + settings.KESHER_BODY_SECONDS


async def read_piece(receive: Receive, end: float) -> tuple[bytes, bool]:
    """Return (the next piece of a request's body, whether more follows); raise as `read_pieces`.

    ``end`` is the `body_deadline`. Nearly every body is here already, and a timer
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
