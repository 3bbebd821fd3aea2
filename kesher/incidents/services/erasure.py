"""Erase a person from all incidents."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kesher.core.audit import SYSTEM, audit
from kesher.incidents.models import IncidentCase, IncidentPerson


@transaction.atomic
def erase_people(ids: Sequence[int]) -> None:
    """Delete what connects these contacts and their cases with incidents."""
    IncidentPerson.objects.filter(contact__in=ids).delete()
    IncidentCase.objects.filter(case__conversation__contact__in=ids).delete()
    audit("incidents.erase_people", by=SYSTEM, people=len(ids))
