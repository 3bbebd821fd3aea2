"""Periodic jobs: delete old live events, expired throttle counts and files that belong to nothing."""

from __future__ import annotations

from kesher.core.files import attachments
from kesher.core.http import throttle
from kesher.core.live import live_events
from kesher.core.periodic_jobs import job


@job(every=300)
def forget_live_events() -> int:
    """Delete old live events and return how many."""
    return live_events.delete_old_events()


@job(every=3600)
def forget_throttles() -> int:
    """Delete the counts of tries whose time window has ended, and return how many."""
    return throttle.forget_throttles()


@job(every=6 * 3600, apart=True)
def delete_unattached() -> int:
    """Delete the files that were uploaded and belong to nothing; return how many."""
    return attachments.delete_unattached()
