"""The periodic job of dialogues."""

from __future__ import annotations

from kesher.core.periodic import job
from kesher.dialogues import services


@job(every=600)
def forget_old_forms() -> int:
    """Delete forms unused for a fortnight; return how many."""
    return services.forget_old_forms()
