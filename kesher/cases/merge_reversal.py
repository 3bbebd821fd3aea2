"""Compute what the cases of two people would be now if their contacts had never been merged.

Pure: it reads no table. `services/merges.py` gives it the events (`contacts.MergeEvent`) and writes the result.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kesher.cases.models import Case
from kesher.cases.rules import is_talk, route_to_case
from kesher.cases.states import ENDED, TRANSITIONS, changes_of

State = Case.State
TIMES = ("waiting_since", "answered_at", "solved_at", "closed_at")
FIELDS = ("state", "assignee", *TIMES)


def parse_moment(text: str | None) -> datetime | None:
    """Return the time in an ISO text; None for None."""
    return datetime.fromisoformat(text) if text else None


def case_record(case: Case) -> dict[str, Any]:
    """Return a case as a JSON-ready dict for the merge journal: key, kind, state, assignee and times."""
    times = {name: at.isoformat() if (at := getattr(case, name)) else None for name in TIMES}
    standing = {"case": case.pk, "kind": case.kind, "state": case.state, "assignee": case.assignee_id}
    return standing | {"thread": case.thread} | times


@dataclass(slots=True)
class CaseStanding:
    """The state of one case in the replay. ``case`` is its key; 0 if only the replay opened it, for ``message``."""

    case: int
    owner: int
    kind: str
    state: str
    assignee: int | None = None
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    message: int = 0
    thread: str = ""
    event: int = 0  # the event for which only the replay opens a case

    def change(self, values: Mapping[str, Any]) -> None:
        """Set the fields of this in-memory copy of a case that ``values`` names; nothing is saved."""
        for name, value in values.items():
            setattr(self, name, value)


@dataclass(slots=True)
class Replay:
    """The state of all people and cases during the replay.

    ``parents``: merges in force that are not in the journal; ``standing``: merges in the journal that are in force.
    """

    parents: dict[int, int]
    standing: Collection[int]
    reopen_days: int
    opened: Mapping[int, Case]  # the cases opened since, as they are now
    people: dict[int, dict[str, Any]] = field(default_factory=dict)
    cases: list[CaseStanding] = field(default_factory=list)
    back: dict[int, list[tuple[CaseStanding, dict[str, Any]]]] = field(default_factory=dict)

    def root(self, contact: int) -> int:
        """Return the id of the contact into which this one is merged at this point of the replay, or its own."""
        while contact in self.parents:
            contact = self.parents[contact]
        return contact

    def person(self, contact: int) -> dict[str, Any]:
        """Return the dict of what is known of this contact's person (name, assignee, held) at this point."""
        return self.people.setdefault(self.root(contact), {})

    def theirs(self, contact: int) -> list[CaseStanding]:
        """Return the cases of this contact and of all merged with it at this point, oldest first."""
        root = self.root(contact)
        return [row for row in self.cases if self.root(row.owner) == root]

    def play(self, contact: int, kind: str, data: Mapping[str, Any]) -> None:
        """Apply one journal event to this contact's person or, if it is about a case, to the case."""
        match kind:
            case "person" | "talk":
                self.people.setdefault(contact, {}).update(data)
            case "cases":
                self.cases += [make_standing(contact, row) for row in data["cases"]]
            case "merge" if data["merge"] in self.standing:
                self.merge(contact, data["kept"])
            case "set":
                self.person(contact).update(data)
            case "assign":
                self.person(contact).update(assignee=data["to"], held=data["to"] is not None)
            case "hold" | "release":
                self.person(contact)["held"] = kind == "hold"
            case "answer":
                person = self.person(contact)
                person.update(held=True, assignee=person.get("assignee") or data["staff"])
            case _:
                self.play_case(contact, kind, data)

    def play_case(self, contact: int, kind: str, data: Mapping[str, Any]) -> None:
        """Apply one journal event about a case: opened, waits, answered, withdrawn, moved or taken."""
        found = next((row for row in self.cases if row.case and row.case == data.get("case")), None)
        match kind:
            case "open":
                self.open(contact, data["case"], data["waits"])
            case "words":
                self.words(contact, data)
            case "answered":
                self.answered(contact, data)
            case "take_back":
                for row, before in self.back.pop(data["message"], ()):
                    if row.closed_at is None and row.waiting_since is None:
                        row.change(before)
            case "move" if found:
                self.move(found, data["verb"], datetime.fromisoformat(data["at"]))
            case "take" if found:
                found.assignee = data["to"]

    def merge(self, absorbed: int, kept: int) -> None:
        """Merge ``absorbed`` into ``kept``, which gets the name, assignee and hold that it lacks."""
        one, other = self.person(kept), self.person(absorbed)
        self.parents[absorbed] = kept
        one["name"] = one.get("name") or other.get("name", "")
        one["held"] = one.get("held") or other.get("held", False)
        one["assignee"] = one.get("assignee") or other.get("assignee")

    def open(self, contact: int, key: int, waits: bool) -> None:
        """Replay how the case of this key was opened, from an address of this contact; ``waits``: for an answer."""
        case = self.opened.get(key)
        if case is not None:
            self.cases.append(
                CaseStanding(
                    key,
                    contact,
                    case.kind,
                    State.NEW,
                    waiting_since=case.opened_at if waits else None,
                    thread=case.thread,
                )
            )

    def words(self, contact: int, data: Mapping[str, Any]) -> None:
        """Apply a message for a clerk: it waits in an open case, reopens a solved one, or opens a new one.

        A public message belongs to the case of its thread.
        """
        at, thread = datetime.fromisoformat(data["at"]), data.get("thread", "")
        rows, held = self.theirs(contact), bool(self.person(contact).get("held"))
        if thread:
            row = next((row for row in reversed(rows) if row.thread == thread and row.state != State.CLOSED), None)
        elif data.get("talks"):
            row = next((row for row in reversed(rows) if is_talk(row) and row.closed_at is None), None)
        else:
            row = route_to_case(rows, held=held, at=at, days=self.reopen_days)
        if row is None:
            kind = Case.Kind.PUBLIC if thread else Case.Kind.QUESTION
            made = CaseStanding(0, contact, kind, State.NEW, waiting_since=at, thread=thread)
            made.message, made.event = data["message"], data["event"]
            self.cases.append(made)
        elif (State(row.state), "wake") in TRANSITIONS:
            self.move(row, "wake", at)
        else:
            row.waiting_since = row.waiting_since or at

    def move(self, row: CaseStanding, transition: str, at: datetime) -> None:
        """Make a state transition if the table allows it, and hold or release the bot as it requires."""
        before, changes = row.state, changes_of(row.state, transition, at)
        row.change(changes or {})
        talks = any(is_talk(other) and other.closed_at is None for other in self.theirs(row.owner))
        if changes and row.state in ENDED and not talks:
            self.person(row.owner)["held"] = False
        elif changes and before in ENDED and row.state not in ENDED and is_talk(row):
            self.person(row.owner)["held"] = True

    def answered(self, contact: int, data: Mapping[str, Any]) -> None:
        """Apply a clerk's answer: nobody waits in the open cases now, and first answers are set.

        A public answer is about the case of its thread only.
        """
        at, thread = parse_moment(data["at"]), data.get("thread")
        for row in self.theirs(contact):
            if row.closed_at is not None or (thread is not None and row.thread != thread):
                continue
            if row.waiting_since is not None:
                first = {"answered_at": None} if row.answered_at is None else {}
                self.back.setdefault(data["message"], []).append((row, {"waiting_since": row.waiting_since, **first}))
            row.answered_at, row.waiting_since = row.answered_at or at, None
            if row.state == State.NEW:
                row.state, row.assignee = State.OPEN, row.assignee or data["staff"]


def make_standing(owner: int, row: Mapping[str, Any]) -> CaseStanding:
    """Return the replay's state of a case from its record in the merge journal."""
    made = CaseStanding(row["case"], owner, row["kind"], row["state"], row["assignee"], thread=row.get("thread", ""))
    made.change({name: parse_moment(row[name]) for name in TIMES})
    return made
