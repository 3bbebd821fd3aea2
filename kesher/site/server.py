"""The web process: uvicorn with all lanes, and the simulator's mail server.

A connection must send a complete head within KESHER_HEAD_SECONDS from its opening, or from the first byte of its next
request; between requests it may idle for KEEP_ALIVE_SECONDS. The lanes limit the time of a body (`core.request_body`).
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
    """Run the web server on this host and port until SIGTERM."""
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
    """uvicorn's "httptools" connection, closed where a head is not complete in time.

    A head that arrives in one piece, as nearly all do, needs no timer.
    """

    clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the timer within which the head of the first request must arrive."""
        super().connection_made(transport)  # type: ignore[arg-type]  # a stream's, as uvicorn knows
        self.wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer for the head of a request."""
        self.stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Start the timer at a new request's first byte, and stop it when the request's head is complete."""
        super().data_received(data)
        if self.is_idle:
            self.wait_for_head()
        elif self.clock is not None:
            self.stop_clock()

    @property
    def is_idle(self) -> bool:
        """Return whether the connection has no request in progress."""
        return self.cycle is None or self.cycle.response_complete

    def wait_for_head(self) -> None:
        """Start the timer for the head of a request, unless it runs."""
        if self.clock is None and not self.transport.is_closing():
            self.clock = self.loop.call_later(settings.KESHER_HEAD_SECONDS, self.give_up)

    def stop_clock(self) -> None:
        """Stop the timer for the head of a request, if it runs."""
        if self.clock is not None:
            self.clock.cancel()
            self.clock = None

    def give_up(self) -> None:
        """Close a connection on which a request's head came too slowly, after a response in progress."""
        self.clock = None
        if self.is_idle:
            self.transport.close()
        else:
            self.wait_for_head()


class Web(uvicorn.Server):
    """The uvicorn server; on a stop it closes its live streams, since they never end by themselves."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Close the live event streams, then stop the server as uvicorn does (a signal handler)."""
        asgi.application.live.close()
        super().handle_exit(sig, frame)
