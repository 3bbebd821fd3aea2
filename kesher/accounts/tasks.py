"""Periodic jobs: send mails to staff; delete the citizens' sign-ins that ended more than 90 days ago."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from kesher.accounts import services
from kesher.accounts.services import staff_mail
from kesher.core.db.agency_scope import everywhere
from kesher.core.periodic_jobs import job

STORED_FOR = timedelta(days=90)


@job(every=2, apart=True)
def send_staff_mails() -> int:
    """Send the mails to staff that are due, and return how many were tried."""
    return staff_mail.send_due_mails()


@job(every=3600)
def forget_old_sign_ins() -> int:
    """Delete the sign-ins that ended long ago, and return how many."""
    with everywhere("sign-ins that were over long ago"):
        return services.delete_old_sign_ins(timezone.now() - STORED_FOR)
