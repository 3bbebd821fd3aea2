"""Write counting deltas beside the rows, sum them up, and read the totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.db.prepared_query import Prepared, insert
from kesher.core.live.live_events import publish
from kesher.participation.burst_detection import DIMENSIONS as PULSES
from kesher.participation.burst_detection import add_counts, hour_of
from kesher.participation.models import Action, CodeDue, CountDelta, Participation, Pulse, Tally
from kesher.participation.participation_origin import source_of

DRAIN = 4000
UNKNOWN_AREA = "unknown"
# What `read_tallies` reads. Each adds up to the total (values only where every row has exactly one).
BREAKDOWNS = ("total", "level", "channel", "area", "value")
# Breakdowns by level: "2|sms".
CROSSES = ("level_channel", "level_area", "level_value")
Key = tuple[int, str, str]  # action, dimension, key


def add_delta(row: Participation, n: int, *, fresh: bool = False, confirm_in: str = "") -> None:
    """Write the count change (+1 or -1 as ``n``) of one row, for the tallies; a row of level 0 has none.

    ``confirm_in``: the language in which the worker confirms it to its owner; "" for no such confirmation.
    """
    if row.level > 0:
        made = build_delta(row, n, fresh=fresh)
        if confirm_in:
            made.confirms, made.lang = row, confirm_in
        insert(made)


def add_deltas(changes: Iterable[tuple[Participation, int]], *, fresh: bool = False) -> None:
    """Write the count changes of many rows, for the tallies."""
    CountDelta.objects.bulk_create(build_delta(row, n, fresh=fresh) for row, n in changes if row.level > 0)


def build_delta(row: Participation, n: int, *, fresh: bool) -> CountDelta:
    """Return the unsaved count change of one row."""
    return CountDelta(
        agency_id=row.agency_id,
        action=row.action,
        level=row.level,
        channel=row.channel,
        area=row.area,
        value=row.value,
        source=source_of(row.identity) if fresh else "",
        net=row.net if fresh else "",
        fresh=fresh,
        n=n,
    )


def tally_keys(level: int, channel: str, area: str, value: str) -> list[tuple[str, str]]:
    """Return the (dimension, key) of each tally in which a row with these values is counted.

    A value may be several keys separated by blanks, as a ballot that approves of several.
    """
    area = area or UNKNOWN_AREA
    plain = [("total", ""), ("level", str(level)), ("channel", channel), ("area", area)]
    crossed = [("level_channel", f"{level}|{channel}"), ("level_area", f"{level}|{area}")]
    values = value.split()
    return [
        *plain,
        *crossed,
        *(("value", key) for key in values),
        *(("level_value", f"{level}|{key}") for key in values),
    ]


def drain_deltas() -> int:
    """Add all waiting count changes to the tallies, and return how many.

    Several workers may call it at once: a delta is deleted in the transaction that adds it.
    """
    with everywhere("count deltas"):
        agencies = list(CountDelta.objects.order_by().values_list("agency_id", flat=True).distinct())
    return sum(drain_agency(agency_id) for agency_id in agencies)


def drain_agency(agency_id: int) -> int:
    """Add one batch of an agency's count changes to its tallies, in one transaction; return how many."""
    with scope(agency_id), transaction.atomic():
        rows = CountDelta.objects.select_for_update(skip_locked=skips_locked())
        deltas = list(rows.order_by("id")[:DRAIN])
        if not deltas:
            return 0
        actions = {delta.action_id for delta in deltas}
        # Two drains of one action exclude each other. NO KEY, since signing holds a key lock on it.
        list(Action.objects.select_for_update(no_key=True).filter(pk__in=actions).order_by("pk").values_list("pk"))
        add_to_tallies(agency_id, deltas)
        add_to_pulses(agency_id, [delta for delta in deltas if delta.fresh])
        queue_confirmations(deltas)
        CountDelta.objects.filter(pk__in=[delta.pk for delta in deltas]).delete()
        publish(*(f"action:{action_id}" for action_id in sorted(actions)))
        return len(deltas)


def queue_confirmations(deltas: list[CountDelta]) -> None:
    """Queue the confirmation messages for rows that were counted at once, for the job that sends codes."""
    CodeDue.objects.bulk_create(
        [
            CodeDue(agency_id=one.agency_id, row_id=one.confirms_id, lang=one.lang, counted=True)
            for one in deltas
            if one.confirms_id is not None
        ],
        update_conflicts=True,
        unique_fields=["row"],
        update_fields=["counted", "lang"],
    )


def add_to_tallies(agency_id: int, deltas: list[CountDelta]) -> None:
    """Add count changes to the tallies in one read and one write; the caller holds the actions' locks."""
    cells: Counter[tuple[int, int, str, str, str]] = Counter()
    for delta in deltas:
        cells[delta.action_id, delta.level, delta.channel, delta.area, delta.value] += delta.n
    sums: Counter[Key] = Counter()
    for (action_id, *cell), n in cells.items():
        for dimension, key in tally_keys(*cell):  # type: ignore[arg-type]  # the rest of the cell, in order
            sums[action_id, dimension, key] += n
    change_tallies(agency_id, {key: n for key, n in sums.items() if n})


def change_tallies(agency_id: int, changes: dict[Key, int]) -> None:
    """Add these differences to the stored tallies, and create those that do not exist yet."""
    now: dict[Key, int] = {}
    known = Tally.objects.filter(
        action__in={action_id for action_id, _dimension, _key in changes},
        dimension__in={dimension for _action_id, dimension, _key in changes},
        key__in={key for _action_id, _dimension, key in changes},
    )
    for action_id, dimension, key, n in known.values_list("action_id", "dimension", "key", "n"):
        now[action_id, dimension, key] = n
    Tally.objects.bulk_create(
        [
            Tally(agency_id=agency_id, action_id=key[0], dimension=key[1], key=key[2], n=now.get(key, 0) + n)
            for key, n in sorted(changes.items())
        ],
        update_conflicts=True,
        unique_fields=["action", "dimension", "key"],
        update_fields=["n"],
        batch_size=500,
    )


def add_to_pulses(agency_id: int, deltas: list[CountDelta], now: datetime | None = None) -> None:
    """Add new participations to the counts of this hour, one row for each action and dimension.

    The caller holds the actions' locks.
    """
    if not deltas:
        return
    at = now or timezone.now()
    fresh: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for delta in deltas:
        values = (f"{at:%M}", delta.area or UNKNOWN_AREA, delta.channel, delta.source, delta.net)
        for dimension, value in zip(PULSES, values, strict=True):
            if value:
                fresh[delta.action_id, dimension][value] += delta.n
    start = hour_of(at)
    found = Pulse.objects.filter(action__in={delta.action_id for delta in deltas}, start=start)
    known = {(row.action_id, row.dimension): row for row in found}
    rows = []
    for action_id, dimension in sorted(fresh):
        blank = Pulse(agency_id=agency_id, action_id=action_id, start=start, dimension=dimension)
        row = known.get((action_id, dimension), blank)
        add_counts(row, fresh[action_id, dimension])
        row.pk = None
        rows.append(row)
    Pulse.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["action", "start", "dimension"],
        update_fields=["counts", "dropped"],
    )


def skips_locked() -> bool:
    """Return whether the database supports SKIP LOCKED."""
    return connection.features.has_select_for_update_skip_locked


def read_tallies(action: Action, *crosses: str) -> dict[str, dict[str, int]]:
    """Return an action's counts as {dimension: {key: number of people}}, in one query.

    One query never sees half of a drain. ``crosses``: further dimensions of CROSSES ("level_channel"), for
    `split_by_level`.
    """
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for dimension, key, n in query_tallies(action.pk, [*BREAKDOWNS, *crosses]):
        found[dimension][key] = n
    return dict(found)


@Prepared.of(int, list[str])
def query_tallies(action: int, dimensions: list[str]) -> QuerySet[Tally, tuple[str, str, int]]:
    """Return a queryset of (dimension, key, number) of an action's tallies in these dimensions."""
    rows = Tally.objects.filter(action=action, dimension__in=dimensions)
    return rows.values_list("dimension", "key", "n")


def read_tallies_now(action: Action) -> dict[str, dict[str, int]]:
    """Return an action's tallies with the waiting count changes added, for who took part a moment ago.

    One statement, so that each delta is counted once.
    """
    none, blank = Value(0), Value("")
    told = Tally.objects.filter(action=action, dimension__in=BREAKDOWNS).order_by()
    cells = CountDelta.objects.filter(action=action).order_by().values("level", "channel", "area", "value")
    waiting = cells.annotate(sum=Sum("n")).values_list(blank, blank, "level", "channel", "area", "value", "sum")
    rows = told.values_list("dimension", "key", none, blank, blank, blank, "n").union(waiting, all=True)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for dimension, key, level, channel, area, value, n in rows:
        parts = [(dimension, key)] if dimension else tally_keys(level, channel, area, value)
        for part, name in parts:
            if part in BREAKDOWNS:
                found[part][name] += n
    return {dimension: dict(keys) for dimension, keys in found.items()}


def read_total(found: Mapping[str, Mapping[str, int]]) -> int:
    """Return the total number of participants from what `read_tallies` returned."""
    return found.get("total", {}).get("", 0)


def split_by_level(crossed: Mapping[str, int]) -> dict[str, dict[int, int]]:
    """Return {key: {level: n}} from a cross tally of one dimension (channel, area or value) with the level."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for key, n in sorted(crossed.items()):
        level, _bar, rest = key.partition("|")
        if n:
            found[rest][int(level)] = n
    return dict(found)


def count_at(action: Action, level: int = 1, *, area: str = "") -> int:
    """Return how many people count with at least this level of proof, from all areas or from one."""
    return counts_at([action], level, area=area)[action.pk]


def counts_at(actions: Iterable[Action], level: int = 1, *, area: str = "") -> dict[int, int]:
    """Return {action id: how many people count with at least this level of proof}, in one query."""
    known = {action.pk: 0 for action in actions}
    levels = [str(number) for number in range(max(level, 1), 4)]
    rows = Tally.objects.filter(action__in=known)
    if area:
        rows = rows.filter(dimension="level_area", key__in=[f"{number}|{area}" for number in levels])
    elif level > 1:
        rows = rows.filter(dimension="level", key__in=levels)
    else:
        rows = rows.filter(dimension="total")
    return known | dict(rows.order_by().values_list("action_id").annotate(count=Sum("n")))


def read_total_now(action: Action, level: int = 1) -> int:
    """Return how many people count with at least this level, waiting count changes included, in one query."""
    waiting = CountDelta.objects.filter(action=OuterRef("pk"), level__gte=level).order_by().values("action")
    dimension = {"dimension": "total"} if level <= 1 else {"dimension": "level", "key__gte": str(level)}
    told = Tally.objects.filter(action=OuterRef("pk"), **dimension).order_by().values("action")
    sums = [Coalesce(Subquery(rows.annotate(sum=Sum("n")).values("sum")), 0) for rows in (waiting, told)]
    found = Action.objects.filter(pk=action.pk).values_list(sums[0] + sums[1], flat=True).first()
    return int(found or 0)
