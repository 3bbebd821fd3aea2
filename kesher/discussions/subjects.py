"""Registry of what can be discussed: each feature says what its discussions are about, and who may read them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from kesher.discussions.models import Discussion


@dataclass(frozen=True, slots=True)
class Subject:
    """What a discussion is about, as a link names it. ``public``: whether people who take no part may read it."""

    title: str
    url: str
    public: bool = False


# Of a kind: the function that returns {id of a discussion: its subject}, in as few queries as there can be.
type Find = Callable[[Collection[int]], Mapping[int, Subject]]
SUBJECTS: dict[str, Find] = {}


def register(kind: str, find: Find) -> None:
    """Register what discussions of a kind are about."""
    SUBJECTS[kind] = find


def find_subject(discussion: Discussion) -> Subject | None:
    """Return what a discussion is about; None where that is gone."""
    return find_subjects([discussion]).get(discussion.pk)


def find_subjects(discussions: Collection[Discussion]) -> dict[int, Subject]:
    """Return {id of a discussion: what it is about}."""
    found: dict[int, Subject] = {}
    for kind in {row.kind for row in discussions} & SUBJECTS.keys():
        found |= SUBJECTS[kind]({row.pk for row in discussions if row.kind == kind})
    return found
