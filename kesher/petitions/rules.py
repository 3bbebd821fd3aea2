"""Who may do what with a petition: pure predicates over `kesher.agencies.rules`."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.crypto import constant_time_compare

from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right
from kesher.contacts.models import Contact
from kesher.core.arrival import arrived_at
from kesher.participation.deadlines import LONGEST
from kesher.petitions.models import Petition

# In these states its author may change what it says; afterwards people have signed those words.
WRITABLE = frozenset({Petition.Moderation.DRAFT, Petition.Moderation.CHANGES, Petition.Moderation.REJECTED})


def may_see(staff: Staff | None, petition: Petition) -> bool:
    """The public sees what is published, and by its number what looks for supporters or was refused for a reason that
    may be read; whoever works at the desk sees all."""
    refused = petition.moderation == Petition.Moderation.REJECTED and not petition.hidden
    gathering = petition.moderation == Petition.Moderation.GATHERING
    return petition.is_published or gathering or refused or has_right(staff, "desk")


def may_sign(petition: Petition) -> bool:
    """Anybody may sign what is open, or was when his word reached us: there is no age, no list and no membership. One
    person is one signature."""
    return petition.takes_signatures or was_closed_just_now(petition)


def was_closed_just_now(petition: Petition) -> bool:
    """Did its author or the body close it after what is being handled reached us, not long ago?"""
    by_hand = petition.closed_by in (Petition.ClosedBy.AUTHOR, Petition.ClosedBy.BODY)
    if not (petition.is_published and by_hand and petition.closed_at and petition.ends_at):
        return False
    return arrived_at() < petition.ends_at and timezone.now() < petition.closed_at + LONGEST


def may_confirm(petition: Petition) -> bool:
    """May what waits for its code still be counted? Also while we read the petition, and after it closed; not after it
    found too few supporters."""
    return petition.moderation != Petition.Moderation.LAPSED


def is_author(petition: Petition, contact: Contact) -> bool:
    """Did this person write it, under whichever of his addresses?"""
    return petition.author is not None and petition.author.root().pk == contact.root().pk


def has_key(petition: Petition, key: str) -> bool:
    """Does this key open the author's page? It was sent to the author alone."""
    return constant_time_compare(petition.author_key, key)


def may_rewrite(petition: Petition) -> bool:
    """May the author change his words and send them (again)? A refused one, if its reason was not of a kind that hides
    it; a refused one that was public is not written anew."""
    return petition.moderation in WRITABLE and not petition.hidden and petition.opens_at is None


def may_close(petition: Petition) -> bool:
    """May its author close it?"""
    return petition.is_open


def may_tell(petition: Petition) -> bool:
    """May its author write news to those who signed? Also after it closed; a moderator reads them first."""
    return petition.is_published


def is_held(petition: Petition, staff: Staff, now: datetime | None = None) -> bool:
    """Is another moderator at work on it?"""
    until = petition.held_until
    return bool(petition.held_by_id and petition.held_by_id != staff.pk and until and until > (now or timezone.now()))


def may_edit(staff: Staff | None) -> bool:
    """Writing, publishing, closing, answering and voiding."""
    return has_right(staff, "moderate")


def may_write_to_signers(staff: Staff | None) -> bool:
    return has_right(staff, "broadcast")


def may_sign_for(staff: Staff | None) -> bool:
    """Signing for somebody on the phone or at the counter."""
    return has_right(staff, "log_call")
