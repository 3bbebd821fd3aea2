"""What the worker does for petitions."""

from __future__ import annotations

from kesher.conversations.deadlines import latest_end_to_close
from kesher.core.periodic import job
from kesher.petitions import services


@job(every=0.3)
def send_due_codes() -> int:
    return services.send_due_codes()


@job(every=10)
def note_thresholds() -> int:
    return services.note_thresholds()


@job(every=60)
def close_what_is_over() -> int:
    return services.close_what_is_over(latest_end_to_close())


@job(every=10)
def note_supporters() -> int:
    return services.note_supporters()


@job(every=300)
def lapse_unsupported() -> int:
    return services.lapse_unsupported(latest_end_to_close())


@job(every=3600)
def archive_old() -> int:
    return services.archive_old()


@job(every=600, apart=True)
def anonymise_old() -> int:
    return services.anonymise_old()
