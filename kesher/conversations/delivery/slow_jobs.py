"""Periodic jobs that may reckon for seconds: on a thread of the sending process, so that no message waits for them.

One process does them at a time (a lease says which). The thread gives way to the others of its process a thousand times
a second; what numpy reckons, it reckons beside them.
"""

from __future__ import annotations

import logging
import sys
import time
from threading import Event, Thread

from django.db import DatabaseError, connection

from kesher.core.ids import uuid7
from kesher.core.lease import hold
from kesher.core.periodic import JOBS, Job

log = logging.getLogger("kesher.apart")

LEASE_SECONDS = 60.0
LOOK_SECONDS = 0.5
GIVE_WAY_SECONDS = 0.001


class Apart:
    """The thread and its table of what is due."""

    def __init__(self) -> None:
        self.holder = uuid7()
        self.due: dict[str, float] = {}
        self.over = Event()
        self.thread = Thread(target=self.run, name="apart", daemon=True)

    def start(self) -> None:
        sys.setswitchinterval(GIVE_WAY_SECONDS)
        self.thread.start()

    def stop(self) -> None:
        """A job that is under way gets a few seconds; one that is cut off is done again by the next process."""
        self.over.set()
        self.thread.join(5)

    def run(self) -> None:
        """Works until it is told to stop; a database that is away is waited for."""
        while not self.over.wait(LOOK_SECONDS):
            try:
                self.step()
            except DatabaseError as error:
                log.warning("the database is away: %s", error)
                connection.close()
        hold("apart", self.holder, 0)  # the next one need not wait for the lease to run out
        connection.close()

    def step(self) -> int:
        """Runs what is due, if no other process has the lease; returns how many jobs ran."""
        now = time.monotonic()
        due = [job for job in JOBS.values() if job.apart and self.due.get(job.name, 0.0) <= now]
        if not due or not hold("apart", self.holder, LEASE_SECONDS):
            return 0
        for job in due:
            self.due[job.name] = now + job.every
            self.work(job)
        return len(due)

    def work(self, job: Job) -> None:
        try:
            job.run()
        except DatabaseError:
            raise
        except Exception:
            log.exception("job %s failed", job.name)
