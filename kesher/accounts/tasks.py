"""Periodic jobs: send mails to staff; delete citizens' sign-ins after 90 days, the staff's sign-in log after 180."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from kesher.accounts import services
from kesher.accounts.services import staff_mail
from kesher.agencies.services import delete_old_log_entries
from kesher.core.db.agency_scope import everywhere
from kesher.core.periodic_jobs import job

STORED_FOR, LOGGED_FOR = timedelta(days=90), timedelta(days=180)


@job(every=2, apart=True)
def send_staff_mails() -> int:
    """Send the mails to staff that are due, and return how many were tried."""
    return staff_mail.send_due_mails()


@job(every=3600)
def forget_old_sign_ins() -> int:
    """Delete the citizens' sign-ins that ended long ago and the old entries of the staff's log; return how many."""
    now = timezone.now()
    with everywhere("sign-ins that were over long ago"):
        return services.delete_old_sign_ins(now - STORED_FOR) + delete_old_log_entries(now - LOGGED_FOR)
