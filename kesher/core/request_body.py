"""The body of a request, read with patience that ends: for every lane that reads one.

So many seconds may pass without a new byte, and so many in all. The largest file that people may send passes at
30 kB/s. (How long a head may take, `kesher.site.server` says.)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from django.conf import settings


async def read_pieces(receive: Callable[[], Coroutine[Any, Any, dict[str, Any]]]) -> AsyncIterator[bytes]:
    """Yield the body as it comes. Raise TimeoutError where it takes too long, ConnectionAbortedError where whoever
    sends it has gone."""
    loop = asyncio.get_running_loop()
    end = loop.time() + settings.KESHER_BODY_SECONDS
    while True:
        # Begun at once: nearly every body is here already, and a clock for it would cost more than the body itself.
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
