"""``script/bench records [--people N]``: the records page with twenty sources, three slow, two failing, one invalid.

Measures the first paint against an empty page of the same server, each section's arrival, the whole page, and a crowd
that opens it at once.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

from bench.intake import SERVE
from bench.machine import databases, free_port, percentile, process, wait_for
from bench.records_child import LIMIT, sources

# An empty page: the server's cost of any page.
EMPTY = "/accessibility/"
PAGE = "/records/"
DRAWN = "/records/?drawn"
ROUNDS = 40
ALONE = 3
TICKET = re.compile(r'data-records-ticket="([^"]+)"')


@dataclass(slots=True)
class Visit:
    """What one person saw, in milliseconds from the click."""

    paint: float = 0.0
    sections: dict[str, float] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    end: float = 0.0


async def get(port: int, path: str, cookie: str) -> tuple[int, bytes]:
    """Make one request over its own connection, and return (status, body)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request(path, cookie))
        head = await reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", head, re.I)
        body = await reader.readexactly(int(found[1])) if found else await reader.read()
        return int(head.split(b" ", 2)[1]), body
    finally:
        writer.close()


def request(path: str, cookie: str) -> bytes:
    """Return the bytes of a GET request."""
    lines = [f"GET {path} HTTP/1.1", "Host: bench", "Accept-Language: he", *([f"Cookie: {cookie}"] if cookie else [])]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


async def visit(port: int, cookie: str) -> Visit:
    """Open the page and read its stream to the end (at most a minute)."""
    seen, start = Visit(), time.monotonic()
    status, body = await get(port, PAGE, cookie)
    assert status == 200, status
    seen.paint = since(start)
    found = TICKET.search(body.decode())
    assert found is not None
    async with asyncio.timeout(60):
        await stream(port, cookie, html.unescape(found[1]), seen, start)
    return seen


async def stream(port: int, cookie: str, ticket: str, seen: Visit, start: float) -> None:
    """Read the stream, and note when each section arrives."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    try:
        writer.write(request(f"/records/stream/?{urllib.parse.urlencode({'ticket': ticket})}", cookie))
        name = ""
        while line := await reader.readline():
            if line.startswith(b"event: "):
                name = line[7:].strip().decode()
            elif line.startswith(b"data: ") and name == "section":
                event = json.loads(line[6:])
                seen.sections[event["code"]] = since(start)
                state = re.search(r"record-source is-(\w+)", event["html"])
                seen.states[event["code"]] = state[1] if state else ""
            elif line.startswith(b"data: ") and name == "end":
                seen.end = since(start)
                return
    finally:
        writer.close()


def since(start: float) -> float:
    """Return the milliseconds since a start."""
    return (time.monotonic() - start) * 1000


async def paints(port: int, cookie: str) -> dict[str, float]:
    """Return medians, measured in turns: of an empty page, of the page's first paint, and of the uncached page."""
    times: dict[str, list[float]] = {EMPTY: [], PAGE: [], DRAWN: []}
    for number in range(ROUNDS + 5):
        for path, taken in times.items():
            start = time.monotonic()
            status, _body = await get(port, path, cookie)
            assert status == 200, (path, status)
            if number >= 5:  # the first rounds warm the server up
                taken.append(since(start))
    return {path: statistics.median(taken) for path, taken in times.items()}


async def crowd(port: int, cookies: list[str]) -> list[Visit | BaseException]:
    """Let all people visit at once."""
    return await asyncio.gather(*(visit(port, cookie) for cookie in cookies), return_exceptions=True)


def measure(port: int, cookies: list[str]) -> dict[str, Any]:
    """Run all measurements, and return the summary."""
    paint = asyncio.run(paints(port, cookies[0]))
    alone = asyncio.run(visit(port, cookies[1]))
    for code, at in sorted(alone.sections.items(), key=lambda item: item[1]):
        print(json.dumps({"section": code, "state": alone.states[code], "ms": round(at)}), flush=True)
    start = time.monotonic()
    status, whole = asyncio.run(get(port, "/records/all/", cookies[2]))
    without = since(start)
    assert status == 200
    visits = asyncio.run(crowd(port, cookies[ALONE:]))
    good = [one for one in visits if isinstance(one, Visit)]
    wanted = {code for code, *_rest in sources()}
    first = [one.paint for one in good]
    return {
        "empty_ms": round(paint[EMPTY], 2), "first_paint_ms": round(paint[PAGE], 2), "drawn_ms": round(paint[DRAWN], 2),
        "ratio": round(paint[PAGE] / paint[EMPTY], 2), "drawn_ratio": round(paint[DRAWN] / paint[EMPTY], 2),
        "sections": len(alone.sections), "failed": sorted(code for code, state in alone.states.items() if state == "error"),
        "whole_ms": round(alone.end), "over_limit_ms": round(alone.end - alone.paint - LIMIT * 1000),
        "without_script_ms": round(without), "without_script_sections": whole.count(b"record-source is-"),
        "people": len(visits), "errors": len(visits) - len(good),
        "crowd_paint_p50_ms": round(percentile(first, 0.5)), "crowd_paint_p95_ms": round(percentile(first, 0.95)),
        "crowd_paint_max_ms": round(max(first)), "crowd_end_p95_ms": round(percentile([one.end for one in good], 0.95)),
        "sections_lost": sum(len(wanted - set(one.sections)) for one in good) + len(wanted) * (len(visits) - len(good)),
        "no_end": sum(not one.end for one in good),
    }  # fmt: skip


def bench(people: int, url: str = "") -> dict[str, Any]:
    """Run once on one database, and return the summary."""
    folder = tempfile.mkdtemp(prefix="kesher-bench-")
    port = free_port()
    environment = {
        **os.environ, "KESHER_DATA": folder, "DATABASE_URL": url, "KESHER_LOG": "WARNING", "KESHER_HOSTS": "*",
        "KESHER_PUBLIC_URL": f"http://127.0.0.1:{port}", "DJANGO_SETTINGS_MODULE": "kesher.site.settings",
    }  # fmt: skip
    try:
        child = [sys.executable, "-m", "bench.records_child", str(people + ALONE)]
        made = subprocess.run(child, env=environment, check=True, stdout=subprocess.PIPE)
        cookies = json.loads(made.stdout.decode().splitlines()[-1])
        with process(*SERVE, "web", "--port", str(port), environment=environment):
            wait_for(f"http://127.0.0.1:{port}/healthz")
            return {"bench": "records", "database": "postgresql" if url else "sqlite", **measure(port, cookies)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Parse the arguments, and run on both databases."""
    parser = argparse.ArgumentParser(prog="script/bench records")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    for url, _pid in databases(sqlite_only=options.sqlite_only):
        print(json.dumps(bench(options.people, url), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
