"""Build the README's table of what citizens can do on which channel, from the code."""

from __future__ import annotations

from collections.abc import Iterable

from kesher.channels.registry import channels
from kesher.core import hooks
from kesher.dialogues.registry import REGISTRY

BEGIN, END = "<!-- verbs -->", "<!-- /verbs -->"
YES, LATER = "✓", "later"


# What is promised, in its order; `Entry.table_row` says what there is.
PROMISED = ("look up my things", "ask", "report", "propose", "vote", "post", "petition", "sign", "buy together")
BY_HAND = ("ask", "talk to a person")  # served by staff, too, after a handoff


def table_rows() -> dict[str, bool]:
    """Return the rows of the README's table in order, each with whether some dialogue, or staff, serves it now."""
    served = {skill.table_row for skill in REGISTRY.skills.values() if skill.table_row}
    if hooks.handoff.listeners:
        served |= {*BY_HAND}
    more = sorted(served - {*PROMISED, *BY_HAND})
    return {row: row in served for row in (*PROMISED, *more, BY_HAND[-1])}


def table_columns() -> list[str]:
    """Return the columns of the feature table: the web and every real channel."""
    return ["Web", *(channel.title for channel in channels().values() if not channel.stand_in)]


def render_table() -> str:
    """Return the Markdown table that shows which verb works on which channel."""
    doors = table_columns()
    rows = [markdown_row(["", *doors]), markdown_row(["---", *(":-:" for _door in doors)])]
    rows += [markdown_row([row, *([YES if there else LATER] * len(doors))]) for row, there in table_rows().items()]
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
