"""Periodic job: delete the requests that nobody confirmed within a day."""

from __future__ import annotations

from kesher.core.periodic_jobs import job
from kesher.verbs import services


@job(every=600)
def forget_requests() -> int:
    """Delete the stored requests that nobody confirmed within a day; return how many."""
    return services.forget_requests()
