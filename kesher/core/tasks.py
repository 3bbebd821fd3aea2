"""Periodic jobs: delete old live events and expired throttle counts."""

from __future__ import annotations

from kesher.core import live_events, throttle
from kesher.core.periodic_jobs import job


@job(every=300)
def forget_live_events() -> int:
    """Delete old live events and return how many."""
    return live_events.delete_old_events()


@job(every=3600)
def forget_throttles() -> int:
    """Delete the counts of tries whose time window has ended, and return how many."""
    return throttle.forget_throttles()
