"""``script/bench intake [--postgres] [--seconds N]``: how fast a signed webhook is stored, and then answered.

Three measurements, each with its own process: accepted requests a second against an empty handler of the same server;
messages a second through receive and respond, with CPU a message; and the time from the acknowledgement until the
message can be read, at fifty a second. Then it checks that nothing is lost, doubled, out of order or misplaced.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from bench import payloads
from bench.machine import cpu_seconds, databases, free_port, percentile, process, tree_cpu, wait_for

ROOT = Path(__file__).resolve().parent.parent
TURNS = 5  # of the lane and of the empty handler, in the time that each has
SERVE = ("-m", "kesher.site.cli", "serve", "--only")


class Run:
    """One run of the benchmark on one database."""

    def __init__(self, seconds: float, url: str, postmaster: int | None) -> None:
        self.seconds = seconds
        self.postmaster = postmaster
        self.folder = tempfile.mkdtemp(prefix="kesher-bench-")
        self.port = free_port()
        self.environment = {
            **os.environ,
            "KESHER_DATA": self.folder,
            "DATABASE_URL": url,
            "KESHER_LOG": "WARNING",
            "KESHER_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "PYTHONPATH": str(ROOT),
        }
        self.path = ""

    def manage(self, code: str) -> str:
        """Run Python code inside Django, and return its output."""
        done = subprocess.run(
            [sys.executable, "-c", "import django; django.setup()\n" + code],
            env={**self.environment, "DJANGO_SETTINGS_MODULE": "kesher.site.settings"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(done.stderr)
        return done.stdout.strip()

    def prepare(self) -> None:
        """Create a migrated database with one agency and one WhatsApp account."""
        self.path = self.manage(
            "from django.core.management import call_command as c; c('migrate', verbosity=0)\n"
            "from kesher.agencies.services import create_agency; from kesher.core.db.agency_scope import scope\n"
            "from kesher.channels.services import open_account\n"
            "a = create_agency(slug='bench', names={'he': 'עיר'}, languages=['he'])\n"
            "with scope(a):\n"
            f"    w = open_account('whatsapp', address={payloads.NUMBER_ID!r}, secrets=({payloads.SECRET!r},), token='t')\n"
            "print(f'/in/whatsapp/{w.key}')"
        )

    def wrk(self, port: int, script: Path, pid: int) -> dict[str, float]:
        """Run wrk once, and return its counts and the server's CPU seconds."""
        before, began = cpu_seconds(pid), time.monotonic()
        done = subprocess.run(
            ["wrk", "-t1", "-c256", f"-d{max(1, round(self.seconds / TURNS))}s", "-s", str(script), f"http://127.0.0.1:{port}"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
        requests, micros, p50, p99, refused, broken = map(int, line.split()[1:])
        return {
            "requests": requests, "seconds": micros / 1e6, "p50": p50 / 1000, "p99": p99 / 1000, "refused": refused,
            "broken": broken, "wall": time.monotonic() - began, "cpu": cpu_seconds(pid) - before,
        }  # fmt: skip

    def accept(self, script: Path) -> tuple[dict[str, float], dict[str, float]]:
        """Return the rates of (the intake lane, the empty handler), both warm, with the same requests.

        They take turns, because a shared machine's speed changes by half within a minute.
        """
        port = free_port()
        lane, base = [], []
        with (
            process("-m", "bench.empty", str(port), environment=self.environment) as empty,
            process(*SERVE, "web", "--port", str(self.port), environment=self.environment) as web,
        ):
            wait_for(f"http://127.0.0.1:{port}/")
            wait_for(f"http://127.0.0.1:{self.port}/in/none/none")
            for _turn in range(TURNS):
                base.append(self.wrk(port, script, empty.pid))
                lane.append(self.wrk(self.port, script, web.pid))
        return total_rates(lane), total_rates(base)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        if self.environment["DATABASE_URL"]:
            dsn = self.environment["DATABASE_URL"]
            with psycopg.connect(dsn) as connection:
                return list(connection.execute(sql).fetchall())
        with contextlib.closing(sqlite3.connect(f"{self.folder}/kesher.sqlite3", timeout=20)) as lite:
            return lite.execute(sql).fetchall()

    def write(self, sql: str) -> None:
        """Execute a statement on SQLite."""
        with contextlib.closing(sqlite3.connect(f"{self.folder}/kesher.sqlite3", timeout=20)) as lite, lite:
            lite.execute(sql)

    def post(self, sent: list[payloads.Sent]) -> None:
        """Put messages into the journal through the lane, without the worker."""
        with process(*SERVE, "web", "--port", str(self.port), environment=self.environment):
            wait_for(f"http://127.0.0.1:{self.port}/in/none/none")
            with contextlib.closing(Poster(self.port, self.path)) as poster:
                for item in sent:
                    poster.post(item)
                    if item.number % 20 == 0:
                        poster.post(item)

    def process_all(self, count: int) -> dict[str, float]:
        """Measure the worker alone: messages a second, and CPU a message."""
        database = tree_cpu(self.postmaster) if self.postmaster else 0.0
        with process(*SERVE, "worker", environment=self.environment) as worker:
            while not self.query("SELECT 1 FROM conversations_message LIMIT 1"):
                time.sleep(0.02)
            done0 = self.query("SELECT count(*) FROM conversations_message WHERE direction = 'in'")[0][0]
            cpu0, began = cpu_seconds(worker.pid), time.monotonic()
            while self.query("SELECT 1 FROM conversations_intake WHERE state = 'new' LIMIT 1"):
                time.sleep(0.25)
            seconds, cpu = time.monotonic() - began, cpu_seconds(worker.pid) - cpu0
        database = (tree_cpu(self.postmaster) - database) if self.postmaster else 0.0
        handled = count - done0
        return {"per_s": handled / seconds, "cpu_ms": cpu / handled * 1000, "database_ms": database / count * 1000}

    def visible(self, sent: list[payloads.Sent]) -> list[float]:
        """Return the milliseconds from each acknowledgement until the message can be read, at fifty a second."""
        acked: dict[str, float] = {}
        seen: dict[str, float] = {}
        stop = threading.Event()

        def watch() -> None:
            newest = self.query("SELECT coalesce(max(id), 0) FROM conversations_message")[0][0]
            while not stop.is_set():
                rows = self.query(
                    f"SELECT id, external_id FROM conversations_message WHERE id > {newest} AND direction = 'in'"
                )
                now = time.monotonic()
                for number, external_id in rows:
                    seen[external_id] = now
                    newest = max(newest, number)
                time.sleep(0.01)

        with (
            process(*SERVE, "web", "--port", str(self.port), environment=self.environment),
            process(*SERVE, "worker", environment=self.environment),
        ):
            wait_for(f"http://127.0.0.1:{self.port}/in/none/none")
            self.warm_up()
            watcher = threading.Thread(target=watch)
            watcher.start()
            poster = Poster(self.port, self.path)
            began = time.monotonic()
            for number, item in enumerate(sent):
                time.sleep(max(0.0, began + number / 50 - time.monotonic()))
                poster.post(item)
                acked[item.wamid] = time.monotonic()
            end = time.monotonic() + 15
            while len(seen) < len(acked) and time.monotonic() < end:
                time.sleep(0.05)
            stop.set()
            watcher.join()
            poster.close()
        return [(seen[wamid] - at) * 1000 if wamid in seen else 60_000.0 for wamid, at in acked.items()]

    def warm_up(self) -> None:
        """Wait until both processes work: one message is sent and visible."""
        first = payloads.make(1, 1, seed=9, prefix="w")[0]
        with contextlib.closing(Poster(self.port, self.path)) as poster:
            poster.post(first)
        while not self.query(f"SELECT 1 FROM conversations_message WHERE external_id = '{first.wamid}'"):
            time.sleep(0.05)

    def books(self, sent: list[payloads.Sent]) -> dict[str, int]:
        """Count the errors in the tables."""
        rows = self.query(
            "SELECT m.external_id, i.address, m.conversation_id, m.seq FROM conversations_message m "
            "JOIN contacts_identity i ON i.id = m.identity_id WHERE m.direction = 'in' ORDER BY m.id"
        )
        of = {item.wamid: item for item in sent}
        found: dict[str, int] = defaultdict(int)
        order: dict[int, list[tuple[int, int]]] = defaultdict(list)
        wrong = 0
        for wamid, address, conversation, seq in rows:
            if wamid not in of:
                continue
            found[wamid] += 1
            wrong += address != f"+{of[wamid].person}"
            order[conversation].append((seq, of[wamid].number))
        misordered = sum(
            first[1] > second[1]
            for items in order.values()
            for first, second in zip(sorted(items), sorted(items)[1:], strict=False)
        )
        return {
            "lost": len(of) - len(found), "duplicated": sum(n - 1 for n in found.values()),
            "misordered": misordered, "wrong_person": wrong,
        }  # fmt: skip


def total_rates(turns: list[dict[str, float]]) -> dict[str, float]:
    """Return the rates over all turns of one server; of the percentiles, the median."""
    total = {key: sum(turn[key] for turn in turns) for key in turns[0]}
    rates = {"per_s": total["requests"] / total["seconds"], "core": total["cpu"] / total["wall"]}
    return total | rates | {key: median(turn[key] for turn in turns) for key in ("p50", "p99")}


class Poster:
    """A client with a persistent connection."""

    def __init__(self, port: int, path: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.path = path

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def post(self, item: payloads.Sent) -> None:
        """Post one webhook."""
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": item.signature}
        self.connection.request("POST", self.path, item.body, headers)
        reply = self.connection.getresponse()
        reply.read()
        if reply.status != 200:
            raise SystemExit(f"the lane answered {reply.status}")


def bench(seconds: float, messages: int, url: str = "", postmaster: int | None = None) -> dict[str, Any]:
    """Run everything on one database, and return the summary."""
    run = Run(seconds, url, postmaster)
    try:
        run.prepare()
        script = payloads.lua(payloads.make(int(12_000 * seconds), 2000, prefix="a"), run.path, Path(run.folder))
        lane, base = run.accept(script)
        run.manage("from kesher.conversations.models import Intake; Intake.objects.all().delete()")
        sent = payloads.make(messages, 300, seed=3, prefix="m")
        run.post(sent)
        worked = run.process_all(len(sent))
        visible_sent = payloads.make(int(min(seconds, 20) * 50), 300, seed=4, prefix="v", first=messages)
        visible = run.visible(visible_sent)
        return {
            "bench": "intake", "database": "postgresql" if url else "sqlite", "server": "uvicorn+httptools+uvloop",
            "synchronous": "on" if url else "FULL",
            "accepted_per_s": round(lane["per_s"]), "empty_per_s": round(base["per_s"]),
            "ratio": round(lane["per_s"] / base["per_s"], 3),
            "server_core": round(lane["core"], 2), "empty_core": round(base["core"], 2),
            "refused": int(lane["refused"] + lane["broken"]),
            "ack_p50_ms": round(lane["p50"], 2), "ack_p99_ms": round(lane["p99"], 2),
            "processed_per_s": round(worked["per_s"]),
            "cpu_ms_per_message": round(worked["cpu_ms"] + lane["cpu"] / lane["requests"] * 1000, 3),
            "database_cpu_ms_per_message": round(worked["database_ms"], 3),
            "visible_p95_ms": round(percentile(visible, 0.95), 1),
            **run.books([*sent, *visible_sent]),
        }  # fmt: skip
    finally:
        shutil.rmtree(run.folder, ignore_errors=True)


def main() -> None:
    """Parse the arguments, and run on both databases."""
    parser = argparse.ArgumentParser(prog="script/bench intake")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk was not found: install it (Debian: apt-get install wrk)")
    for database in databases(sqlite_only=options.sqlite_only):
        print(json.dumps(bench(options.seconds, options.messages, *database)), flush=True)


if __name__ == "__main__":
    main()
