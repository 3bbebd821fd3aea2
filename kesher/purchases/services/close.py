"""Close a group purchase at its deadline: decide whether it takes place, the shares and the final price."""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.contacts.models import Contact
from kesher.conversations.deadlines import may_close
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.db.ids import code as number
from kesher.core.live.live_events import publish
from kesher.participation.models import Action
from kesher.participation.services import has_running_voiding
from kesher.purchases.allocation import Line, Wish, allot, service_order
from kesher.purchases.models import Allotment, Pledge, Purchase
from kesher.purchases.prices import money
from kesher.purchases.services.news import (
    announce_end,
    message_organiser,
    message_people,
    organiser_of,
    pledgers,
    record_step,
)
from kesher.purchases.services.pledge_journal import JOIN, has_unsettled_entries, lock_purchase, message_participant
from kesher.purchases.services.waiting_list import place_expired_message, take_off_waiting_list
from kesher.purchases.states import is_transition

State, Standing = Purchase.State, Pledge.Standing


def close_what_is_due(before: datetime | None = None) -> int:
    """Close the purchases whose pledging had ended by ``before`` (default now); return how many changed.

    A purchase waits while something that was sent in time is still on its way.
    """
    with everywhere("purchases whose time has come"):
        rows = list(Purchase.objects.due(before or timezone.now()).select_related("action")[:100])
    closed = 0
    for row in rows:
        with scope(row.agency_id):
            closed += close(row).state != row.state
    return closed


@transaction.atomic
def close(purchase: Purchase) -> Purchase:
    """Close a purchase whose time is over: it fails, waits for its last box to fill, or gives all a share.

    Below the minimum it fails. A box that was begun is filled first. Else everybody gets a share at the price that all
    reached.
    """
    row = lock_purchase(purchase)
    if not Purchase.objects.due(timezone.now()).filter(pk=row.pk).exists():
        return row
    assert row.ends_at is not None
    if not may_close(row.ends_at, *((JOIN, f"{row.code}:{wish}") for wish in ("pledge", "give_up"))):
        return row  # something sent in time is still on its way
    if has_running_voiding(row.pledging) or has_unsettled_entries(row):
        return row  # void pledges free their units first (`settle_places`); the next run closes
    for line in Pledge.objects.of(row).standing(Standing.OFFERED).select_related("participation"):
        take_off_waiting_list(row, line, reason="expired", by=SYSTEM)
        message_participant(row, line.participation, place_expired_message)
    outcome = row.outcome
    if row.state == State.OPEN and outcome.lacks and row.asked >= row.terms.minimum:
        row.filling_until = timezone.now() + timedelta(hours=row.filling_hours)
        return end_pledging(row, State.FILLING)
    if not outcome.comes:
        return end_pledging(row, State.FAILED)
    return close_with_shares(row)


def close_with_shares(row: Purchase) -> Purchase:
    """Store each person's share at the current price, and set the purchase to closed."""
    settle_shares(row, allocate_shares(row), row.outcome.price)
    return end_pledging(row, State.CLOSED)


def close_full(row: Purchase) -> Purchase:
    """Close a purchase at once when its last box is full, since no pledge may change any more.

    It waits for pledges that are being voided. The caller has locked the purchase.
    """
    outcome = row.outcome
    if (
        row.state != State.FILLING
        or outcome.lacks
        or not outcome.comes
        or has_running_voiding(row.pledging)
        or has_unsettled_entries(row)
    ):
        return row
    return close_with_shares(row)


def wishes_of(row: Purchase) -> list[Wish]:
    """Return each pledger's units and tolerance, as input of `allot`."""
    lines = Pledge.objects.of(row).standing(Standing.IN).select_related("participation").in_order()
    return [Wish(line.participation_id, line.participation.receipt, line.quantity, line.tolerance) for line in lines]


def journal_of(row: Purchase) -> list[Line]:
    """Return the pledge journal as input of `allot`, without units that only waited."""
    return [
        Line(line.participation_id, line.holds) for line in Pledge.objects.of(row).in_order().only("participation", "standing", "quantity")
    ]  # fmt: skip


def allocate_shares(row: Purchase) -> dict[int, int]:
    """Return {participation id: units} for a purchase that closes, by its tie rule."""
    return allot(wishes_of(row), journal_of(row), box=row.box, stock=row.stock, rule=row.tie, seed=row.seed)


def settle_shares(row: Purchase, shares: dict[int, int], price: int) -> None:
    """Store an Allotment for each pledger at the final price, and the waiting list after them.

    People who get nothing head the waiting list in the order of the tie rule; then come those who waited before.
    """
    row.allotted = sum(shares.values())
    row.price = price
    row.closed_at = timezone.now()
    wishes = wishes_of(row)
    order = list(dict.fromkeys(key for key, _units in service_order(wishes, journal_of(row), row.tie, row.seed)))
    lines = {line.participation_id: line for line in Pledge.objects.of(row).current().in_order()}
    in_line = sorted((line.turn, key) for key, line in lines.items() if line.turn is not None and shares.get(key, 1))
    waiting = [key for _turn, key in in_line if lines[key].standing == Standing.WAITING]
    first = [key for key in order if not shares.get(key)]
    turns = {key: turn for turn, key in enumerate([*first, *(key for _turn, key in in_line)], 1)}
    points = list(row.points.filter(is_active=True).values_list("pk", flat=True))
    only = points[0] if len(points) == 1 else None
    codes = new_pickup_codes(len(order) + len(waiting))
    Allotment.objects.bulk_create(
        Allotment(
            agency_id=row.agency_id,
            purchase=row,
            participation_id=key,
            place=place,
            wanted=max(lines[key].quantity, lines[key].wanted),
            turn=turns.get(key),
            whole=lines[key].whole,
            quantity=shares.get(key, 0),
            price=row.price,
            code=code,
            state=Allotment.State.HELD if shares.get(key) else Allotment.State.WAITING,
            point_id=lines[key].point_id if lines[key].point_id in points else only,
        )
        for (place, key), code in zip(enumerate([*order, *waiting], 1), codes, strict=True)
    )


def new_pickup_codes(count: int) -> list[str]:
    """Return ``count`` different random pick-up codes of six digits."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[number(6)] = None
    return list(found)


def end_pledging(row: Purchase, after: str) -> Purchase:
    """Set a purchase to the state after its deadline, and message everybody who takes part."""
    assert is_transition(row.state, "close", after)
    before, row.state = row.state, after
    row.save()
    Action.objects.filter(pk__in=[row.action_id, row.pledging_id]).update(is_open=after == State.FILLING)
    shown = after == State.CLOSED and row.tie == Purchase.Tie.LOTTERY
    numbers = {"taken": row.taken, "allotted": row.allotted, "price": row.price, "seed": row.seed if shown else ""}
    record_step(row, "close", before=before, after=after, data=numbers)
    audit("purchases.close", by=SYSTEM, subject=row, before=before, after=after, taken=row.taken, price=row.price)
    publish(row.action.stream)
    people = pledgers(row)
    if row.state == State.CLOSED:
        message_organiser(row, lambda: order_message(row))
    else:  # the organiser gets the same message, joined or not
        people = Contact.objects.filter(Q(pk__in=people.values("pk")) | Q(pk__in=organiser_of(row).values("pk")))
    message_people(people, row, lambda: closing_message(row))
    announce_end(row)
    return row


def order_message(row: Purchase) -> str:
    """Return the message to the organiser: how many units to order at what price, and from whom."""
    words = ngettext(
        "Pledging is over: %(count)s unit at %(price)s each is to be ordered from %(seller)s. When people collect it is set on your own page.",
        "Pledging is over: %(count)s units at %(price)s each are to be ordered from %(seller)s. When people collect them is set on your own page.",
        row.allotted,
    )
    seller = row.offer.seller if row.offer is not None else ""
    return words % {"count": row.allotted, "price": money(row.price or 0), "seller": seller}


def closing_message(row: Purchase) -> str:
    """Return the message to members that pledging is over, and with what result."""
    known = {"code": row.code, "minimum": row.terms.minimum, "taken": row.asked}
    if row.state == State.FAILED:
        words = _(
            "The purchase did not come about: the minimum is %(minimum)s units, and %(taken)s were pledged. You owe nothing."
        )
        return words % known
    if row.state == State.FILLING:
        lacks = row.outcome.lacks
        words = ngettext(
            "The deadline is over. %(count)s unit is missing to fill the last box. Could you take one more? Write: buy %(code)s",
            "The deadline is over. %(count)s units are missing to fill the last box. Could you take more? Write: buy %(code)s",
            lacks,
        )
        return words % {"count": lacks, "code": row.code}
    words = _(
        "The purchase is closed at its final price: %(price)s each. To see your share, write: my purchase %(code)s"
    )
    return words % {"price": money(row.price or 0), "code": row.code}
