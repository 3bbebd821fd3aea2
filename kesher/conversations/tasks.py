"""What the worker does for conversations."""

from __future__ import annotations

from kesher.conversations import services
from kesher.core.periodic import job


@job(every=2)
def expand_broadcasts() -> int:
    return services.expand_broadcasts()


@job(every=3600)
def forget_raw() -> int:
    return services.forget_raw()
