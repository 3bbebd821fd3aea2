"""What is kept of a reading: the sealed answer where there is one, and how the source did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from kesher.core.scope import everywhere
from kesher.records.encryption import sealed
from kesher.records.lookup_results import Outcome
from kesher.records.models import SourceHealth, StoredReading

# Whoever asks about a row finds it for so long at least, also where nothing is fresh for a second.
LEAST_KEPT = timedelta(minutes=15)
# How a source does is written down at most so often while nothing changes.
HEALTH_EVERY = timedelta(seconds=30)


@transaction.atomic
def keep(outcomes: Iterable[Outcome]) -> int:
    """Keeps what was read, sealed; an error keeps nothing but the source's health. Inside one agency's scope. Returns
    how many readings were kept."""
    found = list(outcomes)
    rows = [row_of(item) for item in found if item.reading is not None]
    StoredReading.objects.bulk_create(
        {row.key: row for row in rows}.values(),
        update_conflicts=True,
        unique_fields=["agency", "key"],
        update_fields=["sealed", "read_at", "fresh_until", "keep_until", "source"],
    )
    keep_health(found)
    return len(rows)


def row_of(outcome: Outcome) -> StoredReading:
    order, reading = outcome.order, outcome.reading
    assert reading is not None
    kept = max(timedelta(seconds=max(order.ttl, order.stale_ttl)), LEAST_KEPT)
    return StoredReading(
        agency_id=order.info.agency_id,
        source_id=order.pk,
        key=order.key,
        sealed=sealed(order.key, reading),
        read_at=outcome.read_at,
        fresh_until=outcome.read_at + timedelta(seconds=order.ttl),
        keep_until=outcome.read_at + kept,
    )


def keep_health(outcomes: list[Outcome]) -> None:
    """How each source did last. Written where it changed, or was not written for half a minute."""
    last = {item.order.pk: item for item in outcomes}
    known = {row.source_id: row for row in SourceHealth.objects.filter(source__in=last)}
    rows = [health_of(item, known.get(pk)) for pk, item in last.items() if is_news(item, known.get(pk))]
    SourceHealth.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["source"],
        update_fields=["rest_until", "ok_at", "failed_at", "code", "error", "took_ms"],
    )


def is_news(outcome: Outcome, known: SourceHealth | None) -> bool:
    if known is None or known.code != outcome.code or outcome.rest_until:
        return True
    last = known.ok_at if outcome.reading is not None else known.failed_at
    return last is None or outcome.read_at - last > HEALTH_EVERY


def health_of(outcome: Outcome, known: SourceHealth | None) -> SourceHealth:
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


def forget_readings() -> int:
    """Drops what is past its time, of every agency; returns how many."""
    with everywhere("readings past their time"):
        deleted, _rows = StoredReading.objects.filter(keep_until__lt=timezone.now()).delete()
    return deleted
