"""Limits on the duration of connections: real sockets with short limits, and the real limits on a fast clock."""

from __future__ import annotations

import asyncio
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from django.conf import settings as true
from django.core import signing

from kesher.channels.base import Reply
from kesher.core.live.live_events import SALT
from kesher.server.http import read_body, read_pieces
from kesher.server.lanes.intake import IntakeLane
from kesher.server.lanes.live import LiveLane
from kesher.server.lanes.pages import PageLane
from kesher.server.web import Connection
from tests.end_to_end import HERE, free_port, until

WHOLE = b"POST %s HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n"
NOTHING = (b"", b"GET / HTTP/1.1\r\nHost: h\r\nX-Slow", b"\r\n\r\n\r\n")
NO_BODY = [(WHOLE % path) + begun for path in (b"/", b"/in/sms/K") for begun in (b"", b"12")]


def an_intake() -> IntakeLane:
    """The intake lane with one account that accepts every signature."""

    async def put(_row: Any) -> None:
        pass

    journal: Any = SimpleNamespace(put=put)
    lane = IntakeLane(journal)
    adapter = SimpleNamespace(
        methods=("GET", "POST"),
        minimize=lambda request, _: request,
        body_cap=100,
        handshake=lambda *_: None,
        verify=lambda *_: None,
        pull=lambda _: None,
        acknowledge=lambda *_: Reply(),
    )
    info = SimpleNamespace(key="K", public_url="https://city.example/in/sms/K")
    line: Any = SimpleNamespace(account_id=1, adapter=adapter, info=info, types=frozenset(), host=0)
    lane.lines, lane.read_at = {("sms", "K"): line}, time.monotonic() + 3600
    return lane


def empty(_environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    start("200 OK", [("Content-Length", "0")])
    return [b""]


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> LiveLane:
    """A live lane without events that sends a heartbeat three times a second."""
    monkeypatch.setattr("kesher.server.lanes.live.HEARTBEAT_SECONDS", 0.3)
    monkeypatch.setattr("kesher.server.lanes.live.newest_id", lambda: 0)
    monkeypatch.setattr("kesher.server.lanes.live.find_new_events", lambda _last: [])
    return LiveLane()


@pytest.fixture
def port(settings: Any, live: LiveLane) -> Iterator[int]:
    """Three lanes on a port, with limits of a fraction of a second."""
    settings.KESHER_HEAD_SECONDS, settings.KESHER_BYTE_SECONDS = 0.2, 0.35
    settings.KESHER_BODY_SECONDS = 1.0
    lanes: dict[str, Any] = {"in": an_intake(), "live": live, "": PageLane(empty)}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await lanes[scope["path"].split("/")[1]](scope, receive, send)

    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(application, host=HERE, port=port, http=Connection, lifespan="off", timeout_keep_alive=1, log_level="warning")
    )  # fmt: skip
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    yield port
    live.close()
    server.should_exit = True
    thread.join()


def heard(port: int, *parts: bytes, pause: float = 0.0) -> tuple[bytes, float]:
    """Return what a client receives until it is disconnected, and the seconds since the last part."""
    with socket.create_connection((HERE, port), timeout=5) as client:
        for part in parts:
            client.sendall(part)
            time.sleep(pause)
        began, found = time.monotonic(), b""
        while more := client.recv(65536):
            found += more
        return found, time.monotonic() - began


def test_whoever_sends_no_whole_head_is_hung_up_on(port: int) -> None:
    for sent in NOTHING:
        found, seconds = heard(port, sent)
        assert found == b""
        assert seconds < 0.8


def test_a_body_that_never_begins_or_stops_is_answered_408_in_every_lane(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    for sent in NO_BODY:
        found, seconds = heard(port, sent)
        assert found.startswith(b"HTTP/1.1 408")
        assert seconds < 0.8
    assert not [record for record in caplog.records if record.exc_info]


def test_a_slow_body_passes_and_an_endless_one_does_not(port: int) -> None:
    for path in (b"/", b"/in/sms/K"):
        head = WHOLE.replace(b"Content-Length: 4", b"Content-Length: 4\r\nConnection: close") % path
        assert heard(port, head, b"1", b"2", b"3", b"4", pause=0.12)[0].startswith(b"HTTP/1.1 200")
        endless = (WHOLE % path).replace(b"Content-Length: 4", b"Content-Length: 90")
        assert heard(port, endless, *[b"1"] * 9, pause=0.12)[0].startswith(b"HTTP/1.1 408")


def test_a_connection_rests_between_requests_but_not_within_the_next_head(port: int) -> None:
    request = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    _found, seconds = heard(port, request)
    assert 0.8 < seconds < 2  # the time of a resting connection
    for begun in (b"GET /a", b"\r\n"):
        found, seconds = heard(port, request, begun, pause=0.05)
        assert found.count(b"HTTP/1.1 200") == 1
        assert seconds < 0.8


def a_listener(more: str = "") -> bytes:
    """The request head of a live page."""
    permission = signing.dumps([1, "channels"], salt=SALT, compress=True)
    return f"GET /live/?ticket={permission} HTTP/1.1\r\nHost: h\r\n{more}\r\n".encode()


def test_the_limits_hold_in_the_live_lane_and_cut_no_stream(port: int, live: LiveLane) -> None:
    whole = a_listener()
    for begun in (whole[:9], whole[:-2], whole[:-2] + b"X-Slow: "):
        found, seconds = heard(port, begun)
        assert found == b""
        assert seconds < 0.8
    for announced in ("Content-Length: 4\r\n", "Transfer-Encoding: chunked\r\n"):
        found, seconds = heard(port, a_listener(announced))
        assert found.startswith(b"HTTP/1.1 405")
        assert seconds < 0.8
    assert not live.listeners
    with socket.create_connection((HERE, port), timeout=5) as client:
        client.sendall(whole)
        began, found = time.monotonic(), b""
        while found.count(b": still here") < 3:  # longer than the limits of a head and of a byte
            found += client.recv(65536)
        assert time.monotonic() - began > 0.8
        assert found.startswith(b"HTTP/1.1 200")
    until(lambda: not live.listeners)


class Skipping(asyncio.SelectorEventLoop):
    """An event loop that never waits: its clock jumps to the next timer."""

    now = 0.0

    def __init__(self) -> None:
        loop = self

        class Jump(selectors.SelectSelector):
            def select(self, timeout: float | None = None) -> Any:
                loop.now += timeout or 0.0
                return super().select(0)

        super().__init__(Jump())

    def time(self) -> float:
        return self.now


async def arrives(size: int, rate: float, piece: int = 60_000) -> int:
    """Return how many bytes of a body of this size arrive, at so many bytes a second."""
    left = size

    async def receive() -> dict[str, Any]:
        nonlocal left
        await asyncio.sleep(piece / rate)
        sent, left = min(piece, left), left - min(piece, left)
        return {"type": "http.request", "body": bytes(sent), "more_body": left > 0}

    return sum([len(part) async for part in read_pieces(receive, 10**9)])


def test_the_largest_file_passes_at_thirty_kilobytes_a_second_and_not_at_twenty() -> None:
    form = true.KESHER_FILE_BYTES + 10_000  # with the multipart boundaries
    with asyncio.Runner(loop_factory=Skipping) as runner:
        assert runner.run(arrives(form, 30_000)) == form
        with pytest.raises(TimeoutError):
            runner.run(arrives(form, 20_000))
        with pytest.raises(TimeoutError):
            runner.run(arrives(form, 30_000, piece=480_000))  # sixteen seconds without a byte


def test_a_body_in_many_pieces_is_read_in_time_that_grows_with_its_size_only() -> None:
    """Copied at each piece, these would take a quarter of a minute."""
    pieces = 800_000

    async def receive() -> dict[str, Any]:
        nonlocal pieces
        pieces -= 1
        return {"type": "http.request", "body": b"<", "more_body": pieces > 0}

    before = time.process_time()
    assert asyncio.run(read_body(receive, 10**6)) == b"<" * 800_000
    assert time.process_time() - before < 5
