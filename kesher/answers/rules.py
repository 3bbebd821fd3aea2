"""Who may do what with answers. Everybody may ask, read and say whether it was useful. Clerks read what is coming and
draft; managers publish and keep facts and synonyms (`states.py` has the right of each transition)."""

from __future__ import annotations

from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right
from kesher.answers.models import Answer, Checker, Revision, State
from kesher.answers.states import TRANSITIONS, Transition, transitions_from


def may_edit(staff: Staff | None, answer: Answer | Checker) -> bool:
    """A clerk writes drafts; what the public reads is changed by whoever may publish."""
    return has_right(staff, "moderate") or (has_right(staff, "desk") and answer.state in (State.DRAFT, State.REVIEW))


def may_propose(staff: Staff | None, answer: Answer) -> bool:
    """Whoever works at the desk may change what the public reads, beside it: the change waits for an editor."""
    return has_right(staff, "desk") and answer.state == State.PUBLISHED


def may_publish(staff: Staff | None) -> bool:
    return has_right(staff, "moderate")


def may_drop(staff: Staff | None, waiting: Revision | None) -> bool:
    """An editor, and whoever proposed it."""
    return may_publish(staff) or (staff is not None and waiting is not None and waiting.by_id == staff.pk)


def may_move(staff: Staff | None, answer: Answer | Checker, name: str) -> bool:
    transition = TRANSITIONS.get(name)
    return transition is not None and answer.state in transition.source and has_right(staff, transition.right)


def offered(staff: Staff | None, answer: Answer | Checker) -> list[Transition]:
    """Return the transitions that this member of staff may make now."""
    return [row for row in transitions_from(answer.state) if has_right(staff, row.right)]
