"""Periodic jobs: sum up the deltas, write CSV files, raise alerts, void in bulk, settle merged duplicates."""

from __future__ import annotations

from kesher.core.periodic_jobs import job
from kesher.participation import open_data_document, services


@job(every=0.5)
def drain() -> int:
    """Add the waiting count changes to the tallies; return how many."""
    return services.drain_deltas()


@job(every=300)
def expire_pending() -> int:
    """Expire participations that were not confirmed in time; return how many."""
    return services.expire_pending()


@job(every=60)
def settle_merges() -> int:
    """Stop counting the duplicates that a recent merge of contacts missed; return how many."""
    return services.settle_merges()


@job(every=60)
def watch() -> int:
    """Raise alerts for bursts of participation in this hour; return how many are new."""
    return services.raise_burst_alerts()


@job(every=1)
def work_off() -> int:
    """Void or restore the next batch of each running voiding; return how many rows."""
    return services.run_voidings()


@job(every=3600)
def forget_nets() -> int:
    """Delete networks, sources and hourly counts past their retention; return how many rows changed."""
    return services.forget_nets()


@job(every=3600)
def forget_keys() -> int:
    """Replace the person keys of erased people in ended actions; return how many rows."""
    return services.forget_keys()


@job(every=3600, apart=True)
def write_rows() -> int:
    """Write the CSV files of public rows that are due; return how many."""
    return open_data_document.write_rows()
