"""Periodic jobs of contests, in a process of their own, because counting many ballots takes seconds."""

from __future__ import annotations

from kesher.contests import services
from kesher.contests.services import snapshots
from kesher.conversations.deadlines import latest_end_to_close
from kesher.core.periodic import job


@job(every=2, apart=True)
def close_what_is_over() -> int:
    """Count rounds that are over; it runs often, because staff who ended a round wait for its result."""
    return services.close_due_rounds(latest_end_to_close())


@job(every=10, apart=True)
def cut_what_was_stopped() -> int:
    """Anonymise the rounds of stopped contests."""
    return services.anonymise_stopped_rounds()


@job(every=30, apart=True)
def draw_snapshots() -> int:
    """Update the snapshots of rounds whose ballots changed."""
    return snapshots.draw_snapshots()
