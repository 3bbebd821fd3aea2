"""Change the agency's settings for petitions: policy, thresholds, areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.cache import cache
from django.db import transaction

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.core.audit import audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.petitions.area_map import memory_key
from kesher.petitions.models import Area, Policy, Threshold


@transaction.atomic
def set_policy(*, staff: Staff | None = None, **values: Any) -> Policy:
    """Change the agency's policy on petitions for new ones; running ones keep what was promised."""
    row, _made = Policy.objects.update_or_create(agency_id=current_agency_id(), defaults=values)
    audit(
        "petitions.set_policy",
        by=staff_actor(staff),
        subject=row,
        **{k: v for k, v in values.items() if k != "standards"},
    )
    return row


@transaction.atomic
def set_thresholds(rows: Sequence[dict[str, Any]], *, staff: Staff | None = None) -> None:
    """Replace the thresholds for new petitions (kind, names, count, level, days); running ones keep theirs."""
    Threshold.objects.all().delete()
    Threshold.objects.bulk_create(Threshold(agency_id=current_agency_id(), **row) for row in rows)
    audit("petitions.set_thresholds", by=staff_actor(staff), subject=None, counts=[row["count"] for row in rows])


@transaction.atomic
def set_areas(rows: Sequence[dict[str, Any]], *, staff: Staff | None = None) -> None:
    """Replace the agency's areas (code, names, column, row, people); signatures keep the area that they named."""
    Area.objects.all().delete()
    cache.delete(memory_key())
    Area.objects.bulk_create(Area(agency_id=current_agency_id(), **row) for row in rows)
    audit("petitions.set_areas", by=staff_actor(staff), subject=None, areas=[row["code"] for row in rows])
