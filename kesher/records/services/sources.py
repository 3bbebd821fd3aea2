"""Write the settings of the registers that people's records are read from: create, change, switch off, resume."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from kesher.agencies.models import Staff
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.records.models import RecordSource, SourceHealth, StoredReading


def staff_actor(staff: Staff | None) -> Actor:
    """Return the audit's actor for a member of staff, or for the system if None."""
    return Actor("staff", staff.pk, "desk") if staff else SYSTEM


@transaction.atomic
def save_source(
    source: RecordSource | None, *, staff: Staff | None, secrets: dict[str, str] | None = None, **values: Any
) -> RecordSource:
    """Change a source's settings, or create one (None), and delete the readings cached by the old settings.

    ``secrets`` None leaves the existing ones. A new wording needs new consents.
    """
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
    audit("records.save_source", by=staff_actor(staff), subject=row, code_name=row.code, version=row.version)
    return row


@transaction.atomic
def switch_source(source: RecordSource, on: bool, *, staff: Staff | None) -> None:
    """Switch a source on or off at once, for everybody. While off, its cached readings are not shown either."""
    RecordSource.objects.filter(pk=source.pk).update(is_active=on)
    audit("records.switch_source", by=staff_actor(staff), subject=source, on=on)


@transaction.atomic
def end_rest(source: RecordSource, *, staff: Staff | None) -> None:
    """End the pause of a source that failed: the next reader tries it."""
    SourceHealth.objects.filter(source=source).update(rest_until=None)
    audit("records.let_try_again", by=staff_actor(staff), subject=source)
