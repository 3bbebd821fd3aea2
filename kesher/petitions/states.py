"""What may follow what: two tables, since reviewing a petition and closing it do not depend on one another."""

from __future__ import annotations

from kesher.petitions.models import Petition

Moderation, Closing = Petition.Moderation, Petition.Closing

# (state, verb) → state. What is not here may not be done.
MODERATION: dict[tuple[str, str], str] = {
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
CLOSING: dict[tuple[str, str], str] = {
    (Closing.OPEN, "close"): Closing.CLOSED,
    (Closing.CLOSED, "reopen"): Closing.OPEN,
}
# Steps that the machine takes, or the author; no button of the desk.
UNATTENDED = frozenset({"gather", "lapse"})
# Steps after which people sign again: not where names and keys are gone, since nobody knows any more who has signed.
SIGNED_AGAIN = frozenset({"reopen", "submit"})
# Steps that need words: a reason, or what to change.
WORDY = frozenset({"ask_changes", "reject", "take_down"})


def step(petition: Petition, verb: str) -> tuple[str, str, str] | None:
    """(column, state before, state after) of this verb now, or None where it may not be done. A petition that the
    public never saw is neither closed nor opened again; one whose names were deleted is not signed again."""
    if petition.anonymised_at is not None and verb in SIGNED_AGAIN:
        return None
    if after := MODERATION.get((petition.moderation, verb)):
        return "moderation", petition.moderation, after
    if petition.is_published and (after := CLOSING.get((petition.closing, verb))):
        return "closing", petition.closing, after
    return None


def verbs(petition: Petition) -> list[str]:
    """What the desk may do now, in the tables' order."""
    known = dict.fromkeys(verb for _state, verb in (*MODERATION, *CLOSING) if verb not in UNATTENDED)
    return [verb for verb in known if step(petition, verb)]
