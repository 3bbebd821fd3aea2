"""Raise and settle alerts about areas, sources and networks that grew out of proportion in an hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.core.audit import Actor, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.live.live_events import publish
from kesher.participation.burst_detection import LEAST, Burst, find_bursts, hour_of
from kesher.participation.models import Action, Alert, Participation, Pulse, Tally
from kesher.participation.participation_origin import NET_DAYS

WATCHED = ("area", "source", "net")
DAY = timedelta(hours=24)
# More than this from one network in an hour is a burst, whatever the rest of the country does.
NET_MOST = 200
PULSE_DAYS = 400
STREAM = "alerts"


def raise_burst_alerts(now: datetime | None = None) -> int:
    """Create alerts for areas and sources with too many new participations this hour; return how many are new.

    Reads the pulses, never the rows.
    """
    at = now or timezone.now()
    starts = {hour_of(at), hour_of(at - timedelta(minutes=3))}
    with everywhere("pulses of this hour"):
        rows = Pulse.objects.filter(start__in=starts, dimension__in=WATCHED).select_related("action")
        hours = [row for row in rows if sum(row.counts.values()) >= LEAST]
    new = 0
    for row in hours:
        with scope(row.agency_id):
            new += raise_alerts(row, find_bursts_in_hour(row))
    return new


def find_bursts_in_hour(row: Pulse) -> list[Burst]:
    """Return the keys of a pulse's dimension whose growth in its hour was out of proportion."""
    day = Pulse.objects.filter(
        action=row.action_id, dimension=row.dimension, start__gte=row.start - DAY, start__lt=row.start
    )
    before = list(day.values_list("counts", flat=True))
    best: dict[str, int] = {}
    for counts in before:
        for key, n in counts.items():
            best[key] = max(best.get(key, 0), n)
    found = find_bursts(row.counts, counts_before(row, before), best)
    known = {burst.key for burst in found}
    if row.dimension == "net":
        found += [Burst(key, n, 0.0) for key, n in row.counts.items() if n >= NET_MOST and key not in known]
    return found


def counts_before(row: Pulse, day: Iterable[dict[str, int]]) -> dict[str, int]:
    """Return each key's count before the pulse's hour: for areas all, for other dimensions the day before."""
    if row.dimension != "area":
        return dict(sum((Counter(counts) for counts in day), Counter()))
    tallies = Tally.objects.filter(action=row.action_id, dimension="area").values_list("key", "n")
    return {key: n - row.counts.get(key, 0) for key, n in tallies}


@transaction.atomic
def raise_alerts(row: Pulse, found: list[Burst]) -> int:
    """Create or update one alert for each burst of a pulse's hour; return how many are new."""
    raised = Alert.objects.filter(action=row.action_id, dimension=row.dimension, start=row.start)
    known = set(raised.values_list("key", flat=True))
    Alert.objects.bulk_create(
        (
            Alert(
                agency_id=row.agency_id,
                action=row.action,
                dimension=row.dimension,
                key=burst.key,
                start=row.start,
                seen=burst.seen,
                expected=round(burst.expected, 2),
            )
            for burst in found
        ),
        update_conflicts=True,
        unique_fields=["action", "dimension", "key", "start"],
        update_fields=["seen", "expected"],
    )
    new = [burst for burst in found if burst.key not in known]
    if new:
        publish(STREAM, row.action.stream)
    return len(new)


@transaction.atomic
def settle_alert(alert: Alert, *, staff: Staff, acted: bool) -> bool:
    """Close a fraud alert as harmless or as acted upon; return False where somebody had closed it before."""
    state = Alert.State.ACTED if acted else Alert.State.DISMISSED
    if not Alert.objects.filter(pk=alert.pk, state=Alert.State.OPEN).update(state=state):
        return False
    alert.state = state
    audit("participation.settle_alert", by=Actor("staff", staff.pk, "desk"), subject=alert, state=state)
    publish(STREAM)
    return True


def count_open_alerts(actions: Iterable[Action]) -> int:
    """Return how many alerts of these actions are open."""
    return Alert.objects.filter(action__in=list(actions), state=Alert.State.OPEN).count()


def count_alerts_by_action() -> dict[int, int]:
    """Return {action id: number of its open alerts} for this agency, in one query."""
    rows = Alert.objects.filter(state=Alert.State.OPEN).order_by().values_list("action")
    return dict(rows.annotate(n=Count("id")))


def top_origins(action: Action, dimension: str = "source", *, hours: int = 24, most: int = 10) -> list[tuple[str, int]]:
    """Return where most participations of the last hours come from: (key, how many), from the pulses.

    ``dimension``: area, channel, source or net.
    """
    since = hour_of(timezone.now()) - timedelta(hours=hours - 1)
    rows = Pulse.objects.filter(action=action, dimension=dimension, start__gte=since).values_list("counts", flat=True)
    total: Counter[str] = sum((Counter(counts) for counts in rows), Counter())
    return total.most_common(most)


def busiest_actions(kind: str, *, hours: int = 1, most: int = 10) -> list[tuple[int, int]]:
    """Return the actions of a kind that most people joined in the last hours: (id, how many)."""
    since = hour_of(timezone.now()) - timedelta(hours=hours - 1)
    rows = Pulse.objects.filter(action__kind=kind, dimension="minute", start__gte=since)
    total: Counter[int] = Counter()
    for action_id, counts in rows.values_list("action_id", "counts"):
        total[action_id] += sum(counts.values())
    return total.most_common(most)


def forget_nets(now: datetime | None = None) -> int:
    """Delete stored networks and sources, and old hourly counts, past their retention; return how many rows changed.

    Networks are personal data.
    """
    at = now or timezone.now()
    with everywhere("networks past their time"):
        rows = Participation.objects.filter(created__lt=at - timedelta(days=NET_DAYS)).exclude(net="").update(net="")
        old = Pulse.objects.filter(start__lt=at - timedelta(days=NET_DAYS), dimension__in=["net", "source"]).delete()[0]
        old += Pulse.objects.filter(start__lt=at - timedelta(days=PULSE_DAYS)).delete()[0]
    return rows + old
