"""Cache the readings of record sources, encrypted, and store each source's health."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from kesher.core.db.agency_scope import everywhere
from kesher.records.encryption import encrypt_reading
from kesher.records.models import SourceHealth, StoredReading
from kesher.records.sources.readings import Outcome

# A row can be asked about for so long at least, even if readings are never fresh.
KEPT_MIN = timedelta(minutes=15)
# Unchanged health is saved at most so often.
HEALTH_EVERY = timedelta(seconds=30)


@transaction.atomic
def cache_readings(outcomes: Iterable[Outcome]) -> int:
    """Cache what these reads returned, save each source's health, and return how many readings were cached.

    Call it in one agency's scope.
    """
    found = list(outcomes)
    rows = [build_stored_reading(item) for item in found if item.reading is not None]
    StoredReading.objects.bulk_create(
        {row.key: row for row in rows}.values(),
        update_conflicts=True,
        unique_fields=["agency", "key"],
        update_fields=["sealed", "read_at", "fresh_until", "keep_until", "source"],
    )
    save_health(found)
    return len(rows)


def build_stored_reading(outcome: Outcome) -> StoredReading:
    """Return the unsaved cache row of a successful read, with its reading encrypted."""
    order, reading = outcome.order, outcome.reading
    assert reading is not None
    kept = max(timedelta(seconds=max(order.ttl, order.stale_ttl)), KEPT_MIN)
    return StoredReading(
        agency_id=order.info.agency_id,
        source_id=order.pk,
        key=order.key,
        sealed=encrypt_reading(order.key, reading),
        read_at=outcome.read_at,
        fresh_until=outcome.read_at + timedelta(seconds=order.ttl),
        keep_until=outcome.read_at + kept,
    )


def save_health(outcomes: list[Outcome]) -> None:
    """Save each source's last result (health) if it changed, or was not saved for half a minute."""
    last = {item.order.pk: item for item in outcomes}
    known = {row.source_id: row for row in SourceHealth.objects.filter(source__in=last)}
    rows = [build_health(item, known.get(pk)) for pk, item in last.items() if is_health_changed(item, known.get(pk))]
    SourceHealth.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["source"],
        update_fields=["rest_until", "ok_at", "failed_at", "code", "error", "took_ms"],
    )


def is_health_changed(outcome: Outcome, known: SourceHealth | None) -> bool:
    """Return whether a source's health must be saved after this read: another error, a pause, or long ago."""
    if known is None or known.code != outcome.code or outcome.rest_until:
        return True
    last = known.ok_at if outcome.reading is not None else known.failed_at
    return last is None or outcome.read_at - last > HEALTH_EVERY


def build_health(outcome: Outcome, known: SourceHealth | None) -> SourceHealth:
    """Return the unsaved row of a source's health after this read."""
    ok = outcome.reading is not None
    return SourceHealth(
        agency_id=outcome.order.info.agency_id,
        source_id=outcome.order.pk,
        rest_until=datetime.fromtimestamp(outcome.rest_until, UTC) if outcome.rest_until else None,
        ok_at=outcome.read_at if ok else (known.ok_at if known else None),
        failed_at=outcome.read_at if not ok else (known.failed_at if known else None),
        code=outcome.code,
        error=outcome.error,
        took_ms=round(outcome.seconds * 1000),
    )


def delete_expired_readings() -> int:
    """Delete the cached readings of all agencies whose time is over, and return how many."""
    with everywhere("readings past their time"):
        deleted, _rows = StoredReading.objects.filter(keep_until__lt=timezone.now()).delete()
    return deleted
