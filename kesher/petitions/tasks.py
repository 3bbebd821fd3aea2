"""Declare the worker's jobs for petitions."""

from __future__ import annotations

from kesher.conversations.deadlines import latest_end_to_close
from kesher.core.periodic import job
from kesher.petitions import services


@job(every=0.3)
def send_due_codes() -> int:
    """Send the codes and confirmations that are due."""
    return services.send_due_codes()


@job(every=10)
def note_thresholds() -> int:
    """Note thresholds that were reached or lost."""
    return services.note_thresholds()


@job(every=60)
def close_what_is_over() -> int:
    """Close petitions whose time is over."""
    return services.close_ended(latest_end_to_close())


@job(every=10)
def note_supporters() -> int:
    """Send petitions that found their supporters to review."""
    return services.submit_supported()


@job(every=300)
def lapse_unsupported() -> int:
    """Let petitions lapse that found too few supporters."""
    return services.lapse_unsupported(latest_end_to_close())


@job(every=3600)
def archive_old() -> int:
    """Archive petitions that closed long ago."""
    return services.archive_old()


@job(every=600, apart=True)
def anonymise_old() -> int:
    """Delete the names of petitions that ended long ago."""
    return services.anonymise_old()
