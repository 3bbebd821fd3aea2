"""Erase a person's name from the proposals that they are credited with."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kesher.contests.models import ProposalCredit
from kesher.core.audit import SYSTEM, audit


@transaction.atomic
def erase_credits(ids: Sequence[int]) -> None:
    """Clear these contacts' names on their proposals; the proposals stay, by "a resident"."""
    ProposalCredit.objects.filter(contact__in=ids).update(name="")
    audit("contests.erase_credits", by=SYSTEM, people=len(ids))
