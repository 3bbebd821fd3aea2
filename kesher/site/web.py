"""The web process: the four lanes under one uvicorn, and the simulator's mail server."""

from __future__ import annotations

import sys
from types import FrameType

import uvicorn
from django.conf import settings

from kesher.site import asgi
from kesher.site.mail_sink import start_sink


def main(host: str, port: int) -> None:
    """Serves until SIGTERM."""
    config = uvicorn.Config(
        asgi.application,
        host=host,
        port=port,
        loop="uvloop" if sys.platform != "win32" else "auto",
        http="httptools",
        access_log=False,
        log_level="warning",
        proxy_headers=settings.TRUST_PROXY,
        forwarded_allow_ips=settings.KESHER_PROXY_IPS,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=30,
        backlog=2048,
    )
    sink = start_sink() if settings.KESHER_SIMULATOR else None
    Web(config).run()
    if sink is not None:
        sink.stop()


class Web(uvicorn.Server):
    """The server, which ends its live streams as soon as it is told to stop: they would never end by themselves."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        asgi.application.live.close()
        super().handle_exit(sig, frame)
