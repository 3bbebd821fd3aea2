"""Erase a person from their participations; the counts stay.

An erased person may return from the same address. To count them once, the row keeps its key while one can take part.
The key is an HMAC under the action's own secret: given an address, it shows whether it took part, and nothing else.
When the action is over, the key is replaced by a random value.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.db.ids import token
from kesher.participation.action_kinds import get_kind
from kesher.participation.models import Action, KeptKey, Participation

State = Participation.State
NEVER_COUNTED = (State.PENDING, State.EXPIRED)
BATCH = 500


@transaction.atomic
def erase_participations(ids: Sequence[int]) -> None:
    """Erase names, addresses and networks of contacts' rows; the key only where it is not needed.

    Area, level and channel stay, so the counts do, too.
    """
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
    """Return whether a row's person key must stay: it prevents that a person counts twice in an open action.

    A void row may count again, since voidings can be reversed.
    """
    return row.state not in NEVER_COUNTED and not get_kind(row.action).ended(row.action)


def forget_keys() -> int:
    """Replace the person keys of erased people in all ended actions; return how many rows."""
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
    """Replace the person keys of erased people in one action by random values; return how many rows."""
    rows = list(Participation.objects.filter(action=action, kept_key__isnull=False))
    for row in rows:
        row.person_key = random_key()
    Participation.objects.bulk_update(rows, ["person_key"], batch_size=BATCH)
    KeptKey.objects.filter(row__action=action).delete()
    audit("participation.forget_keys", by=SYSTEM, subject=action, rows=len(rows))
    return len(rows)


def random_key() -> bytes:
    """Return random bytes to store in place of a person key."""
    return token(32).encode()[:32]
