"""Taking a person out of unfinished forms."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kesher.core.audit import SYSTEM, audit
from kesher.dialogues.models import DialogueSession


@transaction.atomic
def erase_forms(ids: Sequence[int]) -> None:
    """What was answered goes, and nothing goes on from there."""
    rows = DialogueSession.objects.filter(contact__in=ids)
    rows.filter(state__in=["active", "parked"]).update(state=DialogueSession.State.CANCELLED)
    rows.update(answers={}, prompt={}, subject="")
    audit("dialogues.erase_forms", by=SYSTEM, people=len(ids))
