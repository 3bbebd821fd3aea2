"""The promise, as true today: every verb a citizen has, on every channel he has. Made from the code, for the README."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kesher.channels.registry import channels
from kesher.core import hooks
from kesher.dialogues.turn import REGISTRY

BEGIN, END = "<!-- verbs -->", "<!-- /verbs -->"
YES, LATER = "✓", "later"


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that a citizen wants to do. ``skills`` serve it; ``by_hand``: whoever listens to a handoff does."""

    title: str
    skills: tuple[str, ...] = ()
    by_hand: bool = False

    @property
    def is_served(self) -> bool:
        return any(REGISTRY.get(name) for name in self.skills) or (self.by_hand and bool(hooks.handoff.listeners))


VERBS: tuple[Verb, ...] = (
    Verb("look up my things", ("reports.status", "records.look_up")),
    Verb("ask", ("answers.ask", "answers.check"), by_hand=True),
    Verb("report", ("reports.report",)),
    Verb("propose", ("contests.propose",)),
    Verb("vote", ("contests.vote", "contests.open")),
    Verb("post", ("communities.post",)),
    Verb("petition", ("petitions.start",)),
    Verb("sign", ("petitions.sign",)),
    Verb("buy together", ("purchases.pledge",)),
    Verb("talk to a person", by_hand=True),
)


def columns() -> list[str]:
    """The doors: the web, then every channel that is no stand-in, by its brand."""
    return ["Web", *(channel.title for channel in channels().values() if not channel.stand_in)]


def table() -> str:
    """The table in Markdown. A skill is a verb of every conversation, so a verb is served everywhere or nowhere."""
    doors = columns()
    rows = [line(["", *doors]), line(["---", *(":-:" for _door in doors)])]
    rows += [line([verb.title, *([YES if verb.is_served else LATER] * len(doors))]) for verb in VERBS]
    return "\n".join(rows)


def line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def written(text: str) -> str:
    """``text`` with the table of today between its two marks. Raises ValueError where it has no such marks."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no {BEGIN} … {END} in this text")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"
