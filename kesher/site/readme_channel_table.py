"""Build the README's table of what citizens can do on which channel, from the code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kesher.channels.registry import channels
from kesher.core import hooks
from kesher.dialogues.registry import REGISTRY

BEGIN, END = "<!-- verbs -->", "<!-- /verbs -->"
YES, LATER = "✓", "later"


@dataclass(frozen=True, slots=True)
class Verb:
    """Something that citizens want to do; ``skills`` serve it, or (``by_hand``) staff after a handoff."""

    title: str
    skills: tuple[str, ...] = ()
    by_hand: bool = False

    @property
    def is_served(self) -> bool:
        """Return whether this row of the README's table is available: by a skill, or by staff after a handoff."""
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


def table_columns() -> list[str]:
    """Return the columns of the feature table: the web and every real channel."""
    return ["Web", *(channel.title for channel in channels().values() if not channel.stand_in)]


def render_table() -> str:
    """Return the Markdown table that shows which verb works on which channel."""
    doors = table_columns()
    rows = [markdown_row(["", *doors]), markdown_row(["---", *(":-:" for _door in doors)])]
    rows += [markdown_row([verb.title, *([YES if verb.is_served else LATER] * len(doors))]) for verb in VERBS]
    return "\n".join(rows)


def markdown_row(cells: Iterable[str]) -> str:
    """Return cells as a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def insert_table(text: str) -> str:
    """Return the text with the current feature table between its two marks. Raise ValueError without marks."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no {BEGIN} … {END} in this text")
    return f"{before}{BEGIN}\n{render_table()}\n{END}{after}"
