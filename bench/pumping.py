"""``script/bench pumping [--minutes N] [--people N] [--attackers N] [--sqlite-only]``: SMS caused by strangers.

Real server processes with the default limits. Attackers in ten networks request codes for numbers that are not theirs,
through every door. Then a crowd signs from one network in real time: each person reads the code from the provider and
types it a little later, or, where no code is sent, writes what the page asks for. Last, attackers from more and more
networks, until the alarm. Both databases run at the same time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx

from bench.intake import SERVE, Run
from bench.machine import free_port, postgres, process, wait_for
from kesher.channels.sms.adapter import signature

ATTACKERS, HONEST, MORE = "+972533", "+972523", "+972544"  # existing number ranges
NETWORKS, ROUNDS = 10, 5
CARRIER = "198.51.100.7"
CODE = re.compile(r"\b\d{6}\b")
WORDS = re.compile(r'id="words-to-send"[^>]*>([^<]+)<')


@dataclass
class Provider:
    """A fake SMS provider that stores the last code for each phone."""

    codes: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @contextlib.contextmanager
    def serving(self) -> Any:
        """Serve the provider's API inside the block."""
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Accept a message and store its code."""
                fields = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
                found = CODE.search(fields["Body"][0])
                if found:
                    provider.codes[fields["To"][0]] = found[0]
                body = json.dumps({"sid": f"SM{random.getrandbits(100):032x}", "status": "queued"}).encode()
                self.send_response(201)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: Any) -> None:
                """Log nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()


class Pumping(Run):
    """One run on one database."""

    def __init__(self, url: str, *, people: int, attackers: int, minutes: float, delay: float) -> None:
        super().__init__(0, url, None)
        self.people, self.attackers, self.minutes, self.delay = people, attackers, minutes, delay
        self.provider = Provider()
        self.environment |= {
            "KESHER_TRUST_PROXY": "1",
            "KESHER_LOG": "ERROR",
            "KESHER_SSRF_ALLOW": f"127.0.0.1:{self.provider.port}",
            "DJANGO_SETTINGS_MODULE": "kesher.site.settings",
        }
        self.known: dict[str, Any] = {}
        self.told: list[str] = []  # people who were shown what to write instead
        self.errors: list[str] = []  # unexpected answers to honest people

    def child(self, verb: str, argument: str = "") -> dict[str, Any]:
        """Run a command of `bench.pumping_child`, and return its result."""
        command = [sys.executable, "-m", "bench.pumping_child", verb, argument]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def browser(self, ip: str) -> httpx.AsyncClient:
        """Return an HTTP client of a network."""
        url = f"http://127.0.0.1:{self.port}"
        return httpx.AsyncClient(base_url=url, headers={"X-Forwarded-For": ip}, timeout=600, verify=False)

    async def attack(self, numbers: list[str], ips: list[str], rounds: int) -> None:
        """Request codes for each number so often, each time through another door; twenty at once."""
        turns = [(turn, number) for turn in range(rounds) for number in range(len(numbers))]
        tasks = iter(turns)

        async def one() -> None:
            async with self.browser("") as browser:
                for turn, number in tasks:
                    await self.ask(browser, (turn + number) % 5, numbers[number], ips[number])

        await asyncio.gather(*(one() for _ in range(20)))

    async def ask(self, browser: httpx.AsyncClient, door: int, number: str, ip: str) -> None:
        """Request a code for this number: by signing (API and page), voting, starting a petition or signing in."""
        head = {"X-Forwarded-For": ip}
        petitions, contest = "/api/v1/petitions/", f"/api/v1/contests/{self.known['contest']}/votes/"
        if door == 0:
            await browser.post(
                f"{petitions}{self.known['petition']}/signatures/", json={"address": number}, headers=head
            )
        elif door == 1:
            await browser.post(contest, json={"address": number, "choice": "1"}, headers=head)
        elif door == 2:
            words = {"title": f"ספסל {number[-5:]}", "demand": f"ספסל בתחנה {number[-5:]} שליד הבית", "sure": True}
            await browser.post(petitions, json={**words, "address": number}, headers=head)
        else:
            page = f"/petitions/{self.known['petition']}/" if door == 3 else "/me/sign-in/"
            to = f"{page}sign/" if door == 3 else page
            await self.submit(browser, page, to, {"address": number}, ip)

    async def submit(
        self, browser: httpx.AsyncClient, page: str, to: str, values: dict[str, str], ip: str
    ) -> httpx.Response:
        """Open a page and send its form."""
        shown = await browser.get(page, headers={"X-Forwarded-For": ip})
        assert shown.status_code == 200, shown.text[:500]
        return await browser.post(
            to, data=values, headers={"X-Forwarded-For": ip, "Origin": str(browser.base_url).rstrip("/")}
        )

    async def crowd(self) -> float:
        """Let so many people sign from one network, and return the minutes until the last one has finished."""
        began, spread = time.monotonic(), self.minutes * 60
        chance = random.Random(1)
        tasks = []
        for number in range(self.people):
            due = began + number * spread / self.people
            if (left := due - time.monotonic()) > 0:
                await asyncio.sleep(left)
            phone, pause = f"{HONEST}{number * 2_963 % 1_000_000:06}", chance.lognormvariate(0, 0.5) * self.delay
            tasks.append(asyncio.create_task(self.sign(phone, pause)))
        await asyncio.gather(*tasks)
        return (time.monotonic() - began) / 60

    async def sign(self, phone: str, pause: float) -> None:
        """Sign as one person: form, code from the phone, code typed; or send the text that the page shows."""
        page = f"/petitions/{self.known['petition']}/"
        async with self.browser(CARRIER) as browser:
            answer = await self.submit(browser, page, f"{page}sign/", {"address": phone}, CARRIER)
            if answer.status_code == 302:
                while phone not in self.provider.codes:
                    await asyncio.sleep(0.2)
                await asyncio.sleep(pause)
                to = answer.headers["location"]
                done = await self.submit(browser, to, to, {"code": self.provider.codes[phone]}, CARRIER)
                if done.status_code != 302:
                    self.errors.append(f"{done.status_code} for the code of {phone}")
                return
            words = WORDS.search(answer.text) if answer.status_code == 429 else None
            if words is None:
                self.errors.append(f"{answer.status_code} for {phone}")
                return
            self.told.append(phone)
            await asyncio.sleep(pause)
            await self.text(browser, phone, words[1])

    async def text(self, browser: httpx.AsyncClient, phone: str, words: str) -> None:
        """Send a message from a phone, as the provider's webhook."""
        path = f"/in/sms/{self.known['key']}"
        fields = {"MessageSid": f"SM{random.getrandbits(100):032x}", "AccountSid": "AC1", "From": phone,
                  "To": "+97235550101", "Body": words, "NumMedia": "0"}  # fmt: skip
        signed = signature("s", f"http://127.0.0.1:{self.port}{path}", fields.items(), "sha1")
        head = {"X-Twilio-Signature": signed, "Content-Type": "application/x-www-form-urlencoded"}
        answer = await browser.post(path, content=urlencode(fields), headers=head)
        assert answer.status_code == 200, answer.text

    def settled(self, verb: str, prefix: str, key: str) -> int:
        """Return a figure once it no longer changes."""
        last = -1
        for _try in range(60):
            found = int(self.child(verb, prefix)[key])
            if found == last:
                return found
            last = found
            time.sleep(3)
        return last

    def bench(self) -> dict[str, Any]:
        """Run the attack, the crowd and the alarm, and return the summary."""
        self.known = self.child("prepare", f"http://127.0.0.1:{self.provider.port}")
        numbers = [f"{ATTACKERS}{number * 7_919 % 1_000_000:06}" for number in range(self.attackers)]
        ips = [f"10.{number % NETWORKS}.0.{number // NETWORKS % 250 + 1}" for number in range(self.attackers)]
        with (
            self.provider.serving(),
            process(*SERVE, "web", "--port", str(self.port), environment=self.environment),
            process(*SERVE, "worker", environment=self.environment),
            process(*SERVE, "sender", environment=self.environment),
        ):
            wait_for(f"http://127.0.0.1:{self.port}/healthz")
            asyncio.run(self.attack(numbers, ips, ROUNDS))
            sent = self.settled("messages", ATTACKERS, "messages")
            taken = asyncio.run(self.crowd())
            signed = self.settled("counted", HONEST, "counted")
            more = [f"{MORE}{number * 7_919 % 1_000_000:06}" for number in range(self.attackers * 3)]
            asyncio.run(self.attack(more, [f"10.100.{number // 90}.1" for number in range(len(more))], 1))
            heard = self.child("alarm")["after"]
        return {
            "bench": "pumping", "database": "postgresql" if self.environment["DATABASE_URL"] else "sqlite",
            "attacker_addresses": self.attackers, "attacker_messages": sent, "alarm_after": heard,
            "honest_people": self.people, "honest_counted": signed, "honest_minutes": round(taken, 1),
            "honest_by_another_way": len(self.told), "honest_errors": len(self.errors), "asks": self.attackers * ROUNDS, "cores": os.cpu_count(),
        }  # fmt: skip


def bench(url: str = "", *, people: int, attackers: int, minutes: float, delay: float) -> dict[str, Any]:
    """Run everything on one database, and return the summary."""
    run = Pumping(url, people=people, attackers=attackers, minutes=minutes, delay=delay)
    try:
        return run.bench()
    finally:
        shutil.rmtree(run.folder, ignore_errors=True)


def main() -> None:
    """Parse the arguments, and run on both databases."""
    parser = argparse.ArgumentParser(prog="script/bench pumping")
    parser.add_argument("--minutes", type=float, default=15, help="in how many minutes the crowd arrives")
    parser.add_argument("--people", type=int, default=3000, help="the crowd behind one carrier")
    parser.add_argument("--attackers", type=int, default=1000, help="addresses of attackers, in ten networks")
    parser.add_argument("--delay", type=float, default=30, help="seconds in which half of the people type their code")
    parser.add_argument("--sqlite-only", action="store_true")
    options = vars(parser.parse_args())
    only = options.pop("sqlite_only")
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(2) as both:
        urls = [""] if only else ["", stack.enter_context(postgres())[0]]
        for found in [both.submit(bench, url, **options) for url in urls]:
            print(json.dumps(found.result()), flush=True)


if __name__ == "__main__":
    main()
