"""Periodic jobs: send codes, record milestones, close and archive petitions, delete old signers' names."""

from __future__ import annotations

from kesher.conversations.deadlines import latest_end_to_close
from kesher.core.periodic_jobs import job
from kesher.petitions import services


@job(every=0.3)
def send_due_codes() -> int:
    """Send the signature codes and confirmations that are due; return how many."""
    return services.send_due_codes()


@job(every=10)
def note_thresholds() -> int:
    """Save which thresholds of petitions were reached or lost; return how many."""
    return services.note_thresholds()


@job(every=60)
def close_what_is_over() -> int:
    """Close petitions whose time to sign is over; return how many."""
    return services.close_ended(latest_end_to_close())


@job(every=10)
def note_supporters() -> int:
    """Submit petitions that gathered their supporters for review; return how many."""
    return services.submit_supported()


@job(every=300)
def lapse_unsupported() -> int:
    """Let petitions lapse that gathered too few supporters in time; return how many."""
    return services.lapse_unsupported(latest_end_to_close())


@job(every=3600)
def archive_old() -> int:
    """Archive petitions that closed long ago; return how many."""
    return services.archive_old()


@job(every=600, apart=True)
def anonymise_old() -> int:
    """Delete the signers' names of petitions that ended long ago; return how many are done."""
    return services.anonymise_old()
