"""``script/bench ideas [--requests N] [--ideas N] [--votes N] [--sqlite-only]``: the cost of the list of proposals.

A thousand proposals with a hundred thousand votes: the list in all orders, deep pages and searches, over HTTP from a
real server, each page only once, so that no cache helps. ``cpu_ms``: the server process's CPU for one page
(PostgreSQL's separately); ``queries``: the statements of the most expensive page.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import re
import shutil
import subprocess
import sys
import time
from typing import Any
from urllib.parse import quote

from bench.intake import SERVE, Run
from bench.machine import cpu_seconds, databases, percentile, process, tree_cpu, wait_for

LIST = "/contests/48213/proposals/"
WORDS = tuple(map(quote, ("גן", "הספרים", "לים", "אורות", "דרך", "העיר", "הגשר", "כוכבים")))
VOTES_A_PERSON = 5
ORDERS = ("draw", "new", "top", "search")


class Ideas(Run):
    """One run on one database."""

    def child(self, *arguments: str) -> dict[str, Any]:
        """Run a command of `bench.ideas_child`, and return its result."""
        command = [sys.executable, "-m", "bench.ideas_child", *arguments]
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "kesher.site.settings"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def get(self, connection: http.client.HTTPConnection, path: str) -> str:
        """Return the page at this path."""
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
        if answer.status != 200:
            raise SystemExit(f"{answer.status} for {path}")
        return body

    def paths(self, connection: http.client.HTTPConnection, order: str, count: int) -> list[str]:
        """Return the paths of so many different pages of one order."""
        if order == "draw":
            return [f"{LIST}?sort=draw&seed=seed{number}&after={number % 40 * 24}" for number in range(count)]
        if order == "search":
            return [f"{LIST}?sort=draw&seed=seed{number}&q={WORDS[number % len(WORDS)]}" for number in range(count)]
        found: list[str] = []
        path = f"{LIST}?sort={order}"
        while len(found) < count:
            found.append(path)
            following = re.search(r'rel="next" href="([^"]+)"', self.get(connection, path))
            path = LIST + following[1].replace("&amp;", "&") if following else f"{LIST}?sort={order}"
        return found

    def measure(self, web: subprocess.Popen[bytes], requests: int) -> dict[str, Any]:
        """Measure over one connection."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            return self.measured(connection, web, requests)

    def measured(
        self, connection: http.client.HTTPConnection, web: subprocess.Popen[bytes], requests: int
    ) -> dict[str, Any]:
        """Return CPU and waiting times of all orders."""
        pages = {order: self.paths(connection, order, requests // len(ORDERS)) for order in ORDERS}
        costs, waits, database = {}, [], 0.0
        for order, paths in pages.items():
            cpu, base = cpu_seconds(web.pid), tree_cpu(self.postmaster) if self.postmaster else 0.0
            for path in paths:
                start = time.perf_counter()
                self.get(connection, path)
                waits.append((time.perf_counter() - start) * 1000)
            costs[order] = round((cpu_seconds(web.pid) - cpu) * 1000 / len(paths), 2)
            database += tree_cpu(self.postmaster) - base if self.postmaster else 0.0
        return {
            "cpu_ms": max(costs.values()), "cpu_ms_by_order": costs, "p95_ms": round(percentile(waits, 0.95), 1),
            "database_cpu_ms": round(database * 1000 / len(waits), 2),
        }  # fmt: skip


def bench(requests: int, ideas: int, votes: int, url: str = "", postmaster: int | None = None) -> dict[str, Any]:
    """Run once on one database, and return the summary."""
    run = Ideas(0, url, postmaster)
    try:
        run.prepare()
        filled = run.child("fill", str(ideas), str(votes), str(votes // VOTES_A_PERSON))
        some = [f"{LIST}?sort={order}" for order in ("draw", "new", "top")] + [f"{LIST}?q={WORDS[0]}"]
        statements = run.child("queries", *some)
        with process(*SERVE, "web", "--port", str(run.port), environment=run.environment) as web:
            wait_for(f"http://127.0.0.1:{run.port}/healthz")
            measured = run.measure(web, requests)
        return {"bench": "ideas", "database": "postgresql" if url else "sqlite", **statements, **measured, **filled}
    finally:
        shutil.rmtree(run.folder, ignore_errors=True)


def main() -> None:
    """Parse the arguments, and run on both databases."""
    parser = argparse.ArgumentParser(prog="script/bench ideas")
    parser.add_argument("--requests", type=int, default=800)
    parser.add_argument("--ideas", type=int, default=1000)
    parser.add_argument("--votes", type=int, default=100_000)
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    for database in databases(sqlite_only=options.sqlite_only):
        print(json.dumps(bench(options.requests, options.ideas, options.votes, *database)), flush=True)


if __name__ == "__main__":
    main()
