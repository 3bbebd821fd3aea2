"""The web process: uvicorn with all ASGI handlers, and the simulator's mail server.

A connection must send a complete head within KESHER_HEAD_SECONDS from its opening, or from the first byte of its next
request; between requests it may idle for KEEP_ALIVE_SECONDS. The lanes limit the time of a body
(`server.http`).
"""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from types import FrameType

import uvicorn
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kesher.server import asgi

KEEP_ALIVE_SECONDS = 30
MAIL_SINK = "kesher.simulator.mail_sink"  # of an optional app
LOOKS = 4  # how often a connection looks for its head within the time that the head has


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
    sink = import_module(MAIL_SINK).start_sink() if settings.KESHER_SIMULATOR else None
    Web(config).run()
    if sink is not None:
        sink.stop()


class Connection(HttpToolsProtocol):
    """uvicorn's "httptools" connection, closed where a head is not complete in time.

    A timer looks a few times within the limit, so that requests themselves cost nothing.
    """

    waiting_since = 0.0  # when the head that we wait for was first missed, in the loop's time
    last_cycle: object = None  # the request before that head

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the timer within which the head of the first request must arrive."""
        super().connection_made(transport)  # type: ignore[arg-type]  # a stream's, as uvicorn knows
        self.waiting_since = self.loop.time()
        self.look_again()

    def look_again(self) -> None:
        """Set the timer for the next look at the head."""
        self.loop.call_later(settings.KESHER_HEAD_SECONDS / LOOKS, self.check_head)

    def check_head(self) -> None:
        """Close the connection if it waited too long for the rest of a request's head."""
        if self.transport.is_closing():
            return
        now = self.loop.time()
        if not self.awaits_head or self.cycle is not self.last_cycle:
            self.waiting_since, self.last_cycle = now, self.cycle
        elif now - self.waiting_since >= settings.KESHER_HEAD_SECONDS:
            self.transport.close()
            return
        self.look_again()

    @property
    def awaits_head(self) -> bool:
        """Return whether no request is in progress, and uvicorn's timer of resting connections does not run."""
        idle = self.cycle is None or self.cycle.response_complete
        return idle and self.timeout_keep_alive_task is None


class Web(uvicorn.Server):
    """The uvicorn server; on a stop it closes its live streams, since they never end by themselves."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Close the live event streams, then stop the server as uvicorn does (a signal handler)."""
        asgi.application.live.close()
        super().handle_exit(sig, frame)
