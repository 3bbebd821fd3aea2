"""Who may sign, edit, moderate, close or withdraw from a petition: predicates."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.crypto import constant_time_compare

from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right
from kesher.contacts.models import Contact
from kesher.core.http.arrival_time import arrived_at
from kesher.participation.deadlines import LONGEST
from kesher.petitions.models import Petition

# States in which its author may change the text; later, people have signed it.
WRITABLE = frozenset({Petition.Moderation.DRAFT, Petition.Moderation.CHANGES, Petition.Moderation.REJECTED})


def may_see(staff: Staff | None, petition: Petition) -> bool:
    """Return whether the public (None) or this member of staff may see the petition.

    By its number the public finds one that looks for supporters, or that was refused for a reason that may be read.
    """
    refused = petition.moderation == Petition.Moderation.REJECTED and not petition.hidden
    gathering = petition.moderation == Petition.Moderation.GATHERING
    return petition.is_published or gathering or refused or has_right(staff, "desk")


def may_sign(petition: Petition) -> bool:
    """Return whether the petition may be signed now, or could be when this request reached us.

    There is no age, no list and no membership. One person is one signature.
    """
    return petition.takes_signatures or was_closed_just_now(petition)


def was_closed_just_now(petition: Petition) -> bool:
    """Return whether its author or the body closed the petition after this request reached us."""
    by_hand = petition.closed_by in (Petition.ClosedBy.AUTHOR, Petition.ClosedBy.BODY)
    if not (petition.is_published and by_hand and petition.closed_at and petition.ends_at):
        return False
    return arrived_at() < petition.ends_at and timezone.now() < petition.closed_at + LONGEST


def may_confirm(petition: Petition) -> bool:
    """Return whether a pending signature may still be confirmed: also in review and after closing, not once lapsed."""
    return petition.moderation != Petition.Moderation.LAPSED


def may_change_signature(petition: Petition) -> bool:
    """Return whether signers may still change their name and area: until names are deleted, or it lapsed."""
    return petition.anonymised_at is None and may_confirm(petition)


def is_author(petition: Petition, contact: Contact) -> bool:
    """Return whether this person (any of their merged contacts) wrote the petition."""
    return petition.author is not None and petition.author.root().pk == contact.root().pk


def has_key(petition: Petition, key: str) -> bool:
    """Return whether this is the secret key of the petition author's own page."""
    return constant_time_compare(petition.author_key, key)


def may_rewrite(petition: Petition) -> bool:
    """Return whether the author may change the petition's words and submit them for review (again).

    A refused petition may be written anew if its reason does not hide it and it was never public.
    """
    return petition.moderation in WRITABLE and not petition.hidden and petition.opens_at is None


def may_close(petition: Petition) -> bool:
    """Return whether its author may close the petition to signatures."""
    return petition.is_open


def may_write_news(petition: Petition) -> bool:
    """Return whether its author may write news to the signers (also after closing), for a moderator to read."""
    return petition.is_published


def is_held(petition: Petition, staff: Staff, now: datetime | None = None) -> bool:
    """Return whether another moderator has the petition reserved for review."""
    until = petition.held_until
    return bool(petition.held_by_id and petition.held_by_id != staff.pk and until and until > (now or timezone.now()))
