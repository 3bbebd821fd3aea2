"""The states of a petition and their transitions: one table for moderation, one for closing."""

from __future__ import annotations

from kesher.petitions.models import Petition

Moderation, Closing = Petition.Moderation, Petition.Closing

# (state, transition) → state. What is not here may not be done.
MODERATION_TRANSITIONS: dict[tuple[str, str], str] = {
    (Moderation.DRAFT, "gather"): Moderation.GATHERING,
    (Moderation.DRAFT, "submit"): Moderation.SUBMITTED,
    (Moderation.DRAFT, "publish"): Moderation.PUBLISHED,
    (Moderation.DRAFT, "lapse"): Moderation.LAPSED,
    (Moderation.GATHERING, "submit"): Moderation.SUBMITTED,
    (Moderation.GATHERING, "lapse"): Moderation.LAPSED,
    (Moderation.SUBMITTED, "ask_changes"): Moderation.CHANGES,
    (Moderation.SUBMITTED, "publish"): Moderation.PUBLISHED,
    (Moderation.SUBMITTED, "reject"): Moderation.REJECTED,
    (Moderation.CHANGES, "submit"): Moderation.SUBMITTED,
    (Moderation.REJECTED, "submit"): Moderation.SUBMITTED,
    (Moderation.PUBLISHED, "take_down"): Moderation.REJECTED,
}
CLOSING_TRANSITIONS: dict[tuple[str, str], str] = {
    (Closing.OPEN, "close"): Closing.CLOSED,
    (Closing.CLOSED, "reopen"): Closing.OPEN,
}
# Transitions made by a job or the author: the desk has no button for them.
UNATTENDED = frozenset({"gather", "lapse"})
# Transitions after which people sign again: refused once names and keys are deleted, since signers are then unknown.
SIGNED_AGAIN = frozenset({"reopen", "submit"})
# Transitions that need a text: a reason, or what to change.
WORDY = frozenset({"ask_changes", "reject", "take_down"})


def find_transition(petition: Petition, transition: str) -> tuple[str, str, str] | None:
    """Return (column, state before, state after) of a transition, or None if it may not be made now.

    A petition that was never published is not closed or opened again. One whose names were deleted is not signed again.
    """
    if petition.anonymised_at is not None and transition in SIGNED_AGAIN:
        return None
    if after := MODERATION_TRANSITIONS.get((petition.moderation, transition)):
        return "moderation", petition.moderation, after
    if petition.is_published and (after := CLOSING_TRANSITIONS.get((petition.closing, transition))):
        return "closing", petition.closing, after
    return None


def allowed_transitions(petition: Petition) -> list[str]:
    """Return the names of the transitions that the desk may make now, in the order of the tables."""
    known = dict.fromkeys(
        name for _state, name in (*MODERATION_TRANSITIONS, *CLOSING_TRANSITIONS) if name not in UNATTENDED
    )
    return [name for name in known if find_transition(petition, name)]
