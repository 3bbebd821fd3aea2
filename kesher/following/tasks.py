"""Periodic job: send the digests that are due."""

from __future__ import annotations

from kesher.core.periodic_jobs import job
from kesher.following import services


@job(every=20, apart=True)
def send_digests() -> int:
    """Queue the digests that are due; return how many."""
    return services.send_digests()
