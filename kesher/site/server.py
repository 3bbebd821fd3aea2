"""The web process: the lanes under one uvicorn, and the simulator's mail server.

A connection may take KESHER_HEAD_SECONDS from its opening, or from the first byte of its next request, to a whole head;
between requests it may rest for KEEP_ALIVE_SECONDS. How long a body may take is the lanes' (`core.request_body`).
"""

from __future__ import annotations

import asyncio
import sys
from types import FrameType

import uvicorn
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kesher.site import asgi
from kesher.site.mail_sink import start_sink

KEEP_ALIVE_SECONDS = 30


def main(host: str, port: int) -> None:
    """Serves until SIGTERM."""
    config = uvicorn.Config(
        asgi.application,
        host=host,
        port=port,
        loop="uvloop" if sys.platform != "win32" else "auto",
        http=Connection,
        access_log=False,
        log_level="warning",
        proxy_headers=settings.TRUST_PROXY,
        forwarded_allow_ips=settings.KESHER_PROXY_IPS,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        backlog=2048,
    )
    sink = start_sink() if settings.KESHER_SIMULATOR else None
    Web(config).run()
    if sink is not None:
        sink.stop()


class Connection(HttpToolsProtocol):
    """uvicorn's "httptools" connection, closed where a head does not come to its end. A head that comes in one piece,
    as nearly all do, needs no clock of its own."""

    clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # a stream's, as uvicorn knows
        self.wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_idle:
            self.wait_for_head()
        elif self.clock is not None:
            self.stop_clock()

    @property
    def is_idle(self) -> bool:
        """Is no request under way? What comes all the same (empty lines, the rest of a refused body) begins none."""
        return self.cycle is None or self.cycle.response_complete

    def wait_for_head(self) -> None:
        if self.clock is None and not self.transport.is_closing():
            self.clock = self.loop.call_later(settings.KESHER_HEAD_SECONDS, self.give_up)

    def stop_clock(self) -> None:
        if self.clock is not None:
            self.clock.cancel()
            self.clock = None

    def give_up(self) -> None:
        """Close the connection; first let an answer that is under way come to its end."""
        self.clock = None
        if self.is_idle:
            self.transport.close()
        else:
            self.wait_for_head()


class Web(uvicorn.Server):
    """The server, which ends its live streams as soon as it is told to stop: they would never end by themselves."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        asgi.application.live.close()
        super().handle_exit(sig, frame)
