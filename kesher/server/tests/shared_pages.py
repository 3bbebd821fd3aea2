"""Visitors of pages that many share, for tests: a page cache in front of Django, in this thread."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.test.client import ClientHandler

from kesher.server.lanes.pages import make_environ
from kesher.server.lanes.shared_pages import PageCache

HOST = b"testserver"


@dataclass
class Answered:
    """What a visitor got."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
        else:
            self.text += message["body"].decode()


class Town:
    """A server: ``made`` are the requests that reached Django."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []
        self.handler = ClientHandler(enforce_csrf_checks=True)
        self.cache = PageCache(self.django)

    async def django(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        environ = make_environ(scope, io.BytesIO(), 0)
        self.made.append(environ)
        await asyncio.sleep(0)
        with outside_the_loop():
            page: Any = self.handler(environ)
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in page.items()]
        headers += [(b"set-cookie", cookie.OutputString().encode()) for cookie in page.cookies.values()]
        await send({"type": "http.response.start", "status": page.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": page.content})

    def visit(self, *requests: dict[str, Any]) -> list[Answered]:
        """Return what these visitors get who ask at the same moment."""
        return asyncio.run(self.answer(requests))

    async def answer(self, requests: tuple[dict[str, Any], ...]) -> list[Answered]:
        answers = [Answered() for _request in requests]
        calls = zip(requests, answers, strict=True)
        await asyncio.gather(*(self.cache(request, no_body, answer) for request, answer in calls))
        return answers


@contextmanager
def outside_the_loop() -> Iterator[None]:
    """Let Django use this thread's database connection, in whose transaction the test is, as if no loop ran here."""
    loop = asyncio.get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)


async def no_body() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def a_request(target: str, method: str = "GET", ip: str = "192.0.2.1", **headers: str) -> dict[str, Any]:
    """Return the ASGI scope of a request; ``accept_language="ru"`` is a header."""
    path, _mark, query = target.partition("?")
    plain = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {
        "type": "http", "http_version": "1.1", "method": method, "path": path, "query_string": query.encode(), "scheme": "http",
        "server": ("testserver", 80), "client": (ip, 5), "root_path": "", "headers": [(b"host", HOST), *plain],
    }  # fmt: skip
