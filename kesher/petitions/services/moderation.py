"""Lock a petition for the one moderator who reviews it, and store the moderators' internal notes."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.core.audit import audit
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish
from kesher.petitions.models import Petition
from kesher.petitions.services.events import EventKind, append_event
from kesher.petitions.services.transitions import QUEUE

HOLD = timedelta(minutes=15)


@transaction.atomic
def hold_petition(petition: Petition, *, staff: Staff) -> bool:
    """Reserve a petition for a moderator for a quarter of an hour; return False if another has it."""
    now = timezone.now()
    free = Q(held_by=None) | Q(held_by=staff) | Q(held_until__lte=now)
    mine = Petition.objects.filter(free, pk=petition.pk)
    if not mine.update(held_by=staff, held_until=now + HOLD):
        return False
    if petition.held_by_id != staff.pk:
        audit("petitions.hold", by=staff_actor(staff), subject=petition)
        publish(QUEUE)
    petition.held_by, petition.held_until = staff, now + HOLD
    return True


@transaction.atomic
def release_petition(petition: Petition, *, staff: Staff) -> None:
    """End a moderator's reservation of a petition, also a colleague's who is away; the audit says whose."""
    audit("petitions.let_go", by=staff_actor(staff), subject=petition, held_by=petition.held_by_id)
    Petition.objects.filter(pk=petition.pk).update(held_by=None, held_until=None)
    petition.held_by = petition.held_until = None
    publish(QUEUE)


@transaction.atomic
def add_note(petition: Petition, text: str, *, staff: Staff) -> None:
    """Store a note on a petition for other moderators, which the public and the author never see. Raise Refused."""
    if not text.strip():
        raise Refused(_("Write something first."))
    append_event(petition, EventKind.NOTE, staff=staff, public=False, words={petition.language: text.strip()[:2000]})
    audit("petitions.note", by=staff_actor(staff), subject=petition)


def note_look(petition: Petition, *, staff: Staff, shown: int) -> None:
    """Record in the audit that a clerk read who signed, with ``shown`` names and addresses; nothing for 0."""
    if shown:
        audit("petitions.view_signers", by=staff_actor(staff), subject=petition, shown=shown)
