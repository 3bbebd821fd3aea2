"""What the worker does for counting."""

from __future__ import annotations

from kesher.core.jobs import job
from kesher.participation import services


@job(every=0.5)
def drain() -> int:
    return services.drain()


@job(every=300)
def expire_pending() -> int:
    return services.expire_pending()
