"""Periodic job: ask the providers whether they still know our accounts."""

from __future__ import annotations

from kesher.channels import services
from kesher.core.periodic_jobs import job


@job(every=3600, apart=True)
def probe_accounts() -> int:
    """Ask the provider of every active account, and read its templates; return how many were asked."""
    return services.probe_all()
