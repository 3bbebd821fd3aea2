"""Erase the texts of a person's cases; number, topic, state and times stay."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kesher.cases.models import Case, Draft
from kesher.core.audit import SYSTEM, audit


@transaction.atomic
def erase_cases(ids: Sequence[int]) -> None:
    """Erase titles, threads and drafts of these contacts' cases; number, topic, state and times stay."""
    Case.objects.filter(conversation__contact__in=ids).update(title="", thread="")
    Draft.objects.filter(conversation__contact__in=ids).delete()
    audit("cases.erase_cases", by=SYSTEM, people=len(ids))
