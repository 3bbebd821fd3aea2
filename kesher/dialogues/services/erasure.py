"""Erase a person's unfinished chat forms, and delete forms that were not used for a fortnight."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import everywhere
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.services.sessions import FORTNIGHT

AT_ONCE = 5000


@transaction.atomic
def erase_forms(ids: Sequence[int]) -> None:
    """Erase the answers of these contacts' forms and cancel the open ones."""
    rows = DialogueSession.objects.filter(contact__in=ids)
    rows.filter(state__in=["active", "parked"]).update(state=DialogueSession.State.CANCELLED)
    rows.update(answers={}, prompt={}, subject="")
    audit("dialogues.erase_forms", by=SYSTEM, people=len(ids))


def forget_old_forms() -> int:
    """Delete forms unused for a fortnight, sent or not; return how many.

    Their answers are personal, and no door continues them any more.
    """
    with everywhere("forms that nobody goes on with"):
        before = timezone.now() - FORTNIGHT
        oldest = DialogueSession.objects.order_by("pk").values_list("pk", "updated")[
            :AT_ONCE
        ]  # there is no index on the time
        return DialogueSession.objects.filter(pk__in=[pk for pk, at in oldest if at < before]).delete()[0]
