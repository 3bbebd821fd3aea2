"""The child process of `bench.count`: writers that sign, withdraw and void on one petition, and a reader.

Each writer records its answers; the reader adds up every breakdown that it sees.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import time
from typing import Any

import django

django.setup()

from django.db import OperationalError, connection, connections  # noqa: E402  # Django must be set up first

from kesher.contacts.models import Identity  # noqa: E402
from kesher.contacts.service_caller import Call  # noqa: E402
from kesher.contacts.services import get_or_create_identity  # noqa: E402
from kesher.core.audit import SYSTEM  # noqa: E402
from kesher.core.contact_address import Address  # noqa: E402
from kesher.core.db.agency_scope import scope  # noqa: E402
from kesher.participation.models import CountDelta, Participation  # noqa: E402
from kesher.participation.services import end_participation, read_tallies, reinstate, withdraw_participation  # noqa: E402
from kesher.petitions.models import Petition, Signature  # noqa: E402
from kesher.petitions.services import sign_petition  # noqa: E402

State = Participation.State
SHARED = 200  # people whom all writers sign for, so that most attempts are repeats
CHANNELS = ("web", "whatsapp", "sms", "telegram", "email")


class Writer:
    """One process's work, and the state of each signature that was answered."""

    def __init__(self, number: int, petition: Petition) -> None:
        self.dice = random.Random(number)
        self.number = number
        self.petition = petition
        self.signed: dict[str, str] = {}  # receipt → its last state
        self.own: list[tuple[Identity, str]] = []
        self.done = self.busy = 0

    def work(self, seconds: float) -> dict[str, Any]:
        """Work for so many seconds, and return the record."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                self.step()
            except OperationalError:
                self.busy += 1
                continue
            self.done += 1
        return {"signed": self.signed, "done": self.done, "busy": self.busy}

    def step(self) -> None:
        """Sign, withdraw, void or re-instate at random."""
        turn = self.dice.random()
        if turn < 0.10 and self.own:
            identity, receipt = self.own.pop()
            if withdraw_participation(self.petition.action, identity.contact, by=SYSTEM):
                self.signed[receipt] = State.WITHDRAWN
        elif turn < 0.15 and self.own:
            _identity, receipt = self.own[-1]
            row = Participation.objects.select_related("action").get(action=self.petition.action, receipt=receipt)
            if end_participation(row, state=State.VOID, by=SYSTEM, reason="bench"):
                self.signed[receipt] = State.VOID
                if self.dice.random() < 0.5 and reinstate(row, by=SYSTEM):
                    self.signed[receipt] = State.COUNTED
                else:
                    self.own.pop()
        elif turn < 0.30:
            self.sign(
                get_or_create_identity(Address("tg", str(5_000_000 + self.dice.randrange(SHARED))), assurance=1),
                mine=False,
            )
        else:
            name = f"{self.number:02}{self.done:06}{self.busy}"
            self.sign(
                get_or_create_identity(
                    Address("tg", f"6{name}"), assurance=self.dice.choice((1, 1, 2, 3)), absent=True
                ),
                mine=True,
            )

    def sign(self, identity: Identity, *, mine: bool) -> None:
        """Sign once."""
        area = self.dice.choice(("", "north", "south", "centre"))
        call = Call(door=self.dice.choice(CHANNELS), identity=identity, level=identity.assurance)
        found = sign_petition(self.petition, call, area=area)
        if found.new:
            self.signed[found.signature.receipt] = State.COUNTED
            if mine:
                self.own.append((identity, found.signature.receipt))


def write(number: int, code: str, seconds: float, start: float, answers: Any) -> None:
    """Run one writer in its process."""
    connections.close_all()
    with scope(1):
        petition = Petition.objects.with_page().get(action__code=code)
        time.sleep(max(0.0, start - time.monotonic()))
        answers.put(Writer(number, petition).work(seconds))


def read(code: str, seconds: float, start: float, answers: Any) -> None:
    """Add up every breakdown repeatedly; return how often, and how often the sums differed."""
    connections.close_all()
    reads = torn = 0
    with scope(1):
        action = Petition.objects.with_page().get(action__code=code).action
        while time.monotonic() < start + seconds:
            found = read_tallies(action)
            sums = {sum(found.get(name, {}).values()) for name in ("total", "level", "channel", "area")}
            reads, torn = reads + 1, torn + (len(sums) > 1)
            time.sleep(0.02)
    answers.put({"reads": reads, "torn": torn})


def settled(code: str, limit: float = 30.0) -> float:
    """Return the seconds until the tallies equal the rows, or -1."""
    began = time.monotonic()
    action = Petition.objects.with_page().get(action__code=code).action
    while time.monotonic() - began < limit:
        rows = Participation.objects.filter(action=action, state=State.COUNTED, level__gte=1).count()
        if read_tallies(action).get("total", {}).get("", 0) == rows and not CountDelta.objects.exists():
            return time.monotonic() - began
        time.sleep(0.05)
    return -1.0


def books(code: str, signed: dict[str, str]) -> dict[str, int]:
    """Count the errors: answers without a row, and people who count twice."""
    petition = Petition.objects.with_page().get(action__code=code)
    rows = Signature.objects.of(petition).values_list("receipt", "state", "contact", "level", "channel", "area")
    states = {receipt: state for receipt, state, *_rest in rows}
    counted = [row for row in rows if row[1] == State.COUNTED]
    people = [row[2] for row in counted]
    found = read_tallies(petition.action)
    wrong = 0
    for name, place in (("level", 3), ("channel", 4), ("area", 5)):
        want: dict[str, int] = {}
        for row in counted:
            key = str(row[place]) or "unknown"
            want[key] = want.get(key, 0) + 1
        wrong += want != {key: n for key, n in found.get(name, {}).items() if n}
    return {
        "lost": sum(states.get(receipt) != state for receipt, state in signed.items()),
        "unasked": sum(receipt not in signed for receipt in states),
        "duplicated": len(people) - len(set(people)), "rows": len(counted), "wrong_breakdowns": wrong,
    }  # fmt: skip


def main() -> None:
    """Run writers and reader, and print the summary."""
    code, writers, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    method = multiprocessing.get_context("fork")
    answers: Any = method.Queue()
    connection.close()
    start = time.monotonic() + 1.0
    children = [method.Process(target=write, args=(n, code, seconds, start, answers)) for n in range(writers)]
    children.append(method.Process(target=read, args=(code, seconds, start, answers)))
    for child in children:
        child.start()
    print("started", flush=True)
    found = [answers.get(timeout=seconds + 120) for _child in children]
    for child in children:
        child.join()
    with scope(1):
        wait = settled(code)
        signed = {receipt: state for answer in found for receipt, state in answer.get("signed", {}).items()}
        reader = next(answer for answer in found if "reads" in answer)
        summary = {
            "verbs": sum(answer.get("done", 0) for answer in found),
            "busy": sum(answer.get("busy", 0) for answer in found),
            "signed": len(signed), "settled_s": round(wait, 2), **reader, **books(code, signed),
        }  # fmt: skip
    print(json.dumps(summary), flush=True)


if __name__ == "__main__":
    main()
