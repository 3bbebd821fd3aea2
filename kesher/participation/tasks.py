"""What the worker does for counting."""

from __future__ import annotations

from kesher.core.periodic import job
from kesher.participation import csv_export, services


@job(every=0.5)
def drain() -> int:
    return services.drain_deltas()


@job(every=300)
def expire_pending() -> int:
    return services.expire_pending()


@job(every=60)
def settle_merges() -> int:
    return services.settle_merges()


@job(every=60)
def watch() -> int:
    return services.raise_burst_alerts()


@job(every=1)
def work_off() -> int:
    return services.run_voidings()


@job(every=3600)
def forget_nets() -> int:
    return services.forget_nets()


@job(every=3600)
def forget_keys() -> int:
    return services.forget_keys()


@job(every=3600, apart=True)
def write_rows() -> int:
    return csv_export.write_rows()
