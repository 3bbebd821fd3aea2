"""Decide to which open case a person's new message belongs, or that it needs a new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from kesher.cases.models import Case

PRIVATE = (Case.Kind.QUESTION, Case.Kind.REPORT, Case.Kind.CALL, Case.Kind.DISCUSSION)  # a message may belong to them
TALKS = (Case.Kind.QUESTION, Case.Kind.CALL)  # from the handoff until they are solved, free text is for a clerk


class Request(Protocol):
    """What `route_to_case` reads of a case: a `Case`, or one of a replay (`merge_replay.CaseStanding`)."""

    kind: str
    state: str
    solved_at: datetime | None
    closed_at: datetime | None


def is_talk(row: Request) -> bool:
    """Return whether a case is a question or a call: while it is open, a clerk answers and the bot is silent."""
    return row.kind in TALKS


def route_to_case[R: Request](rows: Sequence[R], *, held: bool, at: datetime, days: int) -> R | None:
    """Return which of the person's cases a message written at ``at`` belongs to; None if it begins a new case.

    ``rows``: the person's cases, oldest first. An open talk comes first, then one solved in the last ``days``; while a
    clerk holds the conversation, any other open case comes before the solved ones. What was asked in public is left to
    its thread.
    """
    since = at - timedelta(days=days)
    private = [row for row in rows if row.kind in PRIVATE]
    still_open = [row for row in private if row.closed_at is None]
    solved = [row for row in private if row.state == Case.State.SOLVED and row.solved_at and row.solved_at >= since]
    solved.sort(key=lambda row: row.solved_at or at)
    talks, ended = list(filter(is_talk, still_open)), list(filter(is_talk, solved))
    ladder = [talks, still_open, ended, solved] if held else [talks, ended, still_open, solved]
    return next((found[-1] for found in ladder if found), None)
