"""What the worker does for the lowest floor: it forgets what nobody will ask for again."""

from __future__ import annotations

from kesher.core import live, throttle
from kesher.core.periodic import job


@job(every=300)
def forget_live_events() -> int:
    return live.delete_old_events()


@job(every=3600)
def forget_throttles() -> int:
    return throttle.forget_throttles()
