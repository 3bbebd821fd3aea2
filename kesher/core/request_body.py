"""Read the body of a request with time limits, for every lane.

There is a limit between two bytes and one for the whole body. The largest allowed file passes at 30 kB/s.
(`kesher.site.server` limits the head of a request.)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from django.conf import settings


async def read_pieces(receive: Callable[[], Coroutine[Any, Any, dict[str, Any]]]) -> AsyncIterator[bytes]:
    """Yield the body of an ASGI request in pieces, as they arrive.

    Raise TimeoutError if it takes too long, ConnectionAbortedError if the client has disconnected.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + settings.KESHER_BODY_SECONDS
    while True:
        # Start eagerly: nearly every body is here already, and a timer would cost more than reading it.
        coming: asyncio.Task[dict[str, Any]] = asyncio.Task(receive(), loop=loop, eager_start=True)
        if not coming.done():
            async with asyncio.timeout_at(min(end, loop.time() + settings.KESHER_BYTE_SECONDS)):
                await coming
        message = coming.result()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError
        if piece := message.get("body", b""):
            yield piece
        if not message.get("more_body"):
            return
