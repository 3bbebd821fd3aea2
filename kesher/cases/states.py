"""The states of a case are a table: what may follow what, by which verb."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kesher.cases.models import Case

State = Case.State

# (state, verb) → state. What is not here may not be done.
MOVES: dict[tuple[str, str], str] = {
    (State.NEW, "start"): State.OPEN,
    (State.NEW, "ask"): State.PENDING,
    (State.NEW, "hold"): State.ON_HOLD,
    (State.NEW, "solve"): State.SOLVED,
    (State.NEW, "close"): State.CLOSED,
    (State.OPEN, "ask"): State.PENDING,
    (State.OPEN, "hold"): State.ON_HOLD,
    (State.OPEN, "solve"): State.SOLVED,
    (State.OPEN, "close"): State.CLOSED,
    (State.PENDING, "start"): State.OPEN,
    (State.PENDING, "wake"): State.OPEN,
    (State.PENDING, "solve"): State.SOLVED,
    (State.PENDING, "close"): State.CLOSED,
    (State.ON_HOLD, "start"): State.OPEN,
    (State.ON_HOLD, "wake"): State.OPEN,
    (State.ON_HOLD, "solve"): State.SOLVED,
    (State.ON_HOLD, "close"): State.CLOSED,
    (State.SOLVED, "reopen"): State.OPEN,
    (State.SOLVED, "wake"): State.OPEN,
    (State.SOLVED, "close"): State.CLOSED,
}
ENDED = frozenset({State.SOLVED, State.CLOSED})
CLOCK_STOPS = frozenset({State.PENDING, State.ON_HOLD, State.SOLVED, State.CLOSED})


def changes_of(before: str, verb: str, now: datetime) -> dict[str, Any] | None:
    """Return what a step changes of a case besides its version; None where the table has no such step."""
    after = MOVES.get((before, verb))
    if after is None:
        return None
    changes: dict[str, Any] = {"state": after}
    if before not in ENDED or after not in ENDED:  # what was solved and is then closed was over when it was solved
        changes["solved_at"] = now if after == State.SOLVED else None
        changes["closed_at"] = now if after in ENDED else None
    if after in CLOCK_STOPS:
        changes["waiting_since"] = None
    elif verb in ("reopen", "wake"):
        changes["waiting_since"] = now
    return changes


def moves_from(state: str) -> list[str]:
    """The verbs that a clerk may use now, in the table's order."""
    return [verb for before, verb in MOVES if before == state and verb != "wake"]
