"""Limit how often something may be tried in a time window, counted in the database for all processes."""

from __future__ import annotations

import time

from django.db import models

from kesher.core.models import Throttle


def allow(key: str, limit: int, seconds: int) -> bool:
    """Count one try under a key and return whether it is within the limit of this window.

    It takes two statements, and three at the first try. Of many in the same instant none is lost.
    """
    window = window_end(seconds)
    name = f"{key}:{seconds}"[:120]
    mine = Throttle.objects.filter(key=name, window=window)
    count = mine.values_list("count", flat=True).first()
    if count is None:
        Throttle.objects.bulk_create([Throttle(key=name, window=window)], ignore_conflicts=True)
    return (count or 0) < limit and bool(mine.filter(count__lt=limit).update(count=models.F("count") + 1))


def reset_tries(key: str, seconds: int) -> None:
    """Set the number of tries under a key, in the current time window, back to none."""
    Throttle.objects.filter(key=f"{key}:{seconds}"[:120], window=window_end(seconds)).delete()


def uncount_try(key: str, seconds: int) -> None:
    """Subtract one try from a key: a correct one, where only wrong ones are limited."""
    mine = Throttle.objects.filter(key=f"{key}:{seconds}"[:120], window=window_end(seconds), count__gt=0)
    mine.update(count=models.F("count") - 1)


def window_end(seconds: int) -> int:
    """Return when the current time window of this length ends, in seconds since 1970.

    Windows are named by their ends, so that all can be deleted by one rule.
    """
    return (int(time.time()) // seconds + 1) * seconds


def forget_throttles() -> int:
    """Delete the counts of tries whose time window has ended, and return how many there were."""
    deleted, _rows = Throttle.objects.filter(window__lte=int(time.time())).delete()
    return deleted
