"""Create an action (what a petition, contest or purchase counts), with its short code."""

from __future__ import annotations

from contextlib import suppress

from django.db import IntegrityError, transaction

from kesher.participation.check_digit_codes import new_code
from kesher.participation.models import Action

# Lengths tried in turn: short codes run out after some thousands of drafts. Six digits would look like a one-time code.
LENGTHS = (5, 5, 5, 5, 5, 5, 7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8)


@transaction.atomic
def create_action(agency_id: int, kind: str, code: str = "") -> Action:
    """Create and return an action of this kind, with the code given or a new one that is free.

    Raise IntegrityError where the given code is taken.
    """
    if code:
        return Action.objects.create(agency_id=agency_id, kind=kind, code=code)
    for length in LENGTHS:
        candidate = new_code(length)
        if Action.objects.filter(code=candidate).exists():
            continue
        with suppress(IntegrityError), transaction.atomic():  # a concurrent request may draw the same code
            return Action.objects.create(agency_id=agency_id, kind=kind, code=candidate)
    raise RuntimeError(f"no free code was found in {len(LENGTHS)} tries")
