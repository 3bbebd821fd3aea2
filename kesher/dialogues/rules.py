"""Predicate: may an unfinished form still be opened by its link."""

from __future__ import annotations

from datetime import datetime, timedelta

from kesher.contacts.models import Contact
from kesher.dialogues.models import DialogueSession

LINK_LIFE = timedelta(hours=24)
OPEN_STATES = (DialogueSession.State.ACTIVE, DialogueSession.State.PARKED)


def may_continue(session: DialogueSession, now: datetime) -> bool:
    """Return whether a form is unfinished and was used in the last day, so that a link may still open it."""
    fresh = session.updated > now - LINK_LIFE
    person = session.contact.status == Contact.Status.ACTIVE
    return bool(session.skill) and session.state in OPEN_STATES and fresh and person
