"""Fixtures of the site's tests: the simulator switched on, and a listener in place of our own intake."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Listener:
    """The requests that arrived at the intake, and its answer."""

    port: int = 0
    status: int = 200
    got: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def simulator(settings: Any) -> None:
    settings.KESHER_SIMULATOR = True


@pytest.fixture
def intake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """A real socket where the server's intake would listen."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            listener.got.append((self.command, self.path, headers, body))
            self.send_response(listener.status)
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.port = server.server_address[1]
    monkeypatch.setenv("PORT", str(listener.port))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield listener
    server.shutdown()
    server.server_close()
    thread.join(5)
