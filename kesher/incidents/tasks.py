"""Periodic jobs: find what many people write about, and train what recognises its kind."""

from __future__ import annotations

from time import monotonic

from django.conf import settings

from kesher.core.periodic_jobs import job
from kesher.incidents import services
from kesher.incidents.event_kinds import find_kinds, train_kinds

A_MINUTE = 60.0
STARTED = monotonic()


@job(every=20, apart=True)
def detect_incidents() -> int:
    """Find the clusters of the last messages; return to how many incidents somebody was attached."""
    return services.detect_incidents()


@job(every=60, apart=True)
def train_event_kinds() -> int:
    """Train the kinds of events if they are not trained yet; return whether that was done.

    A process that was just started has more urgent work, so it waits a minute.
    """
    early = monotonic() - STARTED < A_MINUTE
    if not settings.KESHER_TRAINING or early or find_kinds() is not None:
        return 0
    train_kinds()
    return 1
