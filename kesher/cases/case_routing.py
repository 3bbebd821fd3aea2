"""Which request a person's new words belong to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from kesher.cases.models import Case

TALKS = (Case.Kind.QUESTION, Case.Kind.CALL)  # from their hand-off until they are solved, free words are for a clerk


class Request(Protocol):
    """What the choice asks of a request: a `Case`, or one that is played again (`merge_replay.Standing`)."""

    kind: str
    state: str
    solved_at: datetime | None
    closed_at: datetime | None


def is_talk(row: Request) -> bool:
    return row.kind in TALKS


def choose[R: Request](rows: Sequence[R], *, held: bool, at: datetime, days: int) -> R | None:
    """Return the request that words written at ``at`` belong to; None where they begin one. ``rows``: the person's, the
    oldest first. An open talk comes first, then one that was solved in the last ``days``; while a clerk has the
    conversation, whatever else is open before that."""
    since = at - timedelta(days=days)
    still_open = [row for row in rows if row.closed_at is None]
    solved = [row for row in rows if row.state == Case.State.SOLVED and row.solved_at and row.solved_at >= since]
    solved.sort(key=lambda row: row.solved_at or at)
    talks, ended = list(filter(is_talk, still_open)), list(filter(is_talk, solved))
    ladder = [talks, still_open, ended, solved] if held else [talks, ended, still_open, solved]
    return next((found[-1] for found in ladder if found), None)
