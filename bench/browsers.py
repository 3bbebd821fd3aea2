"""Many browsers in one process: raw HTTP over persistent connections, at full speed or at a fixed rate."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Log:
    """Statuses and waiting times; with a fixed rate, a wait counts from when the request was due."""

    statuses: dict[int, int] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    places: list[str] = field(default_factory=list)  # the Location of each answer, if any
    seconds: float = 0.0

    def note(self, status: int, wait: float) -> None:
        """Add an answer."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.waits.append(wait * 1000)

    @property
    def errors(self) -> int:
        """Return how many answers were server errors or broken connections."""
        return sum(n for status, n in self.statuses.items() if status >= 500 or status < 200)


class Connection:
    """A persistent connection, reopened where the server closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; return (status, the answer's head), with status 0 where the connection broke."""
        try:
            if self.writer is None:
                self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
            assert self.reader is not None
            self.writer.write(request)
            head = await self.reader.readuntil(b"\r\n\r\n")
            size = length_of(head)
            if size:
                await self.reader.readexactly(size)
            return int(head[9:12]), head
        except (OSError, asyncio.IncompleteReadError):
            await self.close()
            return 0, b""

    async def close(self) -> None:
        """Close the connection."""
        writer, self.writer = self.writer, None
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def length_of(head: bytes) -> int:
    """Return the Content-Length of a response head, or 0."""
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 : head.find(b"\r", at)]) if at >= 0 else 0


def place_of(head: bytes) -> str:
    """Return the Location of a response head, or ""."""
    at = head.lower().find(b"\r\nlocation:")
    return head[at + 11 : head.find(b"\r", at + 2)].strip().decode() if at >= 0 else ""


async def flood(port: int, requests: Iterator[bytes], seconds: float, connections: int, log: Log) -> None:
    """Send requests as fast as the server answers."""
    began = time.monotonic()
    end = began + seconds

    async def one() -> None:
        line = Connection(port)
        while time.monotonic() < end:
            request = next(requests, None)
            if request is None:
                break
            sent = time.monotonic()
            status, head = await line.ask(request)
            log.note(status, time.monotonic() - sent)
            log.places.append(place_of(head))
        await line.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    log.seconds = time.monotonic() - began


async def steady(port: int, requests: Iterator[bytes], rate: float, seconds: float, connections: int, log: Log) -> None:
    """Send requests at a fixed rate; a late answer does not delay the next request."""
    lines: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(connections):
        lines.put_nowait(Connection(port))
    began = time.monotonic()

    async def one(request: bytes, due: float) -> None:
        line = await lines.get()
        status, head = await line.ask(request)
        lines.put_nowait(line)
        log.note(status, time.monotonic() - due)
        log.places.append(place_of(head))

    tasks: set[asyncio.Task[None]] = set()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        if (left := due - time.monotonic()) > 0:
            await asyncio.sleep(left)
        request = next(requests, None)
        if request is None:
            break
        task = asyncio.create_task(one(request, due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    log.seconds = time.monotonic() - began
    while not lines.empty():
        await lines.get_nowait().close()


def in_process(work: Callable[..., Any], *args: Any) -> tuple[multiprocessing.Process, Any]:
    """Run ``work(*args)`` in a process of its own, and return (process, the queue of its result)."""
    method = multiprocessing.get_context("fork")
    answers: Any = method.Queue()
    child = method.Process(target=lambda: answers.put(work(*args)))
    child.start()
    return child, answers  # type: ignore[return-value]  # a fork's Process is one


def read_steadily(port: int, path: str, rate: float, seconds: float) -> dict[str, Any]:
    """Request one page at a fixed rate, as browsers do, with the last ETag."""
    log = Log()
    plain = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

    async def run() -> None:
        await steady(port, iter(lambda: plain, b""), rate, seconds, 60, log)

    asyncio.run(run())
    return {"waits": log.waits, "errors": log.errors, "seconds": log.seconds, "statuses": log.statuses}
