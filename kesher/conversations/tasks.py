"""What the worker does for conversations."""

from __future__ import annotations

from kesher.conversations import services
from kesher.core.jobs import job


@job(every=2)
def expand_broadcasts() -> int:
    return services.expand_broadcasts()
