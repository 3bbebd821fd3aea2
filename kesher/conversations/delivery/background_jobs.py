"""Run slow periodic jobs (counting many ballots) on a thread of the sending process.

One process at a time runs them (by a lease). The thread gives way to the others of its process a thousand times a
second; numpy computes in parallel with them.
"""

from __future__ import annotations

import logging
import sys
import time
from threading import Event, Thread

from django.db import DatabaseError, connection

from kesher.core.db.ids import uuid7
from kesher.core.periodic_jobs import JOBS, Job
from kesher.core.process_lease import hold_lease

log = logging.getLogger("kesher.apart")

LEASE_SECONDS = 60.0
LOOK_SECONDS = 0.5
GIVE_WAY_SECONDS = 0.001


class SlowJobs:
    """The thread of the slow jobs, with the time when each is due."""

    def __init__(self) -> None:
        """Prepare the thread for slow periodic jobs; `start` starts it."""
        self.holder = uuid7()
        self.due: dict[str, float] = {}
        self.over = Event()
        self.thread = Thread(target=self.run, name="apart", daemon=True)

    def start(self) -> None:
        """Start the thread of slow jobs, and make Python switch threads more often."""
        sys.setswitchinterval(GIVE_WAY_SECONDS)
        self.thread.start()

    def stop(self) -> None:
        """Stop the thread after a few seconds at most; a job that is cut off is run by the next process."""
        self.over.set()
        self.thread.join(5)

    def run(self) -> None:
        """Run due jobs until stopped; wait while the database is down."""
        while not self.over.wait(LOOK_SECONDS):
            try:
                self.step()
            except DatabaseError as error:
                log.warning("the database is away: %s", error)
                connection.close()
        hold_lease("apart", self.holder, 0)  # the next process need not wait for the lease to expire
        connection.close()

    def step(self) -> int:
        """Run the slow jobs that are due, if no other process has the lease; return how many ran."""
        now = time.monotonic()
        due = [job for job in JOBS.values() if job.apart and self.due.get(job.name, 0.0) <= now]
        if not due or not hold_lease("apart", self.holder, LEASE_SECONDS):
            return 0
        for job in due:
            self.due[job.name] = now + job.every
            self.work(job)
        return len(due)

    def work(self, job: Job) -> None:
        """Run one slow job, and log the exception if it fails."""
        try:
            job.run()
        except DatabaseError:
            raise
        except Exception:
            log.exception("job %s failed", job.name)
