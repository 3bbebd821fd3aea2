"""``script/bench live [--streams N]``: the cost of open live streams, and the delay of an event to all of them."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import time
from pathlib import Path
from typing import Any

from bench.intake import SERVE, Run
from bench.machine import percentile, process, wait_for

ROUNDS = 10


def threads_and_mb(pid: int) -> tuple[int, float]:
    """Return the threads and the memory in MB of a process."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return int(fields["Threads"]), int(fields["VmRSS"].split()[0]) / 1024


class Ear:
    """A client of one live stream over a plain socket, with the times of its events."""

    def __init__(self, port: int, ticket: str) -> None:
        self.port = port
        self.ticket = ticket
        self.heard: list[float] = []
        self.ready = asyncio.Event()

    async def listen(self) -> None:
        """Read the stream, and note the time of each event."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET /live/?ticket={self.ticket} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        try:
            while line := await reader.readline():
                if line.startswith(b"retry"):
                    self.ready.set()
                elif line.startswith(b"data:"):
                    self.heard.append(time.monotonic())
        finally:
            writer.close()


async def listen_all(run: Run, ticket: str, streams: int, pid: int) -> dict[str, Any]:
    """Open all streams, publish events, and return costs and delays."""
    ears = [Ear(run.port, ticket) for _ in range(streams)]
    tasks = []
    before = threads_and_mb(pid)
    for ear in ears:
        tasks.append(asyncio.create_task(ear.listen()))
        if len(tasks) % 100 == 0:
            await asyncio.sleep(0.05)
    await asyncio.gather(*(ear.ready.wait() for ear in ears))
    await asyncio.sleep(1)
    after = threads_and_mb(pid)
    waits: list[float] = []
    for number in range(ROUNDS):
        said = time.monotonic()
        await asyncio.to_thread(publish, run)
        committed = time.monotonic()
        while any(len(ear.heard) <= number for ear in ears) and time.monotonic() < said + 10:
            await asyncio.sleep(0.01)
        waits += [(ear.heard[number] - committed) * 1000 if len(ear.heard) > number else 10_000 for ear in ears]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {
        "threads": after[0], "more_threads": after[0] - before[0], "more_mb": round(after[1] - before[1], 1),
        "p50_ms": round(percentile(waits, 0.5), 1), "p95_ms": round(percentile(waits, 0.95), 1),
        "max_ms": round(max(waits), 1), "missed": sum(wait >= 10_000 for wait in waits),
    }  # fmt: skip


def publish(run: Run) -> None:
    """Write one live event."""
    run.write("INSERT INTO core_liveevent (agency_id, stream, ref, at) VALUES (1, 'inbox', '', CURRENT_TIMESTAMP)")


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(prog="script/bench live")
    parser.add_argument("--streams", type=int, default=1000)
    options = parser.parse_args()
    run = Run(0, "", None)
    try:
        run.prepare()
        ticket = run.manage(
            "from kesher.core.live.live_events import ticket; from kesher.core.db.agency_scope import scope\nwith scope(1): print(ticket(['inbox']))"
        )
        with process(*SERVE, "web", "--port", str(run.port), environment=run.environment) as web:
            wait_for(f"http://127.0.0.1:{run.port}/healthz")
            found = asyncio.run(listen_all(run, ticket, options.streams, web.pid))
        print(json.dumps({"bench": "live", "database": "sqlite", "streams": options.streams, **found}), flush=True)
    finally:
        shutil.rmtree(run.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
