"""What administrators do with sources: set them up, switch them, let one be tried again."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from kesher.agencies.models import Staff
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.scope import current_agency_id
from kesher.records.models import RecordSource, SourceHealth, StoredReading


def actor(staff: Staff | None) -> Actor:
    return Actor("staff", staff.pk, "desk") if staff else SYSTEM


@transaction.atomic
def save_source(
    source: RecordSource | None, *, staff: Staff | None, secrets: dict[str, str] | None = None, **values: Any
) -> RecordSource:
    """A source as it shall be; None makes a new one. ``secrets`` None leaves those that are there. A new wording asks
    everybody anew. What was read under the old settings is forgotten."""
    row = source or RecordSource(agency_id=current_agency_id())
    reworded = source is not None and values.get("wordings", row.wordings) != row.wordings
    for name, value in values.items():
        setattr(row, name, value)
    if secrets is not None:
        row.secrets = secrets
    if reworded:
        row.version += 1
    row.save()
    if source is not None:
        StoredReading.objects.filter(source=row).delete()
    audit("records.save_source", by=actor(staff), subject=row, code_name=row.code, version=row.version)
    return row


@transaction.atomic
def switch_source(source: RecordSource, on: bool, *, staff: Staff | None) -> None:
    """The kill switch: off at once, for everybody; what was kept is not shown meanwhile either."""
    RecordSource.objects.filter(pk=source.pk).update(is_active=on)
    audit("records.switch_source", by=actor(staff), subject=source, on=on)


@transaction.atomic
def let_try_again(source: RecordSource, *, staff: Staff | None) -> None:
    """Its rest is over: the next who asks tries it."""
    SourceHealth.objects.filter(source=source).update(rest_until=None)
    audit("records.let_try_again", by=actor(staff), subject=source)
