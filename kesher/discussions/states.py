"""The states of a post and their transitions, for authors and for moderators."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class PostState(TextChoices):
    """Where a post stands.

    ``HIDDEN``: nobody sees it until a moderator decides. ``REMOVED``: a moderator decided; it may come back on appeal.
    ``DELETED``: its author took it back, for good.
    """

    PUBLISHED = "published", pgettext_lazy("post", "Published")
    HELD = "held", pgettext_lazy("post", "Waits for a moderator")
    HIDDEN = "hidden", pgettext_lazy("post", "Hidden")
    REMOVED = "removed", pgettext_lazy("post", "Removed")
    DELETED = "deleted", pgettext_lazy("post", "Deleted by its author")


_P = PostState
# (state, transition) → state. What is not here may not be done.
AUTHOR_TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    (_P.PUBLISHED, "edit"): _P.PUBLISHED,
    (_P.HELD, "edit"): _P.PUBLISHED,
    (_P.HIDDEN, "edit"): _P.HELD,
    (_P.PUBLISHED, "delete"): _P.DELETED,
    (_P.HELD, "delete"): _P.DELETED,
    (_P.HIDDEN, "delete"): _P.DELETED,
    (_P.REMOVED, "delete"): _P.DELETED,
}
MODERATOR_TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    (_P.HELD, "publish"): _P.PUBLISHED,
    (_P.HIDDEN, "publish"): _P.PUBLISHED,
    (_P.PUBLISHED, "approve"): _P.PUBLISHED,
    (_P.PUBLISHED, "hide"): _P.HIDDEN,
    (_P.HELD, "ask_edit"): _P.HIDDEN,
    (_P.PUBLISHED, "ask_edit"): _P.HIDDEN,
    (_P.PUBLISHED, "warn"): _P.PUBLISHED,
    (_P.HELD, "remove"): _P.REMOVED,
    (_P.HIDDEN, "remove"): _P.REMOVED,
    (_P.PUBLISHED, "remove"): _P.REMOVED,
    (_P.REMOVED, "restore"): _P.PUBLISHED,
}
# Transitions that the author is told of: each needs a reason in words.
EXPLAINED: Final = frozenset({"hide", "ask_edit", "warn", "remove"})


def find_author_transition(state: str, transition: str, *, reasons: bool = False) -> str | None:
    """Return the state after a transition of the author, or None if it may not be made.

    ``reasons``: whether the edited text is one to hold (`rules.find_reasons`). An edited post that was hidden waits for
    a moderator in any case.
    """
    after = AUTHOR_TRANSITIONS.get((state, transition))
    return _P.HELD if transition == "edit" and reasons and after is not None else after


def find_moderator_transition(state: str, transition: str) -> str | None:
    """Return the state after a transition of a moderator, or None if it may not be made."""
    return MODERATOR_TRANSITIONS.get((state, transition))


def moderator_transitions(state: str) -> list[str]:
    """Return the names of the transitions that a moderator may make now, in the order of the table."""
    return [name for before, name in MODERATOR_TRANSITIONS if before == state]
