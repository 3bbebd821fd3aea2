"""Periodic job: ask the providers whether they still know our accounts."""

from __future__ import annotations

from kesher.channels import services
from kesher.core.periodic_jobs import job


@job(every=300, apart=True)
def probe_accounts() -> int:
    """Ask the providers of active accounts that were not asked for an hour, and read their templates; count them."""
    return services.probe_all()
