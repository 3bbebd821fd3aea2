"""When what is being handled reached us: the moment by which deadlines judge, however long it waited for its turn.

The worker sets it for each event (`Intake.received`), the page lane for each request; where nothing arrived, as in a
job, it is now. It is read from our own clock only, never from what a sender or a provider says.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_arrived: ContextVar[datetime | None] = ContextVar("arrived", default=None)


def arrived_at() -> datetime:
    """Return the moment at which what is being handled reached us; now where nothing did."""
    return _arrived.get() or timezone.now()


@contextmanager
def arrival(moment: datetime) -> Iterator[None]:
    """Judge deadlines inside this block by ``moment``."""
    token = _arrived.set(moment)
    try:
        yield
    finally:
        _arrived.reset(token)
