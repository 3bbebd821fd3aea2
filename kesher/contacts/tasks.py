"""Periodic jobs: answer requests for addresses; carry out due erasures; delete what expired."""

from __future__ import annotations

from kesher.contacts import services
from kesher.core.periodic_jobs import job


@job(every=0.5)
def answer_requests() -> int:
    """Answer the requests for addresses that may be unknown here; return how many."""
    return services.answer_requests()


@job(every=600)
def erase_due() -> int:
    """Erase the people whose request to be erased is due; return how many requests."""
    return services.erase_due()


@job(every=600)
def forget_wishes() -> int:
    """Delete the stored requests of codes that expired; return how many codes."""
    return services.forget_wishes()


@job(every=600)
def forget_unproved() -> int:
    """Delete the rows of unproved addresses that are too old to count; return how many."""
    return services.forget_unproved()
