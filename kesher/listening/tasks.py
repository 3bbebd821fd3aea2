"""Periodic jobs: read the sources that are due, and forget the mentions whose time is over."""

from __future__ import annotations

from kesher.core.periodic_jobs import job
from kesher.listening import services


@job(every=20, apart=True)
def fetch_sources() -> int:
    """Read the sources that are due; return how many mentions are new."""
    return services.fetch_due_sources()


@job(every=3600, apart=True)
def forget_mentions() -> int:
    """Delete the mentions whose time is over for every watch; return how many."""
    return services.forget_mentions()
