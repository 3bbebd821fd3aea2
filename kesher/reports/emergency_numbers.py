"""Choose the emergency numbers to show when a report mentions danger to life."""

from __future__ import annotations

from kesher.agencies.emergency_numbers import emergency_in_words
from kesher.cases.models import Case
from kesher.language import names_danger
from kesher.reports.models import ServiceRequest


def emergency_of(case: Case) -> str:
    """Return the emergency numbers as text where a report's words or topic name a danger to life, else ""."""
    report = ServiceRequest.objects.filter(case=case).first()
    topic = case.topic.name if case.topic else ""
    danger = report is not None and names_danger(f"{report.description} {topic}")
    return emergency_in_words(case.agency) if danger else ""
