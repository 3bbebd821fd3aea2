"""Take part once a person (sign, vote, pledge), and withdraw again."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from copy import copy
from datetime import timedelta
from functools import wraps
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.contacts.models import Contact, Identity
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.db.ids import token
from kesher.core.db.literal_sql_condition import LiteralCondition
from kesher.core.db.prepared_query import insert
from kesher.core.errors import Refused
from kesher.participation.models import HELD, Action, Participation, Voiding
from kesher.participation.services.tallies import add_delta, add_deltas

State = Participation.State
STANDING = (State.PENDING, State.COUNTED)
GONE = (State.WITHDRAWN, State.VOID, State.SUPERSEDED, State.EXPIRED)
GRACE = timedelta(hours=24)
AGAIN = b"again:"
UNCOUNTED = frozenset({"name", "show_name"})  # columns that no tally counts


def person_key(action: Action, identity: Identity) -> bytes:
    """Return the key by which a person counts once in an action: an HMAC of action and address.

    The action's own secret is the key, so keys of two actions cannot be compared.
    """
    key = f"{settings.SECRET_KEY}:{action.secret}".encode()
    return hmac.digest(key, f"{identity.scheme}:{identity.address}".encode(), sha256)


def find_participation(action: Action, contact: Contact) -> Participation | None:
    """Return this person's participation in an action: the one that counts, else a pending one, else None.

    All contacts that were merged with this one are searched.
    """
    return participations_of(action, contact).filter(state__in=STANDING).order_by("state", "id").first()


def participations_of(action: Action, contact: Contact) -> QuerySet[Participation]:
    """Return all participations of a person in an action, under any of their merged contacts.

    The sum in the query keeps SQLite, which has no row statistics, from scanning the whole action: no index fits a sum,
    so it uses the contact's.
    """
    rows = Participation.objects.alias(here=F("action_id") + 0)
    return rows.filter(here=action.pk, contact__in=contact.family_ids())


def find_active_and_barred(action: Action, contact: Contact) -> tuple[Participation | None, Participation | None]:
    """Return (the person's row that `find_participation` finds, their row voided with many others).

    Each may be None. A person with a barred row is not counted anew.
    """
    rows = participations_of(action, contact).filter(HELD)
    found = list(rows.select_related("voiding").order_by("state", "id"))
    stands = next((row for row in found if row.state != State.VOID), None)
    return stands, next((row for row in found if row.state == State.VOID), None)


def rejoin(barred: Participation, level: int, *, by: Actor) -> Participation:
    """Count again, and return, a row voided with many others, if that voiding is being reversed.

    Raise Refused while the voiding stands: staff then look at the single row (`count_again`).
    """
    if barred.voiding is None or barred.voiding.state != Voiding.State.REVERSING:
        words = _(
            "What came from you was taken out of the count, together with much that looked alike. Was it really you? "
            "Then write to us with this number, and we look at it: %(receipt)s"
        )
        raise Refused(words % {"receipt": barred.receipt}, code="voided")
    if not reinstate(barred, by=by, reason="voiding reversed"):
        barred.refresh_from_db()  # a concurrent request was first
    if level > barred.level:
        raise_level(barred, level)
    return barred


def retry_on_conflict[**P, R](verb: Callable[P, R]) -> Callable[P, R]:
    """Return a function that runs ``verb`` in a transaction, and once more after an IntegrityError.

    The second run finds the row that the concurrent request wrote. Inside another transaction this is a savepoint.
    """

    @wraps(verb)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        """Run ``verb`` in a transaction, and once more after an IntegrityError."""
        try:
            with transaction.atomic():
                return verb(*args, **kwargs)
        except IntegrityError:
            with transaction.atomic():
                return verb(*args, **kwargs)

    return tried


def add_participation(
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
    net: str = "",
    alone: bool = False,
    confirm_in: str = "",
) -> tuple[Participation, bool]:
    """Create a participation as `take_part` does, for callers that have their own `retry_on_conflict`.

    There is no savepoint here. Raise IntegrityError where a concurrent request was first. ``alone``: no contact was
    merged with this one, so the constraints see all of the person's rows and the look-up is skipped; callers pass it on
    their first try only. ``confirm_in``: see `add_delta`.
    """
    contact = identity.contact.root()
    found, barred = (None, None) if alone else find_active_and_barred(action, contact)
    if found is not None:
        if found.state == State.PENDING and not pending:
            return confirm_participation(found, level=level, by=by, confirm_in=confirm_in), True
        if not pending and level > found.level:
            raise_level(found, level, own=identity.contact_id == found.contact_id)
        return found, False
    if barred is not None and not pending:
        return rejoin(barred, level, by=by), False
    key = person_key(action, identity)
    if not alone:
        key = claim_person_key(action, key, contact, pending=pending)
    row = Participation(
        agency_id=action.agency_id,
        action=action,
        contact=contact,
        identity=identity,
        person_key=key,
        receipt=token(8),
        level=level,
        channel=channel,
        area=area,
        value=value,
        name=name,
        show_name=show_name,
        state=State.PENDING if pending else State.COUNTED,
        confirmed=None if pending else timezone.now(),
        net=net,
    )
    insert(row)
    if not pending:
        add_delta(row, +1, fresh=True, confirm_in=confirm_in)
    # A pending row by the person themselves needs no audit line; its confirmation has one.
    if not pending or by.kind != "contact":
        audit(f"{action.kind}.take_part", by=by, subject=row, level=level, pending=pending)
    return row, True


def claim_person_key(action: Action, key: bytes, contact: Contact, *, pending: bool = False) -> bytes:
    """Return the person key to store in a new row, after freeing it where another person's row holds it.

    An address may have changed hands: the earlier owner's row then stays theirs under a new key, and the new owner may
    take part.

    Of an erased person it is unknown whether the same person returns, so such an address counts once: the erased row is
    superseded as soon as the new one counts. A pending row changes nothing, since anybody may type any address; it
    waits under a provisional key. A pending row of a person whose row was voided with many others waits so, too. Raise
    Refused where the erased person's row was voided: erasure is no way back into the count.
    """
    rows = Participation.objects.filter(LiteralCondition(HELD), action=action, person_key=key)
    for row in rows.select_related("action", "contact__merged_into", "voiding"):
        own, erased = row.contact.root() == contact, row.contact.status == Contact.Status.ERASED
        if pending and (erased or (own and row.state == State.VOID)):
            return AGAIN + key[: 32 - len(AGAIN)]
        if own:
            continue
        if erased:
            row = row if row.state != State.VOID else rejoin(row, 0, by=SYSTEM)
            end_participation(row, state=State.SUPERSEDED, by=SYSTEM, reason="erased, and came again")
        else:
            alone = person_key(action, Identity(scheme="row", address=str(row.pk)))
            Participation.objects.filter(pk=row.pk).update(person_key=alone)
            audit(f"{action.kind}.part_from", by=SYSTEM, subject=row)
    return key


@retry_on_conflict
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
    net: str = "",
) -> tuple[Participation, bool]:
    """Record that a person takes part in an action; return (participation, whether it is new).

    A pending row that is now proved is confirmed. A counted row that is now proved better counts at the better level.
    Of two requests at once one row remains: the constraint decides.
    """
    return add_participation(
        action,
        identity,
        level=level,
        channel=channel,
        by=by,
        area=area,
        value=value,
        name=name,
        show_name=show_name,
        pending=pending,
        net=net,
    )


@transaction.atomic
def confirm_participation(row: Participation, *, level: int, by: Actor, confirm_in: str = "") -> Participation:
    """Count a pending participation, now that its address was proved, and return the one that counts.

    Where the person counts already under another address, that row stays, with the higher level, and is returned. Raise
    Refused for the reason that `rejoin` gives.
    """
    mine, barred = find_active_and_barred(row.action, row.contact)
    if mine is not None and mine.pk != row.pk and mine.state == State.COUNTED:
        if end_participation(row, state=State.SUPERSEDED, by=by, reason="counted already"):
            raise_level(mine, level)
        return mine
    if barred is not None:
        return rejoin(barred, level, by=by)
    changed = Participation.objects.filter(pk=row.pk, state=State.PENDING).update(
        state=State.COUNTED, level=level, confirmed=timezone.now(), **restore_person_key(row)
    )
    row.refresh_from_db()
    if changed:
        add_delta(row, +1, fresh=True, confirm_in=confirm_in)
        audit(f"{row.action.kind}.confirm", by=by, subject=row, level=level)
    return row


def restore_person_key(row: Participation) -> dict[str, bytes]:
    """Return the column update that gives a pending row its real person key; {} where it has it."""
    if not bytes(row.person_key).startswith(AGAIN) or row.identity is None or lock_row(row).state != State.PENDING:
        return {}
    key = person_key(row.action, row.identity)
    return {"person_key": claim_person_key(row.action, key, row.contact.root())}


@transaction.atomic
def end_participation(row: Participation, *, state: str = State.WITHDRAWN, by: Actor, reason: str = "") -> bool:
    """Stop counting a participation, and set its state; return False where it had stopped already."""
    now = lock_row(row)
    if now.state not in STANDING:
        return False
    Participation.objects.filter(pk=row.pk).update(state=state)
    if now.state == State.COUNTED:
        add_delta(now, -1)
    row.state = state
    audit(f"{row.action.kind}.leave", by=by, subject=row, state=state, reason=reason)
    return True


def withdraw_participation(action: Action, contact: Contact, *, by: Actor) -> bool:
    """Withdraw a person's participation, under any of their addresses; return False where there is none.

    They may take part again.
    """
    row = find_participation(action, contact.root())
    return row is not None and end_participation(row, by=by, reason="asked")


@transaction.atomic
def reinstate(row: Participation, *, by: Actor, reason: str = "") -> bool:
    """Count a void, withdrawn or superseded participation again; return False where it may not.

    Return False where it counts or is pending, or where the person has another counted row by now. A pending row of the
    person is superseded.
    """
    lock_row(row)  # before the pending one: the order of a voiding's reversal, against deadlocks
    mine = find_participation(row.action, row.contact)
    if mine is not None and (mine.state == State.COUNTED or mine.pk == row.pk):
        return False
    back = Participation.objects.filter(pk=row.pk).exclude(state__in=STANDING)
    try:
        with transaction.atomic():
            if mine is not None:
                end_participation(mine, state=State.SUPERSEDED, by=by, reason="counted again")
            if not back.update(state=State.COUNTED, superseded_by=None, voiding=None):
                return False
    except IntegrityError:
        return False
    row.refresh_from_db()
    add_delta(row, +1)
    audit(f"{row.action.kind}.reinstate", by=by, subject=row, reason=reason)
    return True


@transaction.atomic
def raise_level(row: Participation, level: int, *, own: bool = True) -> None:
    """Raise the level of proof of a counted participation, and move it in the tallies by level.

    ``own`` False: the proof came from a merged contact's address, so undoing the merge takes it back.
    """
    now = lock_row(row)
    if level > now.level:
        alone = now.level if now.own_level is None else now.own_level
        kept = alone if not own else None if now.own_level is None else level
        change_counted_row(now, level=level, own_level=kept)
    row.level = max(level, now.level)


@transaction.atomic
def change_values(values: Mapping[int, str]) -> int:
    """Change what participations choose, given {id: keys separated by blanks}; return how many were found.

    For a changed vote, or for two options that were merged.
    """
    rows = list(Participation.objects.select_for_update(no_key=True).filter(pk__in=values).exclude(state__in=GONE))
    changes = []
    for row in rows:
        before, row.value = copy(row), values[row.pk]
        if row.state == State.COUNTED and before.value != row.value:
            changes += [(before, -1), (row, +1)]
    Participation.objects.bulk_update(rows, ["value"], batch_size=500)
    add_deltas(changes)
    return len(rows)


@transaction.atomic
def change_details(row: Participation, *, by: Actor, **after: object) -> Participation:
    """Change the area or the shown name of a participation that counts, and return it as it is then.

    How many people count stays the same; of an area, the tallies by area move. Raise Refused where it counts no more.
    """
    now = lock_row(row)
    if now.state != State.COUNTED:
        raise Refused(_("This does not count any more, so nothing was changed."))
    change_counted_row(now, **after)
    audit(f"{row.action.kind}.change_details", by=by, subject=row, changed=sorted(after))
    return now


def lock_row(row: Participation) -> Participation:
    """Lock a participation until the transaction ends, and return it as it is now."""
    return Participation.objects.select_for_update(no_key=True).get(pk=row.pk)


def change_counted_row(row: Participation, **after: object) -> None:
    """Change columns of a locked row that counts, and write the tallies' deltas for the difference."""
    before = copy(row)
    for name, value in after.items():
        setattr(row, name, value)
    Participation.objects.filter(pk=row.pk).update(**after)
    if row.state == State.COUNTED and not after.keys() <= UNCOUNTED:
        add_deltas([(before, -1), (row, +1)])


def expire_pending() -> int:
    """Expire a batch of pending participations that were not confirmed in time; return how many.

    They were not counted.
    """
    with everywhere("pending participations"):
        old = Participation.objects.filter(state=State.PENDING, created__lt=timezone.now() - GRACE)
        rows = list(old.select_related("action")[:500])
    for row in rows:
        with scope(row.agency_id):
            end_participation(row, state=State.EXPIRED, by=SYSTEM)
    return len(rows)
