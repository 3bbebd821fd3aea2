"""Log who reads whose records, before anything is shown."""

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

# Repeated looks at one's own page are one row in this time; a download is another.
OWN_EVERY = timedelta(minutes=10)
REASON_LENGTH_MIN = 10


@transaction.atomic
def record_look(
    contact: Contact, viewer: Contact, sources: Sequence[str], *, door: str = "web", mandate: Mandate | None = None
) -> None:
    """Log that ``viewer`` sees a person's records from these sources: their own, or another's by a mandate."""
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
def record_staff_look(contact: Contact, staff: Staff, sources: Sequence[str], *, reason: str) -> Look:
    """Log that a member of staff sees a person's records, with a reason that the person can read.

    Raise Refused if the reason is too short.
    """
    why = " ".join(reason.split())[:200]
    if len(why) < REASON_LENGTH_MIN:
        raise Refused(_("Write why you look, in a few words. This person can read it."))
    look = Look.objects.create(
        agency_id=contact.agency_id, contact=contact, staff=staff, reason=why, sources=list(sources), door="desk"
    )
    audit("records.look", by=Actor("staff", staff.pk, "desk"), subject=contact, reason=why, sources=list(sources))
    return look
