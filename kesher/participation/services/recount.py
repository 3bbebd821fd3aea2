"""Counting the rows again, and putting tallies right that differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, Sum

from kesher.core.audit import SYSTEM, audit
from kesher.core.live import publish
from kesher.participation.models import Action, CountDelta, Participation, Tally
from kesher.participation.services.tallies import Key, change_tallies, tally_keys

CELL = ("level", "channel", "area", "value")
CHOSEN = ("value", "level_value")


@dataclass(frozen=True, slots=True)
class Recount:
    """What the rows say, and by how much each tally was wrong ({"dimension:key": difference})."""

    code: str
    kind: str
    rows: int
    wrong: dict[str, int] = field(default_factory=dict)


@transaction.atomic
def recount_action(action: Action) -> Recount:
    """Compares an action's tallies with its rows, and corrects them; people may go on taking part meanwhile. The rows
    and the deltas that wait are read in one statement, so that a row and its delta are seen together or not at all;
    no drain runs before the end, since it needs the action. Where an anonymous vote was cut from its voters, the rows
    say nothing of what was chosen, and those tallies stay as they are."""
    left = CHOSEN if Action.objects.select_for_update(no_key=True).get(pk=action.pk).is_cut else ()
    counted = Participation.objects.filter(action=action, state=Participation.State.COUNTED, level__gte=1)
    waiting = CountDelta.objects.filter(action=action)
    rows = counted.order_by().values_list(*CELL).annotate(rows=Count("pk"))
    deltas = waiting.order_by().values_list(*CELL).annotate(rows=-Sum("n"))
    want: Counter[Key] = Counter()
    for level, channel, area, value, n in rows.union(deltas, all=True):
        for dimension, key in tally_keys(level, channel, area, value):
            want[action.pk, dimension, key] += n
    for dimension, key, n in Tally.objects.filter(action=action).values_list("dimension", "key", "n"):
        want[action.pk, dimension, key] -= n
    wrong = {key: n for key, n in want.items() if n and key[1] not in left}
    told = Recount(action.code, action.kind, counted.count(), {f"{key[1]}:{key[2]}": n for key, n in wrong.items()})
    if wrong:
        change_tallies(action.agency_id, wrong)
        audit("participation.recount", by=SYSTEM, subject=action, wrong=told.wrong)
        publish(action.stream)
    return told
