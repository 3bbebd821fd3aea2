"""Periodic jobs: send rows of broadcasts, transcribe voice messages, delete raw requests past their retention."""

from __future__ import annotations

from django.conf import settings

from kesher.conversations import services
from kesher.conversations.services.events.settlements import settle_waiting
from kesher.conversations.services.late_content.transcripts import transcribe_waiting
from kesher.core.periodic_jobs import job


@job(every=2)
def expand_broadcasts() -> int:
    """Send the next rows of every broadcast; return how many recipients are done."""
    return services.expand_broadcasts()


@job(every=3600)
def forget_raw() -> int:
    """Delete raw requests and events past their retention; return how many rows."""
    return services.forget_raw()


@job(every=2, apart=True)
def transcribe_voices() -> int:
    """Transcribe the voice messages that wait for it, where a transcriber is configured; return how many."""
    return transcribe_waiting() if settings.KESHER_TRANSCRIBER_URL else 0


@job(every=1, apart=True)
def settle_events() -> int:
    """Do at the providers what their events ask for, such as accepting an invitation; return how many."""
    return settle_waiting()
