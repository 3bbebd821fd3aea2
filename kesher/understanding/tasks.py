"""Periodic jobs: train the agencies' models where an example is new, and delete old messages of the review."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.core.db.agency_scope import scope
from kesher.core.periodic_jobs import job
from kesher.understanding import services
from kesher.understanding.learning.model_store import has_models

REVIEW_LIFE = timedelta(days=90)
COUNTS_LIFE = timedelta(days=400)
A_MINUTE = 60.0
STARTED = monotonic()


@job(every=60, apart=True)
def train_models() -> int:
    """Train the model of each agency whose examples changed since the last time; return how many were trained.

    A process that was just started has more urgent work, so it waits a minute; not where there is no model at all.
    """
    if not settings.KESHER_TRAINING or (has_models() and monotonic() - STARTED < A_MINUTE):
        return 0
    trained = 0
    for agency in Agency.objects.order_by("pk"):
        with scope(agency):
            trained += services.train_if_changed()
    return trained


@job(every=24 * 3600)
def forget_heard() -> int:
    """Delete the messages that nobody made an example within the time for a review, and old counts; return how many."""
    now = timezone.now()
    deleted = 0
    for agency in Agency.objects.order_by("pk"):
        with scope(agency):
            deleted += services.forget_heard(now - REVIEW_LIFE)
            deleted += services.forget_counts((now - COUNTS_LIFE).date())
    return deleted
