"""Periodic job: delete unfinished chat forms that nobody used for a fortnight."""

from __future__ import annotations

from kesher.core.periodic_jobs import job
from kesher.dialogues import services


@job(every=600)
def forget_old_forms() -> int:
    """Delete forms unused for a fortnight; return how many."""
    return services.forget_old_forms()
