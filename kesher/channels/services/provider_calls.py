"""Call a provider from synchronous code, with a limit of time and the guarded HTTP client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from django.conf import settings

from kesher.channels.base import ChannelError, Client
from kesher.channels.http_client import GuardedClient

PATIENCE = 5.0  # seconds for the whole call: somebody waits for it


def call_provider[T](call: Callable[[Client], Awaitable[T]]) -> T:
    """Return what a call to a provider returns. Raise ChannelError, also where it takes longer than `PATIENCE`."""

    async def called() -> T:
        """Make the call with a client of its own."""
        async with GuardedClient(settings.KESHER_SSRF_ALLOW) as client, asyncio.timeout(PATIENCE):
            return await call(client)

    try:
        return asyncio.run(called())
    except TimeoutError:
        raise ChannelError("no answer in time", unknown=True, code="network") from None
