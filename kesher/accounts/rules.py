"""How well a signed-in person is known now, and what a proof may lead to. No database, no page."""

from __future__ import annotations

from datetime import datetime, timedelta

from kesher.accounts.models import SignIn
from kesher.contacts.models import Contact

# How long a proof is as good as it was. After a day's work a code is worth what a known browser is worth: 1.
FRESH = {3: timedelta(minutes=30), 2: timedelta(hours=12)}
IDLE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=10)


def is_over(sign_in: SignIn, now: datetime) -> bool:
    """Signed out, or not used for a month."""
    return sign_in.ended_at is not None or sign_in.seen_at < now - IDLE


def level_now(sign_in: SignIn | None, now: datetime) -> int:
    """What the proof is worth at this moment: 0 for nobody, and while it is open whose number this is."""
    if sign_in is None or sign_in.held or is_over(sign_in, now):
        return 0
    level = sign_in.level
    while level > 1 and sign_in.proved_at < now - FRESH[level]:
        level -= 1
    return level


def may_sign_in(contact: Contact) -> bool:
    """Neither blocked nor erased."""
    return contact.root().status == Contact.Status.ACTIVE


def is_own_address(sign_in: SignIn) -> bool:
    """Does the address with which somebody came in still lead to the person whose page it opened? No more once they
    turned out to be two after all, or the address has a new owner."""
    return sign_in.identity.contact.root().pk == sign_in.contact.root().pk


def may_link(sign_in: SignIn | None, now: datetime) -> bool:
    """May an address be added to this person? Only by whoever proved an own one not long ago: whoever only followed a
    link (level 1) may hold somebody else's."""
    return level_now(sign_in, now) >= 2
