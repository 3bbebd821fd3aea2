"""Detect telephone numbers that were unused for so long that they may have a new owner."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from django.conf import settings
from django.utils import timezone

from kesher.contacts.models import Identity, Proof
from kesher.conversations.models import Message

# Addresses that are given to a new owner after a while.
RECYCLED = frozenset({"tel"})


def may_have_new_owner(identity: Identity) -> bool:
    """Return whether a phone number was silent so long that it may belong to somebody else now.

    Its channel said so; or nothing came from it for KESHER_NUMBER_DAYS since its owner was last confirmed. What came
    after the silence proves nothing: it may be from the new owner.
    """
    if identity.evidence.get("changed"):
        return True
    if identity.scheme not in RECYCLED:
        return False
    longest = timedelta(days=settings.KESHER_NUMBER_DAYS)
    return any(later - earlier > longest for earlier, later in pairwise(activity_days(identity)))


def activity_days(identity: Identity) -> list[datetime]:
    """Return the days on which something came from this address, from its last confirmation to now."""
    confirmed, now = identity.verified_at or identity.created, timezone.now()
    wrote = Message.objects.filter(identity=identity, direction=Message.Direction.IN, received__gt=confirmed)
    typed = Proof.objects.filter(identity=identity, used_at__gt=confirmed)
    days = {*wrote.datetimes("received", "day"), *typed.datetimes("used_at", "day")}
    return [confirmed, *sorted(day for day in days if confirmed < day < now), now]
