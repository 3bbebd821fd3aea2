"""What the worker does for petitions."""

from __future__ import annotations

from kesher.core.jobs import job
from kesher.petitions import services


@job(every=10)
def note_thresholds() -> int:
    return services.note_thresholds()


@job(every=60)
def close_what_is_over() -> int:
    return services.close_what_is_over()
