"""Lease a named job for a time, so that only one process does it."""

from __future__ import annotations

import time

from django.db import models

from kesher.core.models import Lease


def hold_lease(name: str, holder: object, seconds: float) -> bool:
    """Take or renew a named lock that expires; return False if another process holds it.

    `holder` is the UUID of a process. The lease ends after `seconds` unless it is renewed.
    """
    now = time.time()
    Lease.objects.bulk_create([Lease(name=name)], ignore_conflicts=True)
    mine = models.Q(holder=holder) | models.Q(until__lt=now)
    return Lease.objects.filter(mine, name=name).update(holder=holder, until=now + seconds) == 1
