"""A new action: something to take part in."""

from __future__ import annotations

from django.db import transaction

from kesher.participation.codes import new_code
from kesher.participation.models import Action


@transaction.atomic
def create_action(agency_id: int, kind: str, code: str = "") -> Action:
    """A new action with a free code (or the one given). Raises IntegrityError where a given code is taken."""
    if code:
        return Action.objects.create(agency_id=agency_id, kind=kind, code=code)
    for _try in range(20):
        candidate = new_code()
        if not Action.objects.filter(code=candidate).exists():
            return Action.objects.create(agency_id=agency_id, kind=kind, code=candidate)
    raise RuntimeError("no free code was found in twenty tries")
