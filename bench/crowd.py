"""``script/bench crowd [--seconds N] [--signers N] [--views N] [--sqlite-only]``: a petition in the national news.

The demo municipality, real server processes, limits at their defaults. First what a page costs when it is made (for a
visitor who has a cookie, so that it is not shared) and a first signature. Then so many views a second of the petition's
page, by visitors who were never here, in four languages and by links with tracking parameters, while others sign for
the first time, from 500 networks; each load comes from a process of its own. At the end every signer must have a code
in the queue.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import urlencode

from bench.browsers import Log, flood, in_process, steady
from bench.intake import SERVE, Run
from bench.machine import cpu_seconds, databases, percentile, process, wait_for

PETITION, CONTEST = "/petitions/48213/", "/contests/70128/"
NETWORKS = 500
LANGUAGES = ("he-IL,he;q=0.9", "he-IL,he;q=0.9", "ar", "ru-RU,ru;q=0.9", "en-US,en;q=0.9")
PAGES, FIRST = 120, 120  # what the costs are measured on; with a whole run, less than 5,000 addresses a day
DRAIN_SECONDS = 180.0
DEMO = "from django.core.management import call_command as c; c('migrate', verbosity=0); c('demo', verbosity=0)"
STATIC = "from django.core.management import call_command as c; c('collectstatic', interactive=False, verbosity=0)"
BOOKS = """
import json
from kesher.contacts.models import Proof
from kesher.conversations.models import Delivery
from kesher.core.db.agency_scope import scope
from kesher.participation.models import CodeDue
with scope(1):
    rows = Proof.objects.filter(purpose="sign", subject="48213", identity__address__startswith="+97252")
    sent = set(Delivery.objects.filter(identity__in=rows.values("identity")).values_list("identity", flat=True))
    waits = {identity: (at - asked).total_seconds() for identity, at, asked in
             rows.values_list("identity", "created", "asked_at") if identity in sent}
    print(json.dumps({"due": CodeDue.objects.filter(counted=False).count(), "waits": sorted(waits.values())}))
"""


class Crowd(Run):
    """One run on one database."""

    def __init__(self, seconds: float, url: str, postmaster: int | None) -> None:
        super().__init__(seconds, url, postmaster)
        # Each signer comes from an IP address of their own; the simulator is the demo's provider.
        self.environment |= {"KESHER_TRUST_PROXY": "1", "KESHER_SIMULATOR": "1", "PORT": str(self.port)}
        self.signed = 0

    def prepare(self) -> None:
        """Load the demo municipality."""
        self.manage(DEMO)
        self.manage(STATIC)

    @contextlib.contextmanager
    def serving(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run the web process and the worker."""
        with (
            process(*SERVE, "web", "--port", str(self.port), environment=self.environment) as web,
            process(*SERVE, "worker", environment=self.environment),
        ):
            wait_for(f"http://127.0.0.1:{self.port}/healthz")
            yield web

    def page_cost(self, web: subprocess.Popen[bytes], path: str) -> float:
        """Return the milliseconds of CPU for which the web process makes a page that nobody shares."""
        ask = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Cookie": "other=1"})
        cpu = 0.0
        for number in range(PAGES + 20):
            if number == 20:
                cpu = cpu_seconds(web.pid)
            with urllib.request.urlopen(ask) as page:
                page.read()
        return (cpu_seconds(web.pid) - cpu) / PAGES * 1000

    def signers(self) -> Iterator[bytes]:
        """Yield requests of people who sign for the first time."""
        for number in count(self.signed):
            self.signed = number + 1
            # From many number blocks, as a crowd.
            body = urlencode({"address": f"+97252{2_000_000 + number * 7_919 % 8_000_000}", "name": "", "website": ""})
            network = number % NETWORKS
            yield (
                f"POST {PETITION}sign/ HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"X-Forwarded-For: 10.{network >> 8}.{network & 255}.{1 + number // NETWORKS % 250}\r\n"
                f"Origin: http://127.0.0.1:{self.port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode()

    def first_cost(self, web: subprocess.Popen[bytes]) -> float:
        """Return the milliseconds of CPU that a first signature costs the web process while nothing else goes on."""
        log, some, cpu = Log(), self.signers(), cpu_seconds(web.pid)
        asyncio.run(flood(self.port, (next(some) for _signer in range(FIRST)), 60, 4, log))
        return (cpu_seconds(web.pid) - cpu) / FIRST * 1000

    def crowd(self, signers: float, views: float) -> dict[str, Any]:
        """Run the crowd, and return its figures."""
        reader, answers = in_process(view_steadily, self.port, views, self.seconds)
        log = Log()
        asyncio.run(steady(self.port, self.signers(), signers, self.seconds, 100, log))
        seen = answers.get(timeout=600)
        reader.join()
        return {
            "views_per_s": round(len(seen["waits"]) / seen["seconds"]), "view_p95_ms": p95(seen["waits"]),
            "first_per_s": round(len(log.waits) / log.seconds, 1), "first_p95_ms": p95(log.waits),
            "errors": failed(seen["statuses"], 200) + failed(log.statuses, 302), "signed": log.statuses.get(302, 0),
        }  # fmt: skip

    def wait_for_codes(self, signed: int) -> dict[str, Any]:
        """Wait until no code is due, and return how long codes waited, and how many of the signers have none."""
        end = time.monotonic() + DRAIN_SECONDS
        while True:
            found = json.loads(self.manage(BOOKS))
            if not found["due"] or time.monotonic() > end:
                break
            time.sleep(1)
        waits: list[float] = found["waits"]
        return {"code_queued_p95_s": round(percentile(waits, 0.95), 2), "lost": signed + FIRST - len(waits)}


def view_steadily(port: int, rate: float, seconds: float) -> dict[str, Any]:
    """Request the petition's page at a fixed rate, as browsers do that were never here."""
    log = Log()

    def visitors() -> Iterator[bytes]:
        """Yield requests in four languages, each by its own link."""
        for number in count():
            yield (
                f"GET {PETITION}?fbclid={number} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: visitor {number}\r\n"
                f"Accept-Language: {LANGUAGES[number % len(LANGUAGES)]}\r\nX-Forwarded-For: 10.9.{number >> 8 & 255}.1\r\n\r\n"
            ).encode()

    asyncio.run(steady(port, visitors(), rate, seconds, 100, log))
    return {"waits": log.waits, "statuses": log.statuses, "seconds": log.seconds}


def failed(statuses: dict[int, int], wanted: int) -> int:
    """Return how many answers had another status than the wanted one."""
    return sum(n for status, n in statuses.items() if status != wanted)


def p95(waits: list[float]) -> float:
    """Return the time within which 95 of 100 were answered, in milliseconds."""
    return round(percentile(waits, 0.95), 1)


def bench(seconds: float, signers: float, views: float, url: str = "", postmaster: int | None = None) -> dict[str, Any]:
    """Run everything on one database, and return the summary."""
    run = Crowd(seconds, url, postmaster)
    try:
        run.prepare()
        with run.serving() as web:
            pages = {"page": PETITION, "home": "/", "contest": CONTEST}
            cost = {f"{name}_cpu_ms": round(run.page_cost(web, path), 2) for name, path in pages.items()}
            cost["first_cpu_ms"] = round(run.first_cost(web), 2)
            found = run.crowd(signers, views)
            found |= run.wait_for_codes(found.pop("signed"))
        return {
            "bench": "crowd",
            "database": "postgresql" if url else "sqlite",
            **found,
            **cost,
            "cores": os.cpu_count(),
        }
    finally:
        shutil.rmtree(run.folder, ignore_errors=True)


def main() -> None:
    """Parse the arguments, and run on both databases."""
    parser = argparse.ArgumentParser(prog="script/bench crowd")
    parser.add_argument("--seconds", type=float, default=120, help="how long the crowd lasts")
    parser.add_argument("--signers", type=float, default=40, help="first-time signers a second")
    parser.add_argument("--views", type=float, default=1500, help="views a second of the petition's page")
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    given = (options.seconds, options.signers, options.views)
    for database in databases(sqlite_only=options.sqlite_only):
        print(json.dumps(bench(*given, *database)), flush=True)


if __name__ == "__main__":
    main()
