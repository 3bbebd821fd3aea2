"""What the worker does for records: it answers what was asked in conversations, reminds, and forgets."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections, connection

from kesher.core.periodic import job
from kesher.core.scope import scope
from kesher.records import services

log = logging.getLogger("kesher.records")

# Sources are slow and the worker must not be: it hands the waiting to threads of its own.
POOL = ThreadPoolExecutor(4, thread_name_prefix="records")


@job(every=0.5)
def answer_lookups() -> int:
    taken = services.take_lookups()
    for agency_id, pk in taken:
        POOL.submit(answer, agency_id, pk)
    return len(taken)


def answer(agency_id: int, pk: int) -> None:
    """In a thread: one question. Nobody looks at what it raises, so that is told to the log; the question is taken
    again after a while (`take_lookups`)."""
    close_old_connections()
    try:
        with scope(agency_id):
            services.answer_lookup(pk)
    except Exception:
        log.exception("question %s was not answered", pk)
    finally:
        connection.close()


@job(every=20)
def send_reminders() -> int:
    return services.send_reminders()


@job(every=600)
def forget_readings() -> int:
    return services.forget_readings()
