"""``script/bench upgrade [--from REVISION] [--sqlite-only]``: what was begun before an upgrade continues after it.

Checks out REVISION (``HEAD~1``) beside this tree with its own environment, loads its demo, and begins: a report in a
conversation, codes for a signature, a vote, a pledge and a sign-in, a queued message, a conversation with a clerk, a
merge. Then this tree starts on the same data, and finishes each of them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.machine import free_port, postgres, wait_for

HERE = Path(__file__).resolve().parents[1]
PASSWORD = "neve-yam-demo"
PETITION, CONTEST, CHOICE, PURCHASE = "48213", "74419", 1, "52712"  # open in the demo
CODE = re.compile(r"\b[1-9]\d{5}\b")
PHONES = {
    name: f"+97250555{number}" for number, name in enumerate(("reporter", "signer", "voter", "buyer"), start=7001)
}
PHONES |= {
    name: f"+97250555{number}"
    for number, name in enumerate(("asker", "queued", "late", "member", "holder"), start=7011)
}

# Run by the tree's Python with an expression and "alias=module" pairs; the last line is the value as JSON.
READ = """
import contextlib, django, json, sys; django.setup()
from importlib import import_module
for name in ("db.agency_scope", "agency_scope", "scope"):  # the newest first: an older tree is asked, too
    with contextlib.suppress(ImportError):
        scope = import_module("kesher.core." + name).scope
        break
from kesher.agencies.models import Agency
agency = Agency.objects.get(slug="neve-yam")
with scope(agency):
    pairs = (pair.split("=") for pair in sys.argv[2:])
    print(json.dumps(eval(sys.argv[1], {alias: import_module(module) for alias, module in pairs})))
"""


class Stuck(Exception):
    """A step did not finish."""


@dataclass
class Tree:
    """One version's server on one installation."""

    root: Path
    environment: dict[str, str]
    port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def run(self, *arguments: str) -> str:
        """Run a command in the tree, and return its output."""
        done = subprocess.run(
            arguments, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Stuck(f"{' '.join(arguments)[:80]}: {done.stderr[-2000:]}")
        return done.stdout

    def read(self, expression: str, **modules: str) -> Any:
        """Return the value of an expression in the demo's scope; ``modules`` are the names that it uses."""
        pairs = (f"{alias}={module}" for alias, module in modules.items())
        out = self.run(str(self.root / ".venv/bin/python"), "-c", READ, expression, *pairs)
        return json.loads(out.splitlines()[-1])

    def start(self, *roles: str) -> None:
        """Start processes."""
        kesher = str(self.root / ".venv/bin/kesher")
        for role in roles:
            command = [kesher, "serve", "--only", role, "--port", str(self.port)]
            self.processes[role] = subprocess.Popen(command, cwd=self.root, env=self.environment)
        wait_for(f"http://127.0.0.1:{self.port}/healthz")

    def stop(self, *roles: str) -> None:
        """Stop processes; all without arguments."""
        for role in roles or list(self.processes):
            child = self.processes.pop(role)
            child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(20)
            child.kill()

    def say(self, phone: str, text: str) -> None:
        """Send an SMS from this phone."""
        kesher = str(self.root / ".venv/bin/kesher")
        self.run(kesher, "send-as", "sms", phone, text, "--server", f"http://127.0.0.1:{self.port}")

    def phone(self, phone: str) -> list[str]:
        """Return what the simulated phone received, oldest first."""
        model = "next(one for one in m.apps.get_models() if one.__name__ == 'SimulatedMessage')"
        rows = f"[row.payload for row in {model}.objects.filter(address={phone!r}, mine=False).order_by('id')]"
        return [json.dumps(payload, ensure_ascii=False) for payload in self.read(rows, m="django.apps")]


def until[T](what: str, find: Callable[[], T | None], seconds: float = 45) -> T:
    """Return the first true result of a function. Raise Stuck after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := find():
            return found
        time.sleep(0.3)
    raise Stuck(f"{what}: nothing came within {seconds:.0f} s")


class Walk:
    """Steps begun in one version and finished in another; ``done`` and ``failed`` hold their names."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.done: list[str] = []
        self.failed: list[str] = []
        self.codes: dict[str, str] = {}
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{tree.port}", timeout=60, follow_redirects=True)
        self.desk = httpx.Client(base_url=f"http://127.0.0.1:{tree.port}", timeout=60, follow_redirects=True)
        self.merge = 0
        self.merged = [PHONES["queued"], PHONES["late"]]

    def post(self, client: httpx.Client, page: str, action: str = "", **data: str) -> httpx.Response:
        """Post a form with its page's CSRF token, where it has one, and the Origin that a browser sends."""
        if "<form" not in (text := client.get(page).text):
            raise Stuck(f"{page} has no form")
        token = dict(re.findall(r'name="(csrfmiddlewaretoken)" value="([^"]+)"', text))
        headers = {"referer": f"{client.base_url}{page}", "origin": str(client.base_url).rstrip("/")}
        return client.post(action or page, data=token | data, headers=headers)

    def code(self, who: str) -> str:
        """Return the newest code on this person's phone."""

        def newest() -> str | None:
            found = [match for text in self.tree.phone(PHONES[who]) for match in CODE.findall(text)]
            return found[-1] if found else None

        return until(f"a code for the {who}", newest)

    def api(self, path: str, **body: Any) -> httpx.Response:
        """Post to the API."""
        return self.http.post(f"/api/v1/{path}", json=body)

    def ask(self, path: str, **body: Any) -> None:
        """Request a code through the API."""
        answer = self.api(path, **body)
        if answer.status_code != 202:
            raise Stuck(f"{path}: {answer.status_code} {answer.text[:300]}")

    # ── before ──
    def begin(self) -> None:
        """Begin everything, in the earlier version."""
        tree = self.tree
        for words in ("report", "1"):
            self.say("reporter", words)
        self.ask(f"petitions/{PETITION}/signatures/", address=PHONES["signer"], name="Sign Er")
        self.ask(f"contests/{CONTEST}/votes/", address=PHONES["voter"], choice=CHOICE)
        self.ask(f"purchases/{PURCHASE}/pledges/", address=PHONES["buyer"], quantity=1)
        self.post(self.http, "/me/sign-in/", address=PHONES["member"])
        self.codes = {who: self.code(who) for who in ("signer", "voter", "buyer", "member")}
        tree.say(PHONES["asker"], "agent")
        until("the case number", lambda: tree.phone(PHONES["asker"]))
        for words in ("report", "1", "agent"):  # with an open form, ask for a clerk
            self.say("holder", words)
        self.sign_in_at_desk()
        self.answer("Before the upgrade.")
        self.merge_two()
        tree.stop("sender")
        tree.say(PHONES["queued"], "menu")
        self.ask(f"petitions/{PETITION}/signatures/", address=PHONES["late"], name="La Te")
        waiting = f"x.Delivery.objects.filter(state='queued', identity__address__in={self.merged!r}).count()"
        until("the queue", lambda: self.model("conversations", waiting) >= 2 or None)

    def say(self, who: str, words: str) -> None:
        """Write from this person's phone, and wait for the reply."""
        phone, before = PHONES[who], len(self.tree.phone(PHONES[who]))
        self.tree.say(phone, words)
        until(f"an answer to {words}", lambda: len(self.tree.phone(phone)) > before)

    def model(self, app: str, expression: str) -> Any:
        """Return the value of an expression on an app's models."""
        return self.tree.read(expression, x=f"kesher.{app}.models")

    def sign_in_at_desk(self) -> None:
        """Sign in as a clerk."""
        answer = self.post(self.desk, "/desk/login/", username="ruth", password=PASSWORD)
        if "/desk/" not in str(answer.url) or "login" in str(answer.url):
            raise Stuck(f"the desk's sign-in ended at {answer.url}")

    def person(self) -> str:
        """Return the key of the person who asked for a clerk."""
        key: str = self.model(
            "contacts", f"x.Identity.objects.get(scheme='tel', address='{PHONES['asker']}').contact.root().key"
        )
        return key

    def answer(self, words: str) -> None:
        """Reply as a clerk."""
        page = f"/desk/people/{self.person()}/"
        row = f"x.Conversation.objects.get(contact__identities__address={PHONES['asker']!r})"
        seq = str(self.model("conversations", f"{row}.last_seq"))
        self.post(self.desk, page, f"{page}send/", mode="reply", text=words, seen_seq=seq, seen=seq)
        until("the clerk's answer", lambda: any(words in text for text in self.tree.phone(PHONES["asker"])))

    def merge_two(self) -> None:
        """Merge two people."""
        for who in ("queued", "late"):
            self.tree.say(PHONES[who], "agent")
            until("the case number", lambda who=who: self.tree.phone(PHONES[who]))  # type: ignore[misc]
        people = f"[m.Identity.objects.get(scheme='tel', address=p).contact for p in {self.merged!r}]"
        merge = f"getattr(s, 'merge_contacts', getattr(s, 'merge', None))(*{people}, reason='clerk', by=a.SYSTEM).pk"
        modules = {"s": "kesher.contacts.services", "a": "kesher.core.audit", "m": "kesher.contacts.models"}
        self.merge = self.tree.read(merge, **modules)

    # ── after ──
    def go_on(self) -> None:
        """Finish everything, in this version."""
        for step in (
            self.is_healthy, self.no_code_is_readable, self.report_ends, self.signature_counts, self.vote_counts,
            self.pledge_counts, self.member_comes_in, self.queue_goes_out, self.late_code_counts, self.clerk_goes_on,
            self.form_in_a_clerks_hands, self.merge_is_undone,
        ):  # fmt: skip
            try:
                step()
                self.done.append(step.__name__)
            except Stuck as stuck:
                self.failed.append(f"{step.__name__}: {stuck}")

    def is_healthy(self) -> None:
        """Wait until the server is healthy."""
        until("health", lambda: self.http.get("/healthz").status_code == 200 or None, 60)

    def no_code_is_readable(self) -> None:
        """Check that no stored text has a code."""
        for app, model, columns in (
            ("conversations", "Message", ("text", "content")),
            ("conversations", "Delivery", ("payload",)),
            ("conversations", "Conversation", ("last_text",)),
        ):
            rows = json.dumps(self.model(app, f"list(x.{model}.objects.values_list({', '.join(map(repr, columns))}))"))
            readable = [who for who, code in self.codes.items() if code in rows]
            if readable:
                raise Stuck(f"{model} shows the code of {readable}")

    def report_ends(self) -> None:
        """Finish the report."""
        self.report("reporter", "Herzl 5", "A deep hole by the crossing", "skip")

    def report(self, who: str, *words: str) -> None:
        """Answer the form's questions, and check that the report is stored."""
        for said in words:
            self.say(who, said)
        made = f"x.ServiceRequest.objects.filter(description={words[-2]!r}).exists()"
        if not self.model("reports", made):
            raise Stuck(f"no report came of it: {self.tree.phone(PHONES[who])[-1][:300]}")

    def form_in_a_clerks_hands(self) -> None:
        """Finish a form during a handoff: a command repeats its question, then answers continue it."""
        self.report("holder", "continue", "Herzl 7", "A lamp is out", "skip")

    def counted(self, path: str, who: str, code: str) -> None:
        """Confirm a code through the API."""
        answer = self.api(path, address=PHONES[who], code=code)
        if answer.status_code not in (200, 201):
            raise Stuck(f"{path}: {answer.status_code} {answer.text[:300]}")

    def signature_counts(self) -> None:
        """Confirm the signature."""
        self.counted(f"petitions/{PETITION}/signatures/confirm/", "signer", self.codes["signer"])

    def vote_counts(self) -> None:
        """Confirm the vote."""
        path = f"contests/{CONTEST}/votes/confirm/"
        answer = self.api(path, address=PHONES["voter"], code=self.codes["voter"], choice=CHOICE)
        if answer.status_code not in (200, 201):
            raise Stuck(f"{path}: {answer.status_code} {answer.text[:300]}")

    def pledge_counts(self) -> None:
        """Confirm the pledge."""
        path = f"purchases/{PURCHASE}/confirm/"
        answer = self.api(path, address=PHONES["buyer"], code=self.codes["buyer"], wish="pledge", quantity=1)
        if answer.status_code not in (200, 201):
            raise Stuck(f"{path}: {answer.status_code} {answer.text[:300]}")

    def member_comes_in(self) -> None:
        """Finish the sign-in."""
        answer = self.post(self.http, "/me/code/", code=self.codes["member"])
        if not str(answer.url).rstrip("/").endswith("/me"):
            raise Stuck(f"the sign-in ended at {answer.url}")

    def queue_goes_out(self) -> None:
        """Wait for the queued message."""
        until("the words in the queue", lambda: len(self.tree.phone(PHONES["queued"])) > 1 or None)

    def late_code_counts(self) -> None:
        """Confirm a code that was sent after the upgrade."""
        self.counted(f"petitions/{PETITION}/signatures/confirm/", "late", self.code("late"))

    def clerk_goes_on(self) -> None:
        """Continue the conversation with the clerk."""
        before = len(self.tree.phone(PHONES["asker"]))
        self.tree.say(PHONES["asker"], "That did not help me at all, please look again")
        asker = f"contact__identities__address={PHONES['asker']!r}"
        waiting = f"x.Conversation.objects.filter({asker}, waiting_since__isnull=False).exists()"
        until("the person to wait for the clerk", lambda: self.model("conversations", waiting) or None)
        if len(self.tree.phone(PHONES["asker"])) != before:
            raise Stuck("the bot answered in a clerk's conversation")
        self.answer("After the upgrade.")

    def merge_is_undone(self) -> None:
        """Undo the merge."""
        self.post(self.desk, "/desk/merges/", f"/desk/merges/{self.merge}/undo/")
        people = f"len({{i.contact.root().pk for i in x.Identity.objects.filter(address__in={self.merged!r})}})"
        if self.model("contacts", people) != 2:
            raise Stuck("the two are still one")


@contextlib.contextmanager
def earlier_tree(revision: str) -> Iterator[Path]:
    """Check out the revision with an environment of its own."""
    folder = Path(tempfile.mkdtemp(prefix="kesher-before-"))
    root = folder / "tree"
    git = ["git", "-C", str(HERE)]
    subprocess.run([*git, "worktree", "add", "--detach", "--quiet", str(root), revision], check=True)
    try:
        environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        environment["PATH"] = os.pathsep.join(
            part for part in environment["PATH"].split(os.pathsep) if ".venv/" not in part
        )
        subprocess.run(["bash", "-c", ". script/environment"], cwd=root, env=environment, check=True)
        yield root
    finally:
        subprocess.run([*git, "worktree", "remove", "--force", str(root)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def bench(before: Path, revision: str, url: str = "") -> dict[str, Any]:
    """Run once on one database, and return the summary."""
    folder, port = tempfile.mkdtemp(prefix="kesher-upgrade-"), free_port()
    environment = {
        **os.environ, "KESHER_DATA": folder, "PORT": str(port), "KESHER_SIMULATOR": "1", "DATABASE_URL": url,
        "KESHER_PUBLIC_URL": f"http://127.0.0.1:{port}", "KESHER_SSRF_ALLOW": f"127.0.0.1:{port}",
        "KESHER_UNDO_SECONDS": "0", "DJANGO_SETTINGS_MODULE": "kesher.site.settings", "PYTHONPATH": "",
    }  # fmt: skip
    summary: dict[str, Any] = {"bench": "upgrade", "database": "postgresql" if url else "sqlite", "from": revision}
    walk, failed = None, []
    old, new = Tree(before, environment, port), Tree(HERE, environment, port)
    try:
        old.run(str(before / ".venv/bin/kesher"), "up", "--prepare-only")
        old.start("web", "worker", "sender")
        walk = Walk(old)
        walk.begin()
        old.stop()
        started = time.monotonic()
        new.run(str(HERE / ".venv/bin/kesher"), "up", "--prepare-only")
        summary["migrated_seconds"] = round(time.monotonic() - started, 1)
        new.start("web", "worker", "sender")
        walk.tree = new
        walk.go_on()
    except Stuck as stuck:
        failed.append(str(stuck))
    finally:
        old.stop()
        new.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return {**summary, "done": len(walk.done) if walk else 0, "failed": failed + (walk.failed if walk else [])}


def main() -> None:
    """Parse the arguments, and run on both databases."""
    parser = argparse.ArgumentParser(prog="script/bench upgrade")
    parser.add_argument("--from", dest="revision", default="HEAD~1")
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    with earlier_tree(options.revision) as before:
        found = [bench(before, options.revision)]
        if not options.sqlite_only:
            with postgres() as (url, _pid):
                found.append(bench(before, options.revision, url))
    for summary in found:
        print(json.dumps(summary, ensure_ascii=False), flush=True)
    sys.exit(any(summary["failed"] for summary in found))


if __name__ == "__main__":
    main()
