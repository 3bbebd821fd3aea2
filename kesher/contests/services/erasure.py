"""Taking a person out of the proposals that he made."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kesher.contests.models import ProposalCredit
from kesher.core.audit import SYSTEM, audit


@transaction.atomic
def erase_credits(ids: Sequence[int]) -> None:
    """His name leaves the proposals; they stay, as "a resident's"."""
    ProposalCredit.objects.filter(contact__in=ids).update(name="")
    audit("contests.erase_credits", by=SYSTEM, people=len(ids))
