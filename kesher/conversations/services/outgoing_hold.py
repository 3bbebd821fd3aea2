"""Hold back, in a crisis, what goes out to the public or to many people; private answers go on."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency
from kesher.conversations.models import BroadcastRow, Delivery, Message
from kesher.conversations.services.events.provider_events import update_message_state
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused

HELD: Final = Q(agency__outgoing_held_at__isnull=False) & (Q(message__public=True) | Q(lane=Delivery.Lane.BROADCAST))
DISCARDED: Final = "discarded: held back, and not wanted any more"


@transaction.atomic
def hold_outgoing(agency: Agency, *, why: str, by: Actor) -> None:
    """Hold back public messages and messages to many from now on; the reason is shown at the desk."""
    Agency.objects.filter(pk=agency.pk, outgoing_held_at=None).update(
        outgoing_held_at=timezone.now(), outgoing_held_why=why[:200]
    )
    audit("conversations.hold_outgoing", by=by, subject=agency, why=why[:200])


@transaction.atomic
def release_outgoing(agency: Agency, *, discard: bool, by: Actor) -> int:
    """Send what was held back, or discard it; return how many messages it is about.

    Raise Refused if nothing is held back (any more). What is discarded stays in its conversation as not sent. People
    of a broadcast whose message was not made yet get none, if it is discarded.
    """
    locked = Agency.objects.select_for_update().get(pk=agency.pk)
    if locked.outgoing_held_at is None:
        raise Refused(_("Nothing is held back any more."))
    waiting = count_held(locked)
    if discard:
        discard_held(locked)
    locked.outgoing_held_at, locked.outgoing_held_why = None, ""
    locked.save(update_fields=["outgoing_held_at", "outgoing_held_why"])
    audit("conversations.release_outgoing", by=by, subject=agency, discard=discard, messages=waiting)
    return waiting


def discard_held(agency: Agency) -> None:
    """Mark the held deliveries of an agency as failed, and leave out who has not got a broadcast yet."""
    held = Delivery.objects.filter(HELD, agency=agency, state=Delivery.State.QUEUED)
    messages = list(Message.objects.filter(pk__in=held.values("message")))
    Delivery.objects.filter(pk__in=list(held.values_list("pk", flat=True))).update(
        state=Delivery.State.FAILED, sealed={}, error=DISCARDED
    )
    for message in messages:
        update_message_state(message)
    waiting_rows(agency).update(state="refused")


def count_held(agency: Agency) -> int:
    """Return how many messages wait for the release: queued ones, and people of broadcasts."""
    held = Delivery.objects.filter(HELD, agency=agency, state=Delivery.State.QUEUED)
    return held.values("message").distinct().count() + waiting_rows(agency).count()


def waiting_rows(agency: Agency) -> QuerySet[BroadcastRow]:
    """Return the people of broadcasts whose message is not made yet."""
    return BroadcastRow.objects.filter(agency=agency, state="waiting")
