"""Periodic jobs: count ended rounds, anonymise stopped ones, store current results."""

from __future__ import annotations

from kesher.contests import services
from kesher.contests.services import result_snapshots
from kesher.conversations.deadlines import latest_end_to_close
from kesher.core.periodic_jobs import job


@job(every=2, apart=True)
def close_what_is_over() -> int:
    """Count the votes of rounds that are over; return how many. Staff wait for it, so it runs often."""
    return services.close_due_rounds(latest_end_to_close())


@job(every=10, apart=True)
def cut_what_was_stopped() -> int:
    """Remove voters from votes of anonymous rounds in stopped contests; return how many."""
    return services.anonymise_stopped_rounds()


@job(every=30, apart=True)
def draw_snapshots() -> int:
    """Update the stored standings of rounds whose ballots changed; return how many."""
    return result_snapshots.draw_snapshots()
