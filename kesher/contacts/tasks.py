"""Define the jobs that the worker runs for this app."""

from __future__ import annotations

from kesher.contacts import services
from kesher.core.periodic import job


@job(every=600)
def erase_due() -> int:
    """Erase the people whose request is due."""
    return services.erase_due()


@job(every=600)
def forget_wishes() -> int:
    """Delete what was requested with codes that are over."""
    return services.forget_wishes()


@job(every=600)
def forget_unproved() -> int:
    """Delete unproved addresses that are not counted any more."""
    return services.forget_unproved()
