"""The agency's petition policy in force, and the deadlines that follow from it: months, late reviews."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime

from django.utils import timezone

from kesher.petitions.models import Petition, Policy


def policy_of(agency_id: int) -> Policy:
    """Return this agency's policy on petitions, or an unsaved one with the defaults."""
    return Policy.objects.filter(agency_id=agency_id).first() or Policy(agency_id=agency_id)


def months_after(start: datetime, months: int) -> datetime:
    """Return the time so many months later, on the same day; on the month's last day if that day is missing."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))


def late_reviews() -> int:
    """Return how many petitions in review are past the day that the agency promised."""
    return Petition.objects.in_review().filter(review_due__lte=timezone.now()).order_by().count()
