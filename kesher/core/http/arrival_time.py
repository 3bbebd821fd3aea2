"""Context variable with the time when the current request or message reached us; deadlines are judged by it.

The worker sets it for each event (`Intake.received`), the page lane for each request. Elsewhere, as in a job, it is
now. It comes from our own clock only, never from a sender or a provider.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_arrived: ContextVar[datetime | None] = ContextVar("arrived", default=None)


def arrived_at() -> datetime:
    """Return when the request or event being handled reached us; now if there is none."""
    return _arrived.get() or timezone.now()


@contextmanager
def arrival(moment: datetime) -> Iterator[None]:
    """Set the time that `arrived_at` returns inside this block, by which deadlines are judged."""
    token = _arrived.set(moment)
    try:
        yield
    finally:
        _arrived.reset(token)
