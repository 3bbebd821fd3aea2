"""Taking a person out of what he took part in; the counts stay.

Whoever was erased may come again from the same address. So that he is not counted twice, the row keeps its key (an
HMAC under the action's own secret: it says of an address that one has already whether it was here, and nothing else)
as long as one can take part; when that is over, the key becomes noise.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kesher.core.audit import SYSTEM, audit
from kesher.core.ids import token
from kesher.core.scope import everywhere, scope
from kesher.participation.action_kinds import get_kind
from kesher.participation.models import Action, KeptKey, Participation

State = Participation.State
NEVER_COUNTED = (State.PENDING, State.EXPIRED)
BATCH = 500


@transaction.atomic
def erase_participations(ids: Sequence[int]) -> None:
    """The name and the address go, the person's key as soon as nobody can take part any more; area, level and channel
    stay, so the counts do, too."""
    rows = list(Participation.objects.filter(contact__in=ids).select_related("action"))
    kept = {row.pk: row for row in rows if keeps_key(row)}
    for row in rows:
        row.name, row.show_name, row.identity, row.net = "", False, None, ""
        if row.pk not in kept:
            row.person_key = random_key()
    Participation.objects.bulk_update(rows, ["name", "show_name", "identity", "net", "person_key"], batch_size=BATCH)
    marks = [KeptKey(agency_id=row.agency_id, row=row) for row in kept.values()]
    KeptKey.objects.bulk_create(marks, ignore_conflicts=True)
    audit("participation.erase_parts", by=SYSTEM, people=len(ids))


def keeps_key(row: Participation) -> bool:
    """Counts it, or may it count again (a voiding may be reversed), in something that is not over?"""
    return row.state not in NEVER_COUNTED and not get_kind(row.action).ended(row.action)


def forget_keys() -> int:
    """Where nobody can take part any more, the keys of those who were erased go; returns how many."""
    with everywhere("actions with keys of erased people"):
        actions = list(Action.objects.filter(participations__kept_key__isnull=False).distinct())
    gone = 0
    for action in actions:
        with scope(action.agency_id):
            if get_kind(action).ended(action):
                gone += forget_keys_of(action)
    return gone


@transaction.atomic
def forget_keys_of(action: Action) -> int:
    rows = list(Participation.objects.filter(action=action, kept_key__isnull=False))
    for row in rows:
        row.person_key = random_key()
    Participation.objects.bulk_update(rows, ["person_key"], batch_size=BATCH)
    KeptKey.objects.filter(row__action=action).delete()
    audit("participation.forget_keys", by=SYSTEM, subject=action, rows=len(rows))
    return len(rows)


def random_key() -> bytes:
    """What is nobody's key."""
    return token(32).encode()[:32]
