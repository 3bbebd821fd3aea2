"""Append a row to a petition's history, in the transaction of what happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.petitions.models import Petition, PetitionEvent

EventKind = PetitionEvent.Kind


def append_event(
    petition: Petition,
    kind: str,
    *,
    staff: Staff | None = None,
    public: bool = True,
    words: Mapping[str, str] | None = None,
    at: datetime | None = None,
    **data: Any,
) -> PetitionEvent:
    """Append an event to a petition's timeline; ``data`` are the details that belong to its kind."""
    return PetitionEvent.objects.create(
        agency_id=petition.agency_id,
        petition=petition,
        verb=kind,
        at=at or timezone.now(),
        by=staff,
        public=public,
        words=dict(words or {}),
        data=data,
    )
