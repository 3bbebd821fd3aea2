"""Permission rules of answers.

Everybody may search, read and say whether an answer was useful. Clerks read everything and write drafts; managers
publish, and keep facts and synonyms. `states.py` has the right that each transition needs.
"""

from __future__ import annotations

from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right
from kesher.answers.models import Answer, Checker, Revision, State
from kesher.answers.states import TRANSITIONS, Transition, transitions_from


def may_edit(staff: Staff | None, answer: Answer | Checker) -> bool:
    """Return whether they may edit an answer or checker: clerks only drafts, managers all."""
    return has_right(staff, "moderate") or (has_right(staff, "desk") and answer.state in (State.DRAFT, State.REVIEW))


def may_propose(staff: Staff | None, answer: Answer) -> bool:
    """Return whether they may propose a change to a published answer. An editor publishes it."""
    return has_right(staff, "desk") and answer.state == State.PUBLISHED


def may_publish(staff: Staff | None) -> bool:
    """Return whether they may publish."""
    return has_right(staff, "moderate")


def may_drop(staff: Staff | None, waiting: Revision | None) -> bool:
    """Return whether they may drop the waiting change: an editor, or the person who proposed it."""
    return may_publish(staff) or (staff is not None and waiting is not None and waiting.by_id == staff.pk)


def may_transition(staff: Staff | None, answer: Answer | Checker, name: str) -> bool:
    """Return whether they may make this transition now."""
    transition = TRANSITIONS.get(name)
    return transition is not None and answer.state in transition.source and has_right(staff, transition.right)


def offered_transitions(staff: Staff | None, answer: Answer | Checker) -> list[Transition]:
    """Return the transitions that this member of staff may make now."""
    return [transition for transition in transitions_from(answer.state) if has_right(staff, transition.right)]
