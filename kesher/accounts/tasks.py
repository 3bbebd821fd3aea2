"""Periodic job: delete the citizens' sign-ins that ended more than 90 days ago."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from kesher.accounts import services
from kesher.core.db.agency_scope import everywhere
from kesher.core.periodic_jobs import job

STORED_FOR = timedelta(days=90)


@job(every=3600)
def forget_old_sign_ins() -> int:
    """Delete the sign-ins that ended long ago, and return how many."""
    with everywhere("sign-ins that were over long ago"):
        return services.delete_old_sign_ins(timezone.now() - STORED_FOR)
