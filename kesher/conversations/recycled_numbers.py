"""Numbers change hands: whoever has an address now need not be who had it when we last heard from it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from django.conf import settings
from django.utils import timezone

from kesher.contacts.models import Identity, Proof
from kesher.conversations.models import Message

# What a telephone company gives to somebody else after a while.
RECYCLED = frozenset({"tel"})


def changed_hands(identity: Identity) -> bool:
    """May this number have a new owner? Its channel said so; or since its owner was last confirmed there were
    KESHER_NUMBER_DAYS in which nothing came from it. What came after the silence proves nothing: it may be the new
    owner's."""
    if identity.evidence.get("changed"):
        return True
    if identity.scheme not in RECYCLED:
        return False
    longest = timedelta(days=settings.KESHER_NUMBER_DAYS)
    return any(later - earlier > longest for earlier, later in pairwise(signs_of_life(identity)))


def signs_of_life(identity: Identity) -> list[datetime]:
    """The days on which something came from this address, from when its owner was last confirmed to now."""
    confirmed, now = identity.verified_at or identity.created, timezone.now()
    wrote = Message.objects.filter(identity=identity, direction=Message.Direction.IN, received__gt=confirmed)
    typed = Proof.objects.filter(identity=identity, used_at__gt=confirmed)
    days = {*wrote.datetimes("received", "day"), *typed.datetimes("used_at", "day")}
    return [confirmed, *sorted(day for day in days if confirmed < day < now), now]
