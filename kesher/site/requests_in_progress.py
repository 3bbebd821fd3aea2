"""What a web process has taken and not handled yet, told to whoever closes something (`conversations.deadlines`).

A request that came in time counts, however long it waits for its turn behind others. So each web process says every
BEAT_SECONDS in a row of its own since when its oldest request waits: one write for all of them together, and none for
a request. A close waits for a word of each living process that was said after the end.
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
from kesher.core.ids import uuid7

log = logging.getLogger("kesher.web")

BEAT_SECONDS = 2.0  # less than `conversations.deadlines.SETTLE`: where nothing waits, a close does not


class UnderWay:
    """The requests that this process has in hand, by when each reached it. ``holds_older``: does anything else wait
    here, whose time nobody knows (a spool)?"""

    def __init__(self, holds_older: Callable[[], bool] = lambda: False) -> None:
        self.arrivals: dict[object, float] = {}
        self.holds_older = holds_older

    @contextmanager
    def request(self, moment: datetime) -> Iterator[None]:
        """A request is in hand inside this block. ``moment``: when it reached us."""
        key = object()
        self.arrivals[key] = moment.timestamp()
        try:
            yield
        finally:
            del self.arrivals[key]

    def oldest(self) -> float | None:
        """Return since when the oldest waits; None where nothing does."""
        return 0.0 if self.holds_older() else min(self.arrivals.values(), default=None)

    async def report(self) -> None:
        """Tell it again and again, until this is cancelled; the row goes with the process."""
        process, loop = uuid7(), asyncio.get_running_loop()
        thread = ThreadPoolExecutor(1, thread_name_prefix="under-way")  # all others may be at the pages
        try:
            while True:
                await loop.run_in_executor(thread, quietly, report_web_process, process, time.time(), self.oldest())
                await loop.run_in_executor(thread, quietly, AGENCY_ADDRESSES.read_when_older, REFRESH_SECONDS / 2)
                await asyncio.sleep(BEAT_SECONDS)
        finally:
            thread.submit(quietly, forget_web_process, process)
            thread.shutdown(wait=False)


def quietly(write: Callable[..., None], *args: object) -> None:
    """In the thread: a database that is away is told the next time."""
    close_old_connections()
    try:
        write(*args)
    except DatabaseError as error:
        log.warning("the web process's round failed: %s", error)
