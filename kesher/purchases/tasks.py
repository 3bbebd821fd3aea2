"""Jobs of the worker for purchases."""

from __future__ import annotations

from kesher.conversations.deadlines import latest_end_to_close
from kesher.core.periodic import job
from kesher.purchases import services


@job(every=2)
def note_prices() -> int:
    """Tell pledgers about prices that changed."""
    return services.announce_prices()


@job(every=10)
def close_what_is_due() -> int:
    """Close purchases whose time has come."""
    return services.close_what_is_due(latest_end_to_close())


@job(every=15)
def settle_places() -> int:
    """Pass on places and shares that were not taken in time."""
    return services.settle_places(latest_end_to_close()) + services.settle_offered_shares(latest_end_to_close())
