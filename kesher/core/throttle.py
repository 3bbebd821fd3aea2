"""Count tries within a time window, shared by all processes."""

from __future__ import annotations

import time

from django.db import models

from kesher.core.models import Throttle


def allow(key: str, limit: int, seconds: int) -> bool:
    """Counts one try under ``key`` and says whether it is within ``limit`` in this window. Shared by all processes.
    Two statements; two first tries in the same instant may count as one."""
    window = window_end(seconds)
    name = f"{key}:{seconds}"[:120]
    mine = Throttle.objects.filter(key=name, window=window)
    count = mine.values_list("count", flat=True).first()
    if count is None:
        Throttle.objects.bulk_create([Throttle(key=name, window=window, count=1)], ignore_conflicts=True)
        return limit > 0
    return count < limit and bool(mine.filter(count__lt=limit).update(count=models.F("count") + 1))


def reset_tries(key: str, seconds: int) -> None:
    """Forget what `allow` counted under ``key`` in this window."""
    Throttle.objects.filter(key=f"{key}:{seconds}"[:120], window=window_end(seconds)).delete()


def uncount_try(key: str, seconds: int) -> None:
    """Count one try less under ``key``: it was a right one, where only the wrong ones are limited."""
    mine = Throttle.objects.filter(key=f"{key}:{seconds}"[:120], window=window_end(seconds), count__gt=0)
    mine.update(count=models.F("count") - 1)


def window_end(seconds: int) -> int:
    """When this window of so many seconds is over. Windows go by their ends, so that all are forgotten alike."""
    return (int(time.time()) // seconds + 1) * seconds


def forget_throttles() -> int:
    """Drops windows that are over; returns how many."""
    deleted, _rows = Throttle.objects.filter(window__lte=int(time.time())).delete()
    return deleted
