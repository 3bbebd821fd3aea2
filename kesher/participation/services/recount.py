"""Count the participations again, and correct tallies that differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, Sum

from kesher.core.audit import SYSTEM, audit
from kesher.core.live.live_events import publish
from kesher.participation.models import Action, CountDelta, Participation, Tally
from kesher.participation.services.tallies import Key, change_tallies, tally_keys

CELL = ("level", "channel", "area", "value")
CHOSEN = ("value", "level_value")


@dataclass(frozen=True, slots=True)
class Recount:
    """The result of a recount, and the error of each tally as {"dimension:key": difference}."""

    code: str
    kind: str
    rows: int
    wrong: dict[str, int] = field(default_factory=dict)


@transaction.atomic
def recount_action(action: Action) -> Recount:
    """Compare an action's tallies with its rows, correct them, and return what differed.

    Rows and waiting deltas are read in one statement, so that a row and its delta are seen together or not at all. No
    drain runs meanwhile, since it needs the action's lock. Where an anonymous vote was cut from its voters, the rows do
    not say what was chosen, and those tallies are left as they are.
    """
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
