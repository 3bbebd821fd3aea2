"""Periodic jobs: answer "what do I owe?" from chats, send reminders, delete expired readings."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections, connection

from kesher.core.db.agency_scope import scope
from kesher.core.periodic_jobs import job
from kesher.records import services

log = logging.getLogger("kesher.records")

# Sources are slow and the worker must not wait: each question gets a thread.
POOL = ThreadPoolExecutor(4, thread_name_prefix="records")


@job(every=0.5)
def answer_lookups() -> int:
    """Answer the open questions from conversations ("what do I owe?"), each in a thread; return how many."""
    taken = services.take_lookups()
    for agency_id, pk in taken:
        POOL.submit(answer_in_thread, agency_id, pk)
    return len(taken)


def answer_in_thread(agency_id: int, pk: int) -> None:
    """Answer one question in this thread, and log what it raises; a failed one is taken again later."""
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
    """Send the reminders of records' days that are due, and return how many."""
    return services.send_reminders()


@job(every=600)
def forget_readings() -> int:
    """Delete the cached readings of sources that have expired, and return how many."""
    return services.delete_expired_readings()
