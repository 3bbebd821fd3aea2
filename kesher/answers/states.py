"""Draft, review, published: which move leads where, and who may make it (verbs of `kesher.agencies.rules`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from kesher.answers.models.content import State


@dataclass(frozen=True, slots=True)
class Move:
    """A verb of an answer: from which states, to which, and who may."""

    verb: str
    title: object
    source: frozenset[str]
    target: str
    may: str


MOVES: Final = {
    move.verb: move
    for move in (
        Move("submit", _("Ask for a review"), frozenset({State.DRAFT}), State.REVIEW, "desk"),
        Move(
            "publish", _("Publish"), frozenset({State.DRAFT, State.REVIEW, State.RETIRED}), State.PUBLISHED, "moderate"
        ),
        Move("return", _("Back to draft"), frozenset({State.REVIEW}), State.DRAFT, "desk"),
        Move("retire", _("Take off the site"), frozenset({State.PUBLISHED}), State.RETIRED, "moderate"),
    )
}


def moves_from(state: str) -> list[Move]:
    """The moves that an answer in this state can make, in the order of the table."""
    return [move for move in MOVES.values() if state in move.source]
