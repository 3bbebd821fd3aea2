"""Periodic jobs: send the next rows of broadcasts; delete raw webhook requests past their retention."""

from __future__ import annotations

from kesher.conversations import services
from kesher.core.periodic_jobs import job


@job(every=2)
def expand_broadcasts() -> int:
    """Send the next rows of every broadcast; return how many recipients are done."""
    return services.expand_broadcasts()


@job(every=3600)
def forget_raw() -> int:
    """Delete raw requests and events past their retention; return how many rows."""
    return services.forget_raw()
