"""Predicates without a database: how well a signed-in person is known now, and what that allows."""

from __future__ import annotations

from datetime import datetime, timedelta

from kesher.accounts.models import SignIn
from kesher.contacts.models import Contact

# How long a level is valid. Afterwards it falls by one, down to 1, the level of a known browser.
FRESH = {3: timedelta(minutes=30), 2: timedelta(hours=12)}
IDLE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=10)


def is_over(sign_in: SignIn, now: datetime) -> bool:
    """Return whether a sign-in was ended, or was not used for a month."""
    return sign_in.ended_at is not None or sign_in.seen_at < now - IDLE


def level_now(sign_in: SignIn | None, now: datetime) -> int:
    """Return the proof level, 0 to 3, that a sign-in has now; 0 also while its number may have a new owner."""
    if sign_in is None or sign_in.held or is_over(sign_in, now):
        return 0
    level = sign_in.level
    while level > 1 and sign_in.proved_at < now - FRESH[level]:
        level -= 1
    return level


def may_sign_in(contact: Contact) -> bool:
    """Return whether this contact may sign in: it is neither blocked nor erased."""
    return contact.root().status == Contact.Status.ACTIVE


def is_own_address(sign_in: SignIn) -> bool:
    """Return whether the address that a person signed in with still belongs to them.

    It does not after a merge was undone, or if the address has a new owner.
    """
    return sign_in.identity.contact.root().pk == sign_in.contact.root().pk


def may_link(sign_in: SignIn | None, now: datetime) -> bool:
    """Return whether an address may be linked to this person: they must have proved one of theirs lately.

    A person who only followed a link (level 1) may hold somebody else's.
    """
    return level_now(sign_in, now) >= 2
