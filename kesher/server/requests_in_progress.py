"""Report which requests this web process has accepted and not finished (see `conversations.deadlines`).

A request that arrived in time counts, however long it waits. So each web process writes every BEAT_SECONDS since when
its oldest request waits: one row for all of them, not one a request. Closing waits until each live process has reported
after the deadline.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

from django.db import DatabaseError, close_old_connections

from kesher.channels.agency_addresses import AGENCY_ADDRESSES, REFRESH_SECONDS
from kesher.conversations.services import forget_web_process, report_web_process
from kesher.core.db.ids import uuid7

log = logging.getLogger("kesher.web")

BEAT_SECONDS = 2.0  # shorter than `conversations.deadlines.SETTLE`, so an idle server does not delay a close


class UnderWay:
    """The requests in progress in this process, by time of arrival.

    ``holds_older``: whether requests of unknown time wait here, too (a spool).
    """

    def __init__(self, holds_older: Callable[[], bool] = lambda: False) -> None:
        """Start with no requests in progress; ``holds_older`` returns whether a spool file still has some."""
        self.arrivals: dict[object, float] = {}
        self.holds_older = holds_older

    @contextmanager
    def request(self, moment: datetime) -> Iterator[None]:
        """Count a request as in progress inside the block; ``moment`` is when it arrived."""
        key = object()
        self.arrivals[key] = moment.timestamp()
        try:
            yield
        finally:
            del self.arrivals[key]

    def oldest(self) -> float | None:
        """Return when the oldest request in progress arrived, in seconds since 1970; None where none is."""
        return 0.0 if self.holds_older() else min(self.arrivals.values(), default=None)

    async def report(self) -> None:
        """Write regularly to the database how old the oldest request in progress is, until cancelled."""
        process, loop = uuid7(), asyncio.get_running_loop()
        thread = ThreadPoolExecutor(1, thread_name_prefix="under-way")  # all others may be busy with pages
        try:
            while True:
                await loop.run_in_executor(
                    thread, call_quietly, report_web_process, process, time.time(), self.oldest()
                )
                await loop.run_in_executor(thread, call_quietly, AGENCY_ADDRESSES.read_when_older, REFRESH_SECONDS / 2)
                await asyncio.sleep(BEAT_SECONDS)
        finally:
            thread.submit(call_quietly, forget_web_process, process)
            thread.shutdown(wait=False)


def call_quietly(write: Callable[..., None], *args: object) -> None:
    """Call a function that writes to the database; log a database error instead of raising it."""
    close_old_connections()
    try:
        write(*args)
    except DatabaseError as error:
        log.warning("the web process's round failed: %s", error)
