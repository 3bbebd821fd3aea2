"""Append what happens to a petition: one row for each event, in its transaction."""

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
    """Return this clerk as the actor of the audit, or the system."""
    return Actor("staff", staff.pk, "desk") if staff else SYSTEM


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
    """Append one event; ``data`` is what belongs to it."""
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
