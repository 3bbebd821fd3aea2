"""Taking part, once a person; and counting exactly what was counted."""

from __future__ import annotations

import hmac
from collections import defaultdict
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from kesher.contacts.models import Contact, Identity
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.ids import token
from kesher.core.live import publish
from kesher.core.scope import everywhere, scope
from kesher.participation.codes import new_code
from kesher.participation.models import Action, CountDelta, Participation, Tally

State = Participation.State
GRACE = timedelta(hours=24)
DRAIN = 2000
UNKNOWN_AREA = "unknown"


@transaction.atomic
def create_action(agency_id: int, kind: str, code: str = "") -> Action:
    """A new action with a free code (or the one given). Raises IntegrityError where a given code is taken."""
    if code:
        return Action.objects.create(agency_id=agency_id, kind=kind, code=code)
    for _try in range(20):
        candidate = new_code()
        if not Action.objects.filter(code=candidate).exists():
            return Action.objects.create(agency_id=agency_id, kind=kind, code=candidate)
    raise RuntimeError("no free code was found in twenty tries")


def person_key(action: Action, identity: Identity) -> bytes:
    """The person in this action: an HMAC under the action's own key, so that keys of two actions cannot be compared."""
    key = f"{settings.SECRET_KEY}:{action.secret}".encode()
    return hmac.new(key, f"{identity.scheme}:{identity.address}".encode(), sha256).digest()


def standing(action: Action, contact: Contact) -> Participation | None:
    """This person's counted (else pending) row in this action, under whichever of his contacts."""
    rows = Participation.objects.filter(
        action=action, contact__in=contact.family_ids(), state__in=[State.COUNTED, State.PENDING]
    )
    return rows.order_by("state", "id").first()


@transaction.atomic
def take_part(
    action: Action,
    identity: Identity,
    *,
    level: int,
    channel: str,
    by: Actor,
    area: str = "",
    value: str = "",
    name: str = "",
    show_name: bool = False,
    pending: bool = False,
) -> tuple[Participation, bool]:
    """One person takes part: (row, True), or (the row that stands already, False). A pending row that is now proved is
    confirmed. Two doors at once end with one row: the constraint decides."""
    contact = identity.contact.root()
    found = standing(action, contact)
    if found is not None:
        if found.state == State.PENDING and not pending:
            return confirm(found, level=level, by=by), True
        return found, False
    row = Participation(
        agency_id=action.agency_id,
        action=action,
        contact=contact,
        identity=identity,
        person_key=person_key(action, identity),
        receipt=token(8),
        level=level,
        channel=channel,
        area=area,
        value=value,
        name=name,
        show_name=show_name,
        state=State.PENDING if pending else State.COUNTED,
        confirmed=None if pending else timezone.now(),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        standing_row = Participation.objects.filter(
            action=action, person_key=row.person_key, state__in=[State.PENDING, State.COUNTED]
        ).first() or standing(action, contact)
        if standing_row is None:
            raise
        if standing_row.state == State.PENDING and not pending:
            return confirm(standing_row, level=level, by=by), True
        return standing_row, False
    if not pending:
        count(row, +1)
    audit(f"{action.kind}.take_part", by=by, subject=row, level=level, pending=pending)
    return row, True


@transaction.atomic
def confirm(row: Participation, *, level: int, by: Actor) -> Participation:
    """A pending row is proved: it counts from now on."""
    changed = Participation.objects.filter(pk=row.pk, state=State.PENDING).update(
        state=State.COUNTED, level=level, confirmed=timezone.now()
    )
    row.refresh_from_db()
    if changed:
        count(row, +1)
        audit(f"{row.action.kind}.confirm", by=by, subject=row, level=level)
    return row


@transaction.atomic
def leave(row: Participation, *, state: str = State.WITHDRAWN, by: Actor, reason: str = "") -> bool:
    """A row stops counting (withdrawn, void, superseded, expired); False where it had stopped already."""
    counted = Participation.objects.filter(pk=row.pk, state=State.COUNTED).update(state=state)
    if counted:
        count(row, -1)
    elif not Participation.objects.filter(pk=row.pk, state=State.PENDING).update(state=state):
        return False
    row.state = state
    audit(f"{row.action.kind}.leave", by=by, subject=row, state=state, reason=reason)
    return True


def count(row: Participation, n: int) -> None:
    """The deltas of one row. Level 0 is in no public count."""
    if row.level < 1:
        return
    keys = {
        "total": "",
        "level": str(row.level),
        "channel": row.channel,
        "area": row.area or UNKNOWN_AREA,
        **({"value": row.value} if row.value else {}),
    }
    CountDelta.objects.bulk_create(
        CountDelta(agency_id=row.agency_id, action=row.action, dimension=dimension, key=key, n=n)
        for dimension, key in keys.items()
    )


def drain() -> int:
    """Moves what deltas have gathered into the tallies; returns how many deltas. One worker calls it, and two would do
    no harm: a delta is deleted in the transaction that adds it."""
    with everywhere("count deltas"):
        agencies = list(CountDelta.objects.order_by().values_list("agency_id", flat=True).distinct())
    return sum(drain_agency(agency_id) for agency_id in agencies)


def drain_agency(agency_id: int) -> int:
    with scope(agency_id), transaction.atomic():
        deltas = list(CountDelta.objects.select_for_update(skip_locked=skips_locked()).order_by("id")[:DRAIN])
        sums: dict[tuple[int, str, str], int] = defaultdict(int)
        for delta in deltas:
            sums[delta.action_id, delta.dimension, delta.key] += delta.n
        for (action_id, dimension, key), n in sums.items():
            rows = Tally.objects.filter(action_id=action_id, dimension=dimension, key=key)
            if not rows.update(n=F("n") + n):
                Tally.objects.create(agency_id=agency_id, action_id=action_id, dimension=dimension, key=key, n=n)
        CountDelta.objects.filter(pk__in=[delta.pk for delta in deltas]).delete()
        publish(*(f"action:{action_id}" for action_id in {action_id for action_id, _d, _k in sums}))
        return len(deltas)


def skips_locked() -> bool:
    return connection.features.has_select_for_update_skip_locked


def expire_pending() -> int:
    """Pending rows whose grace is over leave; nobody had counted them."""
    with everywhere("pending participations"):
        old = Participation.objects.filter(state=State.PENDING, created__lt=timezone.now() - GRACE)
        rows = list(old.select_related("action")[:500])
    for row in rows:
        with scope(row.agency_id):
            leave(row, state=State.EXPIRED, by=SYSTEM)
    return len(rows)


def tallies(action: Action) -> dict[str, dict[str, int]]:
    """What pages read: {dimension: {key: n}}."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in Tally.objects.filter(action=action):
        found[row.dimension][row.key] = row.n
    return dict(found)


def totals(actions: list[Action]) -> dict[int, int]:
    """The public count of each action, in one query."""
    rows = Tally.objects.filter(action__in=actions, dimension="total").values_list("action_id", "n")
    return {action.pk: 0 for action in actions} | dict(rows)


def on_merge(*, kept: Contact, absorbed: Contact, undone: bool) -> None:
    """Two contacts are one person: where both had taken part, the earlier row stays, with the higher level, and the
    later is superseded. Undo leaves the counts as they are: a clerk reinstates by hand, with a reason."""
    if undone:
        return
    rows = Participation.objects.filter(contact__in=kept.family_ids(), state=State.COUNTED).select_related("action")
    first: dict[int, Participation] = {}
    for row in rows.order_by("id"):
        earlier = first.setdefault(row.action_id, row)
        if earlier is not row:
            leave(row, state=State.SUPERSEDED, by=SYSTEM, reason="merged")
            raise_level(earlier, row.level)


def raise_level(row: Participation, level: int) -> None:
    """A counted row is known better than before: it moves from one column of the breakdown to another."""
    if level > row.level:
        count(row, -1)
        row.level = level
        row.save(update_fields=["level"])
        count(row, +1)
