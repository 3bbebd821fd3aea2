"""Taking a person out of unfinished forms."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from kesher.core.audit import SYSTEM, audit
from kesher.core.scope import everywhere
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.services.sessions import FORTNIGHT

AT_ONCE = 5000


@transaction.atomic
def erase_forms(ids: Sequence[int]) -> None:
    """What was answered goes, and nothing goes on from there."""
    rows = DialogueSession.objects.filter(contact__in=ids)
    rows.filter(state__in=["active", "parked"]).update(state=DialogueSession.State.CANCELLED)
    rows.update(answers={}, prompt={}, subject="")
    audit("dialogues.erase_forms", by=SYSTEM, people=len(ids))


def forget_old_forms() -> int:
    """Deletes forms that nobody touched for a fortnight, sent or not: their answers may say a lot of a person, and no
    door goes on with them any more. Returns how many."""
    with everywhere("forms that nobody goes on with"):
        before = timezone.now() - FORTNIGHT
        oldest = DialogueSession.objects.order_by("pk").values_list("pk", "updated")[:AT_ONCE]  # no index on the time
        return DialogueSession.objects.filter(pk__in=[pk for pk, at in oldest if at < before]).delete()[0]
