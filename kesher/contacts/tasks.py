"""What the worker does for contacts."""

from __future__ import annotations

from kesher.contacts import services
from kesher.core.periodic import job


@job(every=600)
def erase_due() -> int:
    return services.erase_due()


@job(every=600)
def forget_wishes() -> int:
    return services.forget_wishes()


@job(every=600)
def forget_unproved() -> int:
    return services.forget_unproved()
