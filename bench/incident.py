"""``script/bench incident [--data FILE] [--minutes N] [--sqlite-only]``: an outage, from the first message to the last.

Real server processes. 300 people write about one event, in ten wordings a language with small variations, mixed with
100 who write about something else. The processes are killed (``kill -9``) in between. A clerk opens the
incident when it is visible, publishes a notice, and ends it; a fake provider counts who was told. ``attached``: share of
the 300 who are part of the incident; ``strangers``: share of its people who wrote nothing about it; ``told``,
``told_twice``, ``not_told``: of its people, how many got the closing message, got it more than once, and did not.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from bench import payloads
from bench.intake import SERVE, Poster, Run
from bench.machine import databases, free_port, wait_for

ROOT = Path(__file__).resolve().parent.parent
JUDGED = ROOT / "tests" / "judged"
DATA = JUDGED / "incidents" / "open" / "no-water.jsonl"
ABOUT = {"he": 120, "ar": 80, "ru": 60, "en": 40}
OTHERS = {"he": 40, "ar": 26, "ru": 20, "en": 14}
WORDINGS = 10
HELLO = {"he": "שלום, ", "ar": "مرحبا، ", "ru": "Здравствуйте! ", "en": "Hi, "}
CLOSING = "It is over 4f1c"  # stands in the closing message in every language
# Where it is neither Sabbath nor a holiday, as far as there is such a place: the closing message would wait.
ZONES = ("Asia/Jerusalem", "Pacific/Kiritimati", "Etc/GMT+12")
LEAST = 10  # people from whom the desk shows an incident
PATIENCE = 600.0  # seconds until what is waited for must have happened


class Line(NamedTuple):
    """One message of the scenario: whose, about the event or not, and its words."""

    person: str
    about: bool
    text: str


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the judged messages of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def make_scenario(path: Path, seed: int = 1) -> list[Line]:
    """Return 300 messages about the event and 100 others, each of another person, mixed."""
    chance, rows = random.Random(seed), read_lines(path)
    ordinary = [
        row
        for file in sorted((JUDGED / "messages" / "open").glob("*.jsonl"))
        for row in read_lines(file)
        if row["kind"] not in ("situation", "several") and len(row["text"]) > 3
    ]
    texts: list[tuple[bool, str]] = []
    for lang, count in ABOUT.items():
        wordings = chance.sample([row["text"] for row in rows if row["about"] and row["lang"] == lang], WORDINGS)
        texts += [(True, vary(wordings[at % WORDINGS], lang, chance)) for at in range(count)]
    for lang, count in OTHERS.items():
        near = [row["text"] for row in rows if not row["about"] and row["lang"] == lang]
        far = [row["text"] for row in ordinary if row["lang"] == lang]
        near = chance.sample(near, min(len(near), count // 2))
        texts += [(False, text) for text in [*near, *chance.sample(far, count - len(near))]]
    chance.shuffle(texts)
    return [Line(f"97250555{number:04d}", about, text) for number, (about, text) in enumerate(texts)]


def vary(text: str, lang: str, chance: random.Random) -> str:
    """Return a wording as another person writes it: with a slip, a greeting before or marks behind, or as it is."""
    how = chance.randrange(4)
    if how == 1 and len(text) > 8:
        at = chance.randrange(2, len(text) - 2)
        return text[:at] + text[at + 1 :]
    return (
        HELLO[lang] + text
        if how == 2
        else text.rstrip("?!. ") + chance.choice(["!!", "??", "...", " 🙏"])
        if how
        else text
    )


@dataclass
class Provider:
    """A fake WhatsApp provider that stores what each phone gets."""

    sent: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    port: int = field(default_factory=free_port)

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """Serve the provider's API inside the block."""
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Accept a message and store it."""
                asked = self.rfile.read(int(self.headers["content-length"])).decode()
                to = str(json.loads(asked).get("to", "")).lstrip("+")
                provider.sent[to].append(asked)
                body = json.dumps({"messages": [{"id": f"wamid.out{random.getrandbits(64):x}"}]}).encode()
                self.send_response(200)
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


class Outage(Run):
    """One run on one database."""

    def __init__(self, lines: list[Line], minutes: float, url: str) -> None:
        super().__init__(0, url, None)
        self.lines, self.minutes, self.provider = lines, minutes, Provider()
        self.environment |= {
            "KESHER_LOG": "ERROR",
            "KESHER_SSRF_ALLOW": f"127.0.0.1:{self.provider.port}",
            "DJANGO_SETTINGS_MODULE": "kesher.site.settings",
        }
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.seen_at = 0.0

    def clerk(self, code: str) -> str:
        """Run code in the agency, with its clerk as ``ruth``."""
        return self.manage(
            "from kesher.agencies.models import Agency, Staff; from kesher.core.db.agency_scope import scope\n"
            "from kesher.incidents import services; from kesher.incidents.models import Incident\n"
            "from datetime import timedelta; from django.utils import timezone\n"
            "with scope(Agency.objects.get()):\n"
            "    ruth = Staff.objects.get()\n" + "".join(f"    {line}\n" for line in code.splitlines())
        )

    def prepare(self) -> None:
        """Create a migrated database with an agency that speaks four languages, and train the kinds of events."""
        api = f"http://127.0.0.1:{self.provider.port}"
        self.path = self.manage(
            "from django.core.management import call_command as c; c('migrate', verbosity=0)\n"
            "from kesher.agencies.services import add_staff, create_agency\n"
            "from kesher.core.db.agency_scope import scope; from kesher.channels.services import open_account\n"
            "from kesher.incidents.event_kinds import train_kinds; train_kinds()\n"
            "from kesher.agencies.business_hours import is_quiet; from django.utils import timezone\n"
            "a = create_agency(slug='bench', names={'he': 'עיר'}, languages=['he', 'ar', 'ru', 'en'],\n"
            "    quiet={'from': '00:00', 'to': '00:00'})\n"
            f"for a.timezone in {ZONES!r}:\n"
            "    if not is_quiet(a, timezone.now()): break\n"
            "a.save()\n"
            "with scope(a):\n"
            "    add_staff(username='ruth', name='רותי', password='bench-password')\n"
            f"    w = open_account('whatsapp', address={payloads.NUMBER_ID!r}, secrets=({payloads.SECRET!r},), token='t',\n"
            f"        settings={{'verify_token': 'v', 'api': {api!r}}})\n"
            "print(f'/in/whatsapp/{w.key}')"
        )

    def start(self, role: str) -> None:
        """Start a process of the server."""
        more = ("--port", str(self.port)) if role == "web" else ()
        self.children[role] = subprocess.Popen([sys.executable, *SERVE, role, *more], env=self.environment)

    def kill(self, role: str) -> None:
        """Kill a process at once (``kill -9``), and start it again."""
        os.kill(self.children[role].pid, signal.SIGKILL)
        self.children[role].wait()
        self.start(role)

    def stop(self) -> None:
        """End all processes of the server."""
        for child in self.children.values():
            child.terminate()
        for child in self.children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(20)
            child.kill()

    def post_all(self, tenth: list[float]) -> None:
        """Post the messages over the minutes; kill processes on the way; note when the tenth about the event was sent."""
        poster, began = Poster(self.port, self.path), time.monotonic()
        about, kills = 0, {len(self.lines) // 3: "worker", len(self.lines) // 2: "sender"}
        for number, line in enumerate(self.lines):
            due = began + number * self.minutes * 60 / len(self.lines)
            time.sleep(max(0.0, due - time.monotonic()))
            at = 1_795_000_000 + number * 600 // len(self.lines)
            poster.post(payloads.sign(f"wamid.in{number:09d}", line.person, number, line.text, at))
            about += line.about
            if about == LEAST and not tenth:
                tenth.append(time.monotonic())
            if number in kills:
                self.kill(kills[number])
        poster.close()

    def watch(self, over: threading.Event) -> None:
        """Note when the desk first shows the incident; then open it and publish a notice, as a clerk does."""
        while not over.is_set() and not self.people():
            time.sleep(0.5)
        self.seen_at = time.monotonic()
        self.clerk(
            "row = Incident.objects.current().order_by('pk')[0]\n"
            "row = services.move_incident(row, 'open', by=ruth)\n"
            "texts = {lang: f'We know of it ({lang})' for lang in ('he', 'ar', 'ru', 'en')}\n"
            "services.publish_notice(row, texts, timezone.now() + timedelta(hours=2), by=ruth)"
        )

    def people(self) -> set[str]:
        """Return the phones of the people who are part of the first incident."""
        rows = self.query(
            "SELECT i.address FROM incidents_incidentperson p JOIN contacts_identity i ON i.contact_id = p.contact_id "
            "WHERE p.state = 'in' AND p.incident_id = (SELECT min(id) FROM incidents_incident)"
        )
        return {str(address).lstrip("+") for (address,) in rows}

    def settle(self) -> set[str]:
        """Wait until everything was received and nobody is attached any more; return the people of the incident."""
        end, found, since = time.monotonic() + PATIENCE, set[str](), time.monotonic()
        while time.monotonic() < end and time.monotonic() - since < 45:
            time.sleep(1)
            waits = self.query("SELECT count(*) FROM conversations_intake WHERE state = 'new'")[0][0]
            now = self.people()
            if waits or now != found:
                found, since = now, time.monotonic()
        return found

    def end(self) -> None:
        """End the incident as a clerk does, kill the worker while it tells the people, and wait until all is sent."""
        self.clerk(
            f"texts = {{lang: f'{CLOSING} ({{lang}})' for lang in ('he', 'ar', 'ru', 'en')}}\n"
            "services.end_incident(Incident.objects.filter(state='open').order_by('pk')[0], texts, by=ruth)"
        )
        time.sleep(2.5)
        self.kill("worker")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            time.sleep(1)
            rows = self.query("SELECT count(*) FROM conversations_broadcastrow WHERE state = 'waiting'")[0][0]
            queue = self.query("SELECT count(*) FROM conversations_delivery WHERE state IN ('queued', 'sending')")[0][0]
            if not rows and not queue:
                return

    def run(self) -> dict[str, Any]:
        """Play the outage, and return the figures."""
        with self.provider.serving():
            self.prepare()
            for role in ("web", "worker", "sender"):
                self.start(role)
            try:
                return self.play()
            finally:
                self.stop()

    def play(self) -> dict[str, Any]:
        """Post everything, end the incident, and count."""
        wait_for(f"http://127.0.0.1:{self.port}/in/none/none")
        tenth: list[float] = []
        over = threading.Event()
        watcher = threading.Thread(target=self.watch, args=(over,))
        watcher.start()
        self.post_all(tenth)
        end = time.monotonic() + PATIENCE
        while watcher.is_alive() and not self.seen_at and time.monotonic() < end:
            time.sleep(0.5)
        over.set()
        watcher.join()
        people = self.settle()
        self.end()
        about = {line.person for line in self.lines if line.about}
        told = Counter({phone: sum(CLOSING in text for text in texts) for phone, texts in self.provider.sent.items()})
        return {
            "seen_after_s": round(self.seen_at - tenth[0], 1),
            "attached": round(len(people & about) / len(about), 3),
            "strangers": round(len(people - about) / max(1, len(people)), 3),
            "told": sum(told[phone] > 0 for phone in people),
            "told_twice": sum(count > 1 for count in told.values()),
            "not_told": sum(told[phone] == 0 for phone in people),
        }


def main() -> None:
    """Parse the arguments, and run on both databases."""
    parser = argparse.ArgumentParser(prog="script/bench incident")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    lines = make_scenario(options.data)
    for url, _pid in databases(sqlite_only=options.sqlite_only):
        outage = Outage(lines, options.minutes, url)
        try:
            summary = {"bench": "incident", "database": "postgresql" if url else "sqlite", "messages": len(lines)}
            print(json.dumps(summary | outage.run()), flush=True)
        finally:
            shutil.rmtree(outage.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
