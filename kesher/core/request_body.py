"""The body of a request, read with patience that ends: for every lane that reads one.

So many seconds may pass without a new byte, and so many in all. The largest file that people may send passes at
30 kB/s. (How long a head may take, `kesher.site.web` says.)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from django.conf import settings


async def pieces(receive: Callable[[], Awaitable[dict[str, Any]]]) -> AsyncIterator[bytes]:
    """Yield the body as it comes. Raise TimeoutError where it takes too long, ConnectionAbortedError where whoever
    sends it has gone."""
    loop = asyncio.get_running_loop()
    end = loop.time() + settings.KESHER_BODY_SECONDS
    while True:
        async with asyncio.timeout_at(min(end, loop.time() + settings.KESHER_BYTE_SECONDS)):
            message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError
        if piece := message.get("body", b""):
            yield piece
        if not message.get("more_body"):
            return
