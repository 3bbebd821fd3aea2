"""Who of the staff may edit, publish and delete answers and checkers: predicates without a database.

Everybody may search, read and say whether an answer was useful. Clerks read everything and write drafts; managers
publish, and keep facts and synonyms. `states.py` has the right that each transition needs.
"""

from __future__ import annotations

from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right
from kesher.answers.models import Answer, Checker, Revision, State
from kesher.answers.states import TRANSITIONS, Transition, transitions_from


def may_edit(staff: Staff | None, answer: Answer | Checker) -> bool:
    """Return whether this member of staff may edit an answer or checker: clerks only drafts, moderators all."""
    return has_right(staff, "moderate") or (has_right(staff, "desk") and answer.state in (State.DRAFT, State.REVIEW))


def may_propose(staff: Staff | None, answer: Answer) -> bool:
    """Return whether this member of staff may propose a change to a published answer, for an editor to publish."""
    return has_right(staff, "desk") and answer.state == State.PUBLISHED


def may_publish(staff: Staff | None) -> bool:
    """Return whether this member of staff may publish answers and checkers."""
    return has_right(staff, "moderate")


def may_drop(staff: Staff | None, waiting: Revision | None) -> bool:
    """Return whether they may drop an answer's waiting change: an editor, or the person who proposed it."""
    return may_publish(staff) or (staff is not None and waiting is not None and waiting.by_id == staff.pk)


def may_transition(staff: Staff | None, answer: Answer | Checker, name: str) -> bool:
    """Return whether they may make this change of an answer's or checker's state now (by its name)."""
    transition = TRANSITIONS.get(name)
    return transition is not None and answer.state in transition.source and has_right(staff, transition.right)


def offered_transitions(staff: Staff | None, answer: Answer | Checker) -> list[Transition]:
    """Return the changes of state that this member of staff may make on an answer or checker now."""
    return [transition for transition in transitions_from(answer.state) if has_right(staff, transition.right)]
