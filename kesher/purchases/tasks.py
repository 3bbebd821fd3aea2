"""Periodic jobs: announce price changes, close ended purchases, pass units not taken to the next in line."""

from __future__ import annotations

from kesher.conversations.deadlines import latest_end_to_close
from kesher.core.periodic_jobs import job
from kesher.purchases import services


@job(every=2)
def note_prices() -> int:
    """Message pledgers of running purchases whose price changed; return of how many purchases."""
    return services.announce_prices()


@job(every=10)
def close_what_is_due() -> int:
    """Close the purchases whose pledging has ended; return how many changed."""
    return services.close_what_is_due(latest_end_to_close())


@job(every=15)
def settle_places() -> int:
    """Pass units that were not accepted in time to the next in line; return how many."""
    return services.settle_places(latest_end_to_close()) + services.settle_offered_shares(latest_end_to_close())
