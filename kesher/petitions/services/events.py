"""The petition's story: one appended row for each thing that happened, in the transaction in which it did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.core.audit import SYSTEM, Actor
from kesher.petitions.models import Petition, PetitionEvent

EventKind = PetitionEvent.Kind


def actor(staff: Staff | None) -> Actor:
    return Actor("staff", staff.pk, "desk") if staff else SYSTEM


def tell_story(
    petition: Petition,
    kind: str,
    *,
    staff: Staff | None = None,
    public: bool = True,
    words: Mapping[str, str] | None = None,
    at: datetime | None = None,
    **data: Any,
) -> PetitionEvent:
    """Appends one line."""
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
