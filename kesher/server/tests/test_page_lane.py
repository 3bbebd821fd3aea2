"""The page lane follows PEP 3333, loses nothing, and holds no thread for a slow client.

The oracle is the standard library's WSGI validator; the wire is a real server's.
"""

from __future__ import annotations

import asyncio
import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from wsgiref.validate import validator

import pytest
import uvicorn
from django.http import FileResponse, StreamingHttpResponse

from kesher.server.lanes import pages
from kesher.server.lanes.pages import PIECE, PageLane

HERE = "127.0.0.1"
SCOPE = {"headers": [], "method": "POST", "path": "/", "query_string": b"", "http_version": "1.1"}
OTHER: ContextVar[str] = ContextVar("other", default="nobody")
BIG = bytes(range(256)) * 4096 * 5  # 5 MB


def told(environ: dict[str, Any]) -> bytes:
    """An application that records its environ, and the body that it read in two pieces."""
    first = environ["wsgi.input"].read(7)
    body = first + environ["wsgi.input"].read(10**9)
    plain = {name: value for name, value in environ.items() if isinstance(value, str)}
    return json.dumps({**plain, "size": len(body), "sha": sha256(body).hexdigest()}).encode()


def mirror(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    start("200 OK", [("Content-Type", "application/json"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [told(environ)]


class Asked:
    """Send one request to a lane, in pieces, and return the answer."""

    def __init__(self, lane: PageLane, *pieces: bytes, gone_after: int = 10**6, **scope: Any) -> None:
        self.pieces = list(pieces) or [b""]
        self.sent: list[dict[str, Any]] = []
        self.gone_after, self.gone = gone_after, asyncio.Event()
        headers = scope.pop("headers", [])
        self.scope = {
            "type": "http", "method": "POST", "path": "/a", "query_string": b"", "http_version": "1.1", "root_path": "",
            "scheme": "http", "server": (HERE, 80), "client": ("192.0.2.7", 5), "headers": [(b"host", b"h"), *headers], **scope,
        }  # fmt: skip
        asyncio.run(asyncio.wait_for(lane(self.scope, self.receive, self.send), 20))

    async def receive(self) -> dict[str, Any]:
        if self.pieces:
            piece = self.pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(self.pieces)}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        if len(self.sent) > self.gone_after:
            self.gone.set()
        await asyncio.sleep(0.002)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def body(self) -> bytes:
        assert not self.sent[-1].get("more_body")
        return b"".join(message["body"] for message in self.sent[1:])


def test_an_application_is_told_what_wsgi_asks() -> None:
    headers = [
        (b"content-type", b"text/plain"), (b"content-length", b"12"), (b"cookie", b"x=1"), (b"cookie", b"y=2"),
        (b"accept", b"a"), (b"accept", b"b"), (b"x_forwarded_for", b"10.9.9.9"), (b"x-other", "é".encode("latin-1")),
    ]  # fmt: skip
    asked = Asked(
        PageLane(validator(mirror)), b"hello ", b"world!", path="/pre/עיר", query_string=b"q=%D7%90", headers=headers, root_path="/pre"
    )  # fmt: skip
    found = json.loads(asked.body)
    assert (found["REQUEST_METHOD"], found["CONTENT_LENGTH"], found["size"]) == ("POST", "12", 12)
    assert found["sha"] == sha256(b"hello world!").hexdigest()
    assert (found["SCRIPT_NAME"], found["PATH_INFO"].encode("latin-1").decode()) == ("/pre", "/עיר")
    assert (found["QUERY_STRING"], found["REMOTE_ADDR"]) == ("q=%D7%90", "192.0.2.7")
    assert (found["HTTP_COOKIE"], found["HTTP_ACCEPT"], found["HTTP_X_OTHER"]) == ("x=1; y=2", "a,b", "é")
    assert "HTTP_X_FORWARDED_FOR" not in found
    assert "HTTP_CONTENT_TYPE" not in found
    assert [value for name, value in asked.sent[0]["headers"] if name == b"set-cookie"] == [b"a=1", b"b=2"]


def test_a_large_upload_arrives_whole_and_a_larger_one_not_at_all() -> None:
    lane = PageLane(mirror)
    pieces = [BIG[start : start + 60_000] for start in range(0, len(BIG), 60_000)]
    found = json.loads(Asked(lane, *pieces).body)
    assert (found["size"], found["sha"]) == (len(BIG), sha256(BIG).hexdigest())
    lane.cap = 3_000_000
    assert Asked(lane, *pieces).status == 413
    assert Asked(lane, headers=[(b"content-length", b"3000001")]).status == 413


def test_a_body_that_does_not_come_is_answered_and_one_that_breaks_off_is_not(settings: Any) -> None:
    settings.KESHER_BODY_SECONDS = 0.05
    calls: list[str] = []
    lane = PageLane(lambda environ, start: calls.append("asked"))

    class Slow(Asked):
        async def receive(self) -> dict[str, Any]:
            await asyncio.sleep(0.03)
            return {"type": "http.request", "body": b"x", "more_body": True}

    class Broken(Asked):
        async def receive(self) -> dict[str, Any]:
            return {"type": "http.disconnect"}

    assert Slow(lane).status == 408
    assert Broken(lane).sent == []
    assert calls == []


class Failing:
    """An answer that breaks in the middle."""

    closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"half"
        raise ValueError("broke")

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("streaming", [False, True])
def test_what_breaks_is_closed_and_the_server_told(streaming: bool) -> None:
    answer = Failing()
    answer.streaming = streaming  # type: ignore[attr-defined]

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Failing:
        start("200 OK", [])
        return answer

    with pytest.raises(ValueError, match="broke"):
        Asked(PageLane(application))
    assert answer.closed


def serving(make: Callable[[], Any]) -> Callable[..., Any]:
    """An application that answers as Django's handler does."""

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        response = make()
        start(f"{response.status_code} X", list(response.items()))
        return response

    return application


class Watched(io.BytesIO):
    """A file that records its readers."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        return super().read(size)


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, len(BIG)])
def test_a_file_goes_out_whole_in_order_and_is_closed(size: int) -> None:
    file = Watched(BIG[:size])
    asked = Asked(PageLane(serving(lambda: FileResponse(file))), method="GET")
    assert sha256(asked.body).digest() == sha256(BIG[:size]).digest()
    assert len(asked.sent) <= 2 + size // PIECE + 1
    assert file.closed


def test_nobody_reads_a_file_whose_head_was_asked_for() -> None:
    file = Watched(BIG)
    asked = Asked(PageLane(serving(lambda: FileResponse(file))), method="HEAD")
    assert (asked.status, asked.body, file.reads, file.closed) == (200, b"", 0, True)
    assert (b"content-length", str(len(BIG)).encode()) in asked.sent[0]["headers"]


def test_nobody_reads_on_for_a_client_who_has_gone() -> None:
    file = Watched(BIG)
    asked = Asked(PageLane(serving(lambda: FileResponse(file))), method="GET", gone_after=3)
    assert len(asked.sent) < 3 + 4
    assert file.closed


def test_what_is_made_piece_by_piece_is_made_in_one_thread_and_one_context() -> None:
    seen = set()

    def pieces() -> Iterator[bytes]:
        for number in range(40):
            seen.add((threading.get_ident(), OTHER.get()))
            OTHER.set("mine")
            yield BIG[number * 100_000 : (number + 1) * 100_000]

    asked = Asked(PageLane(serving(lambda: StreamingHttpResponse(pieces()))), method="GET")
    assert sha256(asked.body).digest() == sha256(BIG[:4_000_000]).digest()
    assert {who for _thread, who in seen} == {"nobody", "mine"}
    assert len({thread for thread, _who in seen}) == 1


def at_once(lane: PageLane, count: int) -> list[str]:
    """Return the answers to so many simultaneous requests; each says its own number."""
    found: list[bytes] = []

    async def one(number: int) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": str(number).encode()}

        async def send(message: dict[str, Any]) -> None:
            found.append(message.get("body", b""))

        await lane(SCOPE, receive, send)

    async def all_of_them() -> None:
        await asyncio.gather(*(one(number) for number in range(count)))

    asyncio.run(all_of_them())
    return [body.decode() for body in found if body]


def test_forty_at_once_get_their_own_answer_and_nothing_of_each_other_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "TURN_SECONDS", 0.001)
    together = threading.Barrier(8)  # so many are in Django in the same instant

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        before, name = OTHER.get(), environ["wsgi.input"].read().decode()
        OTHER.set(name)
        together.wait(10)
        start("200 OK", [])
        return [f"{before} {OTHER.get()}".encode()]

    found = at_once(PageLane(application), 40)
    assert sorted(found) == sorted(f"nobody {number}" for number in range(40))


@pytest.mark.parametrize(("vendor", "most"), [("sqlite", 1), ("postgresql", pages.THREADS)])
def test_pages_are_made_in_turns_on_sqlite_and_beside_each_other_on_a_server(
    monkeypatch: pytest.MonkeyPatch, vendor: str, most: int
) -> None:
    monkeypatch.setattr(pages, "connection", SimpleNamespace(vendor=vendor))
    monkeypatch.setattr(pages, "TURN_SECONDS", 10)
    inside: set[int] = set()
    seen = []

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        inside.add(id(environ))
        time.sleep(0.03)
        seen.append(len(inside))
        inside.remove(id(environ))
        return mirror(environ, start)

    assert len(at_once(PageLane(application), 30)) == 30
    assert max(seen) == most


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "connection", SimpleNamespace(vendor="sqlite"))


def test_a_page_that_waits_for_another_keeps_nobody(turns: None) -> None:
    other, order = threading.Event(), []

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        number = environ["wsgi.input"].read()
        if number == b"0":
            assert other.wait(10)
        order.append(number.decode())
        other.set()
        start("200 OK", [])
        return [number]

    assert sorted(at_once(PageLane(application), 3)) == ["0", "1", "2"]
    assert order[0] != "0"


def test_one_page_after_another_is_made_by_the_same_thread(turns: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "TURN_SECONDS", 10)
    seen = set()

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        seen.add(threading.get_ident())
        return mirror(environ, start)

    assert len(at_once(PageLane(application), 30)) == 30
    assert len(seen) == 1


def test_a_page_that_breaks_gives_its_turn_back(turns: None) -> None:
    def application(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        raise ValueError("broke")

    lane = PageLane(application)
    for _time in range(2):
        with pytest.raises(ValueError, match="broke"):
            Asked(lane)
    assert not lane.turns.locked()


def site(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
    """A page, a large file and an error."""
    match environ["PATH_INFO"]:
        case "/file":
            return serving(lambda: FileResponse(io.BytesIO(BIG * 4)))(environ, start)
        case "/stream":
            return serving(lambda: StreamingHttpResponse(iter([b"a" * 9, b"", b"b" * 9])))(environ, start)
        case "/error":
            raise RuntimeError("in Django itself")
    start("200 OK", [("Content-Length", "4")])
    return [b"page"]


@pytest.fixture
def port() -> Iterator[int]:
    """A real server with the lane on it."""
    lane: Any = PageLane(site)
    server = uvicorn.Server(uvicorn.Config(lane, port=0, lifespan="off", log_level="critical", http="httptools"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


def wire(port: int, request: bytes) -> bytes:
    """Return everything that arrives on one connection until the server ends it."""
    with socket.create_connection((HERE, port), timeout=10) as client:
        client.sendall(request)
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_on_the_wire_a_head_has_no_body_and_a_stream_its_chunks(port: int) -> None:
    end = b"GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    head, _blank, rest = wire(port, b"HEAD /file HTTP/1.1\r\nHost: x\r\n\r\n" + end).partition(b"\r\n\r\n")
    assert f"content-length: {len(BIG) * 4}".encode() in head
    assert rest.startswith(b"HTTP/1.1 200")
    assert rest.endswith(b"\r\n\r\npage")
    answer = wire(port, b"GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"transfer-encoding: chunked" in answer
    assert answer.endswith(b"12\r\naaaaaaaaabbbbbbbbb\r\n0\r\n\r\n")
    assert wire(port, b"GET /error HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 500")


@pytest.mark.slow
def test_fifty_slow_readers_of_a_large_file_hold_no_thread(port: int) -> None:
    slow = []
    for _number in range(50):
        client = socket.create_connection((HERE, port))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n")
        slow.append(client)
    time.sleep(0.3)
    began = time.monotonic()
    for _number in range(10):
        assert wire(port, b"GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").endswith(b"page")
    assert time.monotonic() - began < 5
    for client in slow:
        client.close()


def test_what_is_posted_is_in_hand_until_it_is_answered_and_what_is_read_is_not() -> None:
    seen: list[bool] = []

    def page(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        seen.append(lane.under_way.oldest() is not None)
        if environ["PATH_INFO"] == "/fails":
            raise RuntimeError("a mistake of ours")
        start("200 OK", [])
        return [b""]

    lane = PageLane(page)
    for method in ("POST", "PUT", "DELETE", "GET", "HEAD"):
        Asked(lane, method=method)
    with pytest.raises(RuntimeError):
        Asked(lane, path="/fails")
    assert seen == [True, True, True, False, False, True]
    assert lane.under_way.oldest() is None
