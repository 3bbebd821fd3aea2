"""``script/bench sign [--seconds N] [--peak N] [--rows N] [--sqlite-only]``: signing through the petition's page.

Real server processes, real forms. Measures signatures a second beside a loop that writes the same rows
through the ORM with one commit each; statements and CPU of one signature; waits at fifty a second; a replay of the peak
of March 2019 (89 a second) while 1,500 a second read the counter; and the same on millions of signatures.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

from bench.browsers import Log, flood, in_process, read_steadily, steady
from bench.intake import SERVE, Run
from bench.machine import cpu_seconds, databases, percentile, process, tree_cpu, wait_for

PEAK_RATE, READ_RATE, CALM_RATE = 89, 1500, 50
CONNECTIONS = 24
TURNS = 4


class Signing(Run):
    """One run on one database."""

    def __init__(self, seconds: float, url: str, postmaster: int | None) -> None:
        super().__init__(seconds, url, postmaster)
        # Each signer comes from an IP address of their own.
        self.environment |= {"KESHER_TRUST_PROXY": "1", "DJANGO_SETTINGS_MODULE": "kesher.site.settings"}
        self.made = 0
        self.receipts: list[str] = []
        self.code = ""

    def child(self, verb: str, argument: str = "") -> dict[str, Any]:
        """Run a command of `bench.sign_child`, and return its result."""
        command = [sys.executable, "-m", "bench.sign_child", verb, argument]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def signers(self, count: int) -> str:
        """Return a file with the cookies of so many people who have not signed yet."""
        path = f"{self.folder}/signers-{self.made}"
        self.child("signers", f"{count} {self.made} {path}")
        self.made += count
        return path

    def known(self, count: int) -> Iterator[bytes]:
        """Yield requests of so many people whose browsers are known."""
        lines = Path(self.signers(count)).read_text().splitlines()
        return iter([self.form({"known": "1"}, f"kesher_signer={line}; ", number) for number, line in enumerate(lines)])

    def strangers(self, count: int) -> Iterator[bytes]:
        """Yield requests of people who type an address."""
        first = self.made
        self.made += count
        numbers = [
            2_000_000 + (first + n) * 7_919 % 8_000_000 for n in range(count)
        ]  # from many number blocks, as a crowd
        return iter([self.form({"address": f"+97252{number}"}, "", first + n) for n, number in enumerate(numbers)])

    def form(self, values: dict[str, str], cookies: str, number: int) -> bytes:
        """Return the bytes of one signing request."""
        body = urlencode({"name": "", "website": "", **values})
        ip = f"10.{number >> 8 & 255}.{number & 255}.1"  # one network each, below all limits
        return (
            f"POST /petitions/{self.code}/sign/ HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nX-Forwarded-For: {ip}\r\n"
            f"Origin: http://127.0.0.1:{self.port}\r\nCookie: {cookies}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    @contextlib.contextmanager
    def serving(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run the web process and the worker, warmed up."""
        with (
            process(*SERVE, "web", "--port", str(self.port), environment=self.environment) as web,
            process(*SERVE, "worker", environment=self.environment),
        ):
            wait_for(f"http://127.0.0.1:{self.port}/healthz")
            self.flood(self.known(60), 2)
            yield web

    def flood(self, requests: Iterator[bytes], seconds: float) -> Log:
        """Send requests as fast as possible."""
        log = Log()
        asyncio.run(flood(self.port, requests, seconds, CONNECTIONS, log))
        return self.kept(log)

    def steady(self, requests: Iterator[bytes], rate: float, seconds: float) -> Log:
        """Send requests at a fixed rate."""
        log = Log()
        asyncio.run(steady(self.port, requests, rate, seconds, CONNECTIONS * 4, log))
        return self.kept(log)

    def kept(self, log: Log) -> Log:
        """Store the receipts, and report unexpected answers."""
        self.receipts += [found[1] for place in log.places if (found := re.search(r"[?&]r=(\w+)", place))]
        if set(log.statuses) - {302}:
            print(f"other answers than 302: {log.statuses}", file=sys.stderr)
        return log

    def throughput(self, web: subprocess.Popen[bytes], requests: Iterator[bytes]) -> dict[str, float]:
        """Return signatures a second, and CPU for one (of the web process; of the database separately)."""
        cpu, base = cpu_seconds(web.pid), tree_cpu(self.postmaster) if self.postmaster else 0.0
        log = self.flood(requests, self.seconds)
        done = log.statuses.get(302, 0) or 1
        after = tree_cpu(self.postmaster) if self.postmaster else 0.0
        return {
            "per_s": done / log.seconds, "cpu_ms": (cpu_seconds(web.pid) - cpu) / done * 1000,
            "database_ms": (after - base) / done * 1000,
        }  # fmt: skip

    def replay(self, seconds: float) -> dict[str, Any]:
        """Replay the hour of 21 March 2019 with 5,343 signatures a minute, together with readers."""
        requests = self.known(int(PEAK_RATE * seconds) + 10)
        path = f"/petitions/{self.code}/count.json"
        reader, answers = in_process(read_steadily, self.port, path, READ_RATE, seconds)
        log = self.steady(requests, PEAK_RATE, seconds)
        read = answers.get(timeout=60)
        reader.join()
        return {
            "replay_errors": log.errors + read["errors"], "replay_p95_ms": round(percentile(log.waits, 0.95), 1),
            "replay_per_s": round(len(log.waits) / log.seconds, 1),
            "reads_per_s": round(len(read["waits"]) / read["seconds"]),
            "read_p95_ms": round(percentile(read["waits"], 0.95), 1),
        }  # fmt: skip


def beside(url: str) -> str:
    """Create a second database on the same server and return its URL; "" for SQLite, where each run has a file."""
    if not url:
        return ""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE beside")
    return url.replace("@/postgres?", "@/beside?")


def ample(seconds: float) -> int:
    """Return more signers than the server can process in this time."""
    return int(800 * seconds)


def bench(seconds: float, peak: float, rows: int, url: str = "", postmaster: int | None = None) -> dict[str, Any]:
    """Run everything on one database, and return the summary."""
    run, other = Signing(seconds, url, postmaster), Signing(seconds, beside(url), postmaster)
    try:
        run.prepare()
        run.code = run.child("prepare")["code"]
        with run.serving() as web:
            signed = run.throughput(web, run.known(ample(seconds)))
            first = run.throughput(web, run.strangers(ample(seconds)))
        counts = run.child("statements", run.signers(10))
        first_of_loop = run.made
        run.signers(ample(seconds))
        loop = run.child("loop", f"{seconds} {first_of_loop}")
        with run.serving() as web:
            calm_requests, cpu = run.known(int(CALM_RATE * seconds) + 10), cpu_seconds(web.pid)
            calm = run.steady(calm_requests, CALM_RATE, seconds)
            calm_cpu = (cpu_seconds(web.pid) - cpu) / len(calm.waits) * 1000
            replay = run.replay(peak)
        growth = grown(run, other, rows) if rows else {}
        Path(f"{run.folder}/receipts").write_text("\n".join(run.receipts))
        with process(*SERVE, "worker", environment=run.environment):
            books = run.child("books", f"{run.folder}/receipts")
        return {
            "bench": "sign", "database": "postgresql" if url else "sqlite", "cores": os.cpu_count(),
            "signatures_per_s": round(signed["per_s"]), "loop_per_s": round(loop["per_s"]),
            "ratio": round(signed["per_s"] / loop["per_s"], 3), "queries": counts["queries"],
            "cpu_ms": round(signed["cpu_ms"], 2), "database_cpu_ms": round(signed["database_ms"], 2),
            "p95_ms": round(percentile(calm.waits, 0.95), 1), **replay, **growth, **books,
            "cpu_ms_at_50": round(calm_cpu, 2), "loop_cpu_ms": round(loop["cpu_ms"], 2), "first_queries": counts["first_queries"],
            "first_per_s": round(first["per_s"]), "first_cpu_ms": round(first["cpu_ms"], 2),
        }  # fmt: skip
    finally:
        for one in (run, other):
            shutil.rmtree(one.folder, ignore_errors=True)


def grown(run: Signing, other: Signing, rows: int) -> dict[str, Any]:
    """Measure on top of so many signatures and on an empty database, in turns, since the machine's load may change."""
    other.prepare()
    other.code = other.child("prepare")["code"]
    run.child("grow", str(rows))
    done: dict[Signing, list[dict[str, float]]] = {run: [], other: []}
    with run.serving() as web, other.serving() as other_web:
        for _turn in range(TURNS):
            for one, server in ((other, other_web), (run, web)):
                done[one].append(one.throughput(server, one.known(ample(one.seconds))))
    mean = {one: sum(turn["per_s"] for turn in turns) / TURNS for one, turns in done.items()}
    cpu = {one: sum(turn["cpu_ms"] + turn["database_ms"] for turn in turns) / TURNS for one, turns in done.items()}
    return {
        "growth": round(mean[run] / mean[other], 3), "growth_rows": rows, "growth_per_s": round(mean[run]),
        "growth_cpu": round(cpu[other] / cpu[run], 3),
    }  # fmt: skip


def main() -> None:
    """Parse the arguments, and run on both databases."""
    parser = argparse.ArgumentParser(prog="script/bench sign")
    parser.add_argument("--seconds", type=float, default=10, help="how long each measurement lasts")
    parser.add_argument("--peak", type=float, default=600, help="how long the replay of the peak lasts")
    parser.add_argument("--rows", type=int, default=5_000_000, help="signatures for the measurement of growth; 0: none")
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    given = (options.seconds, options.peak, options.rows)
    for database in databases(sqlite_only=options.sqlite_only):
        print(json.dumps(bench(*given, *database)), flush=True)


if __name__ == "__main__":
    main()
