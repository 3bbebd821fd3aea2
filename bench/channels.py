"""``script/bench channels [--messages N] [--sqlite-only]``: each webhook channel against WhatsApp, and a flood on one.

For each channel, in turns with WhatsApp's: the CPU of storing a signed request and of receiving and answering its
message. Then one channel is flooded while another gets ten messages a second: until when each of those can be read, with
the flood and without it. A channel takes part if its adapter can make signed requests (`Channel.simulate`) that are stored
and are no calls.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import itertools
import json
import shutil
import threading
import time
from base64 import b64decode
from statistics import median
from typing import Any, NamedTuple

from bench.intake import SERVE, Run
from bench.machine import cpu_seconds, databases, percentile, process, wait_for

TURNS = 3
STEADY_PER_S, STEADY_S = 10, 15
REFERENCE = "whatsapp"


class Post(NamedTuple):
    """A signed request, as it is posted."""

    method: str
    url: str
    body: bytes
    headers: dict[str, str]


MAKE = """
import base64, json, random
from kesher.agencies.models import Agency
from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.core.db.agency_scope import scope
from bench.payloads import WORDS
chance, found = random.Random({block}), []
agency = Agency.objects.get()
with scope(agency):
    account = Account.objects.get(channel={channel!r})
    info = account.info("http://127.0.0.1:{port}")
    scheme = account.adapter.capabilities(info).schemes[0]
    for number in range({count}):
        person = number // 4 + 1000 * {block}
        address = {{"tel": f"+97250{{person:07d}}", "mailto": f"p{{person}}@citizen.example"}}.get(scheme, f"{{person:010d}}")
        address = f"{{account.address}}:{{address}}" if scheme in ("messenger", "instagram") else address
        say = {{"text": chance.choice(chance.choice(WORDS)[1]), "id": f"b{block}-{{number:07d}}"}}
        made = account.adapter.simulate(Address(scheme, address), say, info)
        if made is None:
            break
        path = made.path if made.path.startswith("/in/") else f"/in/{channel}/{{account.key}}"
        url = f"{{path}}?{{made.query}}" if made.query else path
        found.append([made.method, url, base64.b64encode(made.body).decode(), dict(made.headers)])
print(json.dumps(found))
"""


class ChannelRun(Run):
    """One run on one database, with an account of every channel."""

    blocks = itertools.count()  # of a thousand people each, so that no two lists have people in common

    def open_accounts(self) -> list[str]:
        """Create a migrated database with an account of each channel; return the names of those that take part."""
        names = self.manage(
            "from django.core.management import call_command as c; c('migrate', verbosity=0)\n"
            "from kesher.agencies.services import create_agency; from kesher.core.db.agency_scope import scope\n"
            "from kesher.channels.registry import channels\n"
            "from kesher.channels.services import open_account\n"
            "a = create_agency(slug='bench', names={'he': 'עיר'}, languages=['he'])\n"
            "with scope(a):\n"
            "    for name, adapter in channels().items():\n"
            "        if not (adapter.stand_in or adapter.pulled or name == 'webchat'):\n"
            "            open_account(name, address='1122334455667', secrets=('first-secret',), token='1234:token',\n"
            "                settings={'verify_token': 'v', 'account_sid': 'AC1'}); print(name)"
        )
        return [name for name in names.split() if self.make(name, 1)]

    def make(self, channel: str, count: int) -> list[Post]:
        """Return so many signed requests of a channel, by new people, four of each; [] if it makes none."""
        made = json.loads(
            self.manage(MAKE.format(channel=channel, count=count, block=next(self.blocks), port=self.port))
        )
        return [Post(method, url, b64decode(body), headers) for method, url, body, headers in made]

    def store(self, posts: list[Post]) -> float:
        """Post requests to the lane, and return its CPU in microseconds a request."""
        with process(*SERVE, "web", "--port", str(self.port), environment=self.environment) as web:
            wait_for(f"http://127.0.0.1:{self.port}/in/none/none")
            warm, rest = posts[:50], posts[50:]
            post_all(self.port, warm)
            before = cpu_seconds(web.pid)
            post_all(self.port, rest)
            return (cpu_seconds(web.pid) - before) / len(rest) * 1e6

    def receive(self) -> float:
        """Let the worker receive and answer what is stored, and return its CPU in milliseconds a message."""
        with process(*SERVE, "worker", environment=self.environment) as worker:
            heard = "SELECT count(*) FROM conversations_message WHERE direction = 'in'"
            begun = int(self.query(heard)[0][0])
            while (warm := int(self.query(heard)[0][0])) == begun:
                time.sleep(0.02)
            before = cpu_seconds(worker.pid)
            while self.query("SELECT 1 FROM conversations_intake WHERE state = 'new' LIMIT 1"):
                time.sleep(0.1)
            count = int(self.query(heard)[0][0]) - warm
            return (cpu_seconds(worker.pid) - before) / max(1, count) * 1e3

    def visible_ms(self, steady: list[Post], flood: list[Post]) -> list[float]:
        """Return the milliseconds until each steady message can be read, while the flood comes as fast as it can."""
        with (
            process(*SERVE, "web", "--port", str(self.port), environment=self.environment),
            process(*SERVE, "worker", environment=self.environment),
        ):
            wait_for(f"http://127.0.0.1:{self.port}/in/none/none")
            flooding = threading.Thread(target=post_all, args=(self.port, flood))
            flooding.start()
            waits = [self.one_visible(post) for post in steady]
            flooding.join()
            return waits

    def one_visible(self, post: Post) -> float:
        """Post one message of the reference, and return the milliseconds until it is received."""
        heard = f"SELECT count(*) FROM conversations_message WHERE channel = '{REFERENCE}' AND direction = 'in'"
        before, began = int(self.query(heard)[0][0]), time.monotonic()
        post_all(self.port, [post])
        while self.query(heard)[0][0] == before and time.monotonic() - began < 30:
            time.sleep(0.005)
        took = time.monotonic() - began
        time.sleep(max(0.0, 1 / STEADY_PER_S - took))
        return took * 1000


def post_all(port: int, posts: list[Post]) -> None:
    """Post requests one after the other on one connection. Raise SystemExit if one is refused."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        for post in posts:
            connection.request(post.method, post.url, post.body, post.headers)
            reply = connection.getresponse()
            reply.read()
            if reply.status >= 300:
                raise SystemExit(f"{post.url}: the lane answered {reply.status}")


def bench(messages: int, url: str = "", postmaster: int | None = None) -> dict[str, Any]:
    """Run everything on one database, and return the summary: shares of WhatsApp's figures, by channel."""
    run = ChannelRun(0, url, postmaster)
    try:
        names = run.open_accounts()
        figures: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
        for _turn in range(TURNS):
            for name in names:
                stored = run.store(run.make(name, messages))
                figures[name].append((stored, run.receive()))
                print(
                    f"{name:12} {figures[name][-1][0]:7.0f} us stored {figures[name][-1][1]:7.2f} ms received",
                    flush=True,
                )
        base = figures[REFERENCE]
        flooded = next(name for name in names if name != REFERENCE)
        steady = run.make(REFERENCE, 2 * STEADY_S * STEADY_PER_S)
        half = len(steady) // 2
        run.visible_ms(steady[:5], [])
        calm = percentile(run.visible_ms(steady[5:half], []), 0.95)
        wild = percentile(run.visible_ms(steady[half:], run.make(flooded, messages)), 0.95)
        return {
            "bench": "channels", "database": "postgresql" if url else "sqlite",
            "stored_share": {name: shares(rows, base, 0) for name, rows in figures.items()},
            "received_share": {name: shares(rows, base, 1) for name, rows in figures.items()},
            "flooded": flooded, "calm_p95_ms": round(calm, 1), "flooded_p95_ms": round(wild, 1),
        }  # fmt: skip
    finally:
        shutil.rmtree(run.folder, ignore_errors=True)


def shares(rows: list[tuple[float, float]], base: list[tuple[float, float]], column: int) -> float:
    """Return the median over the turns of a channel's figure as a share of WhatsApp's in the same turn."""
    return round(median(row[column] / other[column] for row, other in zip(rows, base, strict=True)), 2)


def main() -> None:
    """Parse the arguments, and run on both databases."""
    parser = argparse.ArgumentParser(prog="script/bench channels")
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    for database in databases(sqlite_only=options.sqlite_only):
        print(json.dumps(bench(options.messages, *database)), flush=True)


if __name__ == "__main__":
    main()
