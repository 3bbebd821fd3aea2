"""Who looked at whose things: written before anything is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.contacts.models import Contact
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.records.models import Look, Mandate

# One's own page, opened again and again, is one line a while; what is taken away as a file is another.
OWN_EVERY = timedelta(minutes=10)
LEAST_REASON = 10


@transaction.atomic
def note_look(
    contact: Contact, viewer: Contact, sources: Sequence[str], *, door: str = "web", mandate: Mandate | None = None
) -> None:
    """A citizen looks: at his own things, or by a mandate at another's."""
    own = mandate is None
    recent = Look.objects.filter(contact=contact, viewer=viewer, mandate=None, at__gt=timezone.now() - OWN_EVERY)
    if own and recent.filter(door=door).exists():
        return
    Look.objects.create(
        agency_id=contact.agency_id, contact=contact, viewer=viewer, mandate=mandate, sources=list(sources), door=door
    )
    if not own:
        audit("records.look", by=Actor("contact", viewer.pk, door), subject=contact, sources=list(sources))


@transaction.atomic
def note_staff_look(contact: Contact, staff: Staff, sources: Sequence[str], *, reason: str) -> Look:
    """A member of staff looks, and says why; the person can read it. Raises Refused where he says too little."""
    why = " ".join(reason.split())[:200]
    if len(why) < LEAST_REASON:
        raise Refused(_("Write why you look, in a few words. This person can read it."))
    look = Look.objects.create(
        agency_id=contact.agency_id, contact=contact, staff=staff, reason=why, sources=list(sources), door="desk"
    )
    audit("records.look", by=Actor("staff", staff.pk, "desk"), subject=contact, reason=why, sources=list(sources))
    return look
