"""Let one process at a time do a named job."""

from __future__ import annotations

import time

from django.db import models

from kesher.core.models import Lease


def hold_lease(name: str, holder: object, seconds: float) -> bool:
    """Takes or keeps the named lease for this holder (a UUID); False while somebody else holds it."""
    now = time.time()
    Lease.objects.bulk_create([Lease(name=name)], ignore_conflicts=True)
    mine = models.Q(holder=holder) | models.Q(until__lt=now)
    return Lease.objects.filter(mine, name=name).update(holder=holder, until=now + seconds) == 1
