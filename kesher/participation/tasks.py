"""Define the jobs that the worker runs for this app."""

from __future__ import annotations

from kesher.core.periodic import job
from kesher.participation import csv_export, services


@job(every=0.5)
def drain() -> int:
    """Add the waiting deltas to the tallies."""
    return services.drain_deltas()


@job(every=300)
def expire_pending() -> int:
    """Expire participations that were not confirmed in time."""
    return services.expire_pending()


@job(every=60)
def settle_merges() -> int:
    """Supersede rows that a merge missed."""
    return services.settle_merges()


@job(every=60)
def watch() -> int:
    """Raise alerts for bursts of this hour."""
    return services.raise_burst_alerts()


@job(every=1)
def work_off() -> int:
    """Run the next batch of each voiding."""
    return services.run_voidings()


@job(every=3600)
def forget_nets() -> int:
    """Delete networks that are past their time."""
    return services.forget_nets()


@job(every=3600)
def forget_keys() -> int:
    """Delete the keys of erased people where an action is over."""
    return services.forget_keys()


@job(every=3600, apart=True)
def write_rows() -> int:
    """Write the CSV files that are due."""
    return csv_export.write_rows()
