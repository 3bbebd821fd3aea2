"""Periodic jobs: send the digests that are due; delete the old rows of days without news."""

from __future__ import annotations

from kesher.core.periodic_jobs import job
from kesher.following import services


@job(every=20, apart=True)
def send_digests() -> int:
    """Queue the digests that are due; return how many."""
    return services.send_digests()


@job(every=3600)
def forget_empty_digests() -> int:
    """Delete the rows that say that there was no news, two months later; return how many."""
    return services.forget_empty_digests()
