"""Let people join and leave discussions, and forget them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.contacts.models import Contact
from kesher.contacts.service_caller import Call
from kesher.core.audit import SYSTEM, audit
from kesher.core.errors import Refused
from kesher.discussions.models import Discussion, Participant, Post, PostReport
from kesher.discussions.states import PostState
from kesher.language import find_personal_data, normalise

UNPUBLISHED = (PostState.HELD, PostState.HIDDEN, PostState.REMOVED)


def find_participant(discussion: Discussion, contact: Contact) -> Participant | None:
    """Return a person's place in a discussion if they take part now; None if not, or if they were removed."""
    rows = list(Participant.objects.of(contact).filter(discussion=discussion).order_by("id"))
    if any(row.removed_at for row in rows):
        return None
    return next((row for row in rows if row.is_current), None)


def require_participant(discussion: Discussion, call: Call) -> Participant:
    """Return the place of who calls. Raise Refused if they take no part."""
    found = find_participant(discussion, call.person())
    if found is None:
        raise Refused(_("Only members can do this. Please join first."))
    return found


@transaction.atomic
def join(discussion: Discussion, call: Call, *, name: str, role: str = Participant.Role.MEMBER) -> Participant:
    """Let a person take part by this name, and return their place.

    Raise Refused if they take part already, were removed under any of their addresses, or cannot have the name.
    """
    assert call.identity is not None
    rows = list(Participant.objects.of(call.person()).filter(discussion=discussion).select_for_update().order_by("id"))
    if any(row.removed_at for row in rows):
        raise Refused(_("You were removed here. Write to us if you think that this was wrong."))
    if any(row.is_current for row in rows):
        raise Refused(_("You are a member already."))
    name = check_name(discussion, name)
    place = rows[0] if rows else Participant(discussion=discussion, identity=call.identity, joined=timezone.now())
    place.agency_id, place.name, place.role, place.left_at = discussion.agency_id, name, role, None
    try:
        with transaction.atomic():
            place.save()
    except IntegrityError:
        raise Refused(_("Somebody here has this name. Please choose another.")) from None
    audit("discussions.join", by=call.actor(call.person()), subject=place)
    return place


def check_name(discussion: Discussion, name: str) -> str:
    """Return a name without spaces around it. Raise Refused if it is personal data or the body's own name."""
    name = " ".join(name.split())
    if any(find_personal_data(name)):
        raise Refused(_("Please choose a name without a number or an address: others will see it."))
    if normalise(name) in {normalise(own) for own in discussion.agency.names.values()}:
        raise Refused(_("This is the name of the public body. Please choose another."))
    return name


@transaction.atomic
def leave(discussion: Discussion, call: Call) -> Participant:
    """End a person's part in a discussion; what they wrote stays. Raise Refused if they take no part."""
    place = require_participant(discussion, call)
    place.left_at = timezone.now()
    place.save(update_fields=["left_at"])
    audit("discussions.leave", by=call.actor(call.person()), subject=place)
    return place


@transaction.atomic
def erase_participants(ids: Sequence[int]) -> None:
    """Forget who these contacts were: their posts show a former member, and what nobody saw of them is emptied."""
    places = Participant.objects.filter(identity__contact__in=ids)
    Post.objects.filter(participant__in=places, state__in=UNPUBLISHED).update(text="", digest="", needs_review=False)
    now = timezone.now()
    places.filter(left_at=None).update(left_at=now)
    places.update(name="", identity=None)
    audit("discussions.erase", by=SYSTEM, people=len(ids))


@transaction.atomic
def erase_reports(ids: Sequence[int]) -> None:
    """Forget that these contacts reported posts."""
    PostReport.objects.filter(identity__contact__in=ids).update(identity=None)
    audit("discussions.erase_reports", by=SYSTEM, people=len(ids))
