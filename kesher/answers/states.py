"""The states of answers and checkers: each transition, where it leads, and the right it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from kesher.answers.models.content import State


@dataclass(frozen=True, slots=True)
class Transition:
    """A transition: the states it starts from, the state it leads to, and the right it needs."""

    name: str
    title: object
    source: frozenset[str]
    target: str
    right: str


TRANSITIONS: Final = {
    transition.name: transition
    for transition in (
        Transition("submit", _("Ask for a review"), frozenset({State.DRAFT}), State.REVIEW, "desk"),
        Transition(
            "publish", _("Publish"), frozenset({State.DRAFT, State.REVIEW, State.RETIRED}), State.PUBLISHED, "moderate"
        ),
        Transition("return", _("Back to draft"), frozenset({State.REVIEW}), State.DRAFT, "desk"),
        Transition("retire", _("Take off the site"), frozenset({State.PUBLISHED}), State.RETIRED, "moderate"),
    )
}


def transitions_from(state: str) -> list[Transition]:
    """Return the changes of state that are possible from this state, in the order of the table."""
    return [transition for transition in TRANSITIONS.values() if state in transition.source]
