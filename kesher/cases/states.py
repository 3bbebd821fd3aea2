"""The states of a case, and the transitions between them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kesher.cases.models import Case

State = Case.State

# (state, transition) → state. Nothing else is allowed.
TRANSITIONS: dict[tuple[str, str], str] = {
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


def changes_of(before: str, transition: str, now: datetime) -> dict[str, Any] | None:
    """Return the field values (state, times) that a transition sets; None if it is not allowed from ``before``."""
    after = TRANSITIONS.get((before, transition))
    if after is None:
        return None
    changes: dict[str, Any] = {"state": after}
    if before not in ENDED or after not in ENDED:  # a solved case that is closed was over when it was solved
        changes["solved_at"] = now if after == State.SOLVED else None
        changes["closed_at"] = now if after in ENDED else None
    if after in CLOCK_STOPS:
        changes["waiting_since"] = None
    elif transition in ("reopen", "wake"):
        changes["waiting_since"] = now
    return changes


def transitions_from(state: str) -> list[str]:
    """Return the names of the transitions that a clerk may make from this state, in the table's order."""
    return [name for before, name in TRANSITIONS if before == state and name != "wake"]
