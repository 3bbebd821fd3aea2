"""Offer free units to the people on the waiting list, in order."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.contacts.models import Contact
from kesher.core.audit import SYSTEM, Actor
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrived_at
from kesher.core.templatetags.ui import deadline
from kesher.participation.deadlines import describe_lateness
from kesher.participation.services import end_participation
from kesher.purchases.models import Pledge, Purchase
from kesher.purchases.services.pledge_journal import (
    Standing,
    State,
    append_entry,
    find_pledge,
    lock_purchase,
    message_participant,
)


def next_turn(row: Purchase) -> int:
    """Return the number of the next turn at the end of the waiting list of the locked purchase."""
    return (Pledge.objects.of(row).aggregate(last=Max("turn"))["last"] or 0) + 1


def first_in_line(row: Purchase, free: int) -> Pledge | None:
    """Return the journal entry of the person who is next for ``free`` units, or None.

    That is the earliest turn of those who still miss some, except people who want all of theirs at once while there are
    fewer.
    """
    lines = Pledge.objects.of(row).current().filter(participation__state=State.COUNTED, turn__isnull=False)
    open_offer = ~Q(standing=Standing.OFFERED) | Q(until__gt=timezone.now())
    found = lines.filter(open_offer).select_related("participation").order_by("turn")
    return next((line for line in found if line.missing and (not line.whole or line.missing <= free)), None)


def offer_places(row: Purchase) -> int:
    """Offer free units to the people who wait, in order, and message them; return how many offers.

    What becomes free while an offer is out goes to the same person, until it is all that they want.
    """
    offered = 0
    now = timezone.now()
    while row.is_open and row.closes_at and now < row.closes_at and row.left:
        line = first_in_line(row, row.left)
        if line is None:
            break
        until = min(now + timedelta(hours=row.hold_hours), row.closes_at)
        has = line.quantity if line.standing != Standing.WAITING else 0
        secured = line.secured if line.standing == Standing.OFFERED else has
        more = has + min(line.missing, row.left)
        after = append_entry(
            row, line.participation, Standing.OFFERED, more, line.tolerance, wanted=line.wanted or line.quantity,
            until=until, reason="offer", by=SYSTEM, turn=line.turn, secured=secured, whole=line.whole,
        )  # fmt: skip
        message_participant(row, line.participation, partial(place_message, row, after))
        offered += 1
    return offered


def place_message(row: Purchase, line: Pledge) -> str:
    """Return the message to a person that units are reserved for them: how many and until when."""
    units = line.quantity - line.secured
    assert line.until is not None
    return kept_units_message(row, units, line.until, line.missing)


def kept_units_message(row: Purchase, units: int, until: datetime, missing: int) -> str:
    """Return the message that ``units`` are reserved for a person until a time."""
    words = ngettext(
        "A place is free for you: %(count)s unit. To take it, write: place %(code)s. It is kept until %(until)s.",
        "A place is free for you: %(count)s units. To take it, write: place %(code)s. It is kept until %(until)s.",
        units,
    )
    shown = deadline(until, "brief")
    first = words % {"count": units, "code": row.code, "until": shown}
    return f"{first} {still_waiting_notice(missing)}".strip()


def still_waiting_notice(missing: int) -> str:
    """Return the sentence that a person still waits for ``missing`` more units; "" for none."""
    if not missing:
        return ""
    words = ngettext("You stay in line for %(count)s more unit.", "You stay in line for %(count)s more units.", missing)
    return words % {"count": missing}


@transaction.atomic
def accept_pledge_place(purchase: Purchase, contact: Contact, *, by: Actor) -> Pledge:
    """Accept the units reserved for a person; their turn stays for what they still lack.

    Raise Refused where no place is kept for them (any more).
    """
    row = lock_purchase(purchase)
    line = get_offered_entry(row, contact)
    rest = line.missing > 0
    taken = append_entry(
        row, line.participation, Standing.IN, line.quantity, line.tolerance, reason="taken", by=by,
        wanted=line.wanted if rest else 0, turn=line.turn if rest else None,
    )  # fmt: skip
    offer_places(row)
    return taken


def get_offered_entry(row: Purchase, contact: Contact) -> Pledge:
    """Return the journal entry with units reserved for a person. Raise Refused where there is none."""
    line = find_pledge(row, contact.root())
    if line is None or line.standing != Standing.OFFERED or line.until is None or line.until <= arrived_at():
        ended = describe_lateness(line.until, row.agency.timezone) if line is not None else ""
        raise Refused(_("No place is kept for you now.") + ended, code="late")
    return line


@transaction.atomic
def decline_pledge_place(purchase: Purchase, contact: Contact, *, by: Actor) -> Pledge:
    """Decline the units reserved for a person, which go to the next in line.

    They wait until all that they miss is free at once. Raise Refused where no place is kept.
    """
    row = lock_purchase(purchase)
    line = get_offered_entry(row, contact)
    stands = Standing.IN if line.secured else Standing.WAITING
    waits = append_entry(
        row, line.participation, stands, line.secured or line.wanted, line.tolerance, reason="declined",
        by=by, wanted=line.wanted, turn=line.turn, whole=True,
    )  # fmt: skip
    offer_places(row)
    return waits


@transaction.atomic
def leave_pledge_line(purchase: Purchase, contact: Contact, *, by: Actor) -> bool:
    """End a person's waiting before the deadline; their units stay; return whether they waited."""
    row = lock_purchase(purchase)
    line = find_pledge(row, contact.root())
    if line is None or line.turn is None:
        return False
    take_off_waiting_list(row, line, reason="left_the_line", by=by)
    return True


def take_off_waiting_list(row: Purchase, line: Pledge, *, reason: str, by: Actor) -> Pledge:
    """End a person's waiting; their own units stay, and offered ones go to the next in line."""
    units = line.quantity if line.standing == Standing.IN else line.secured
    if not units:
        return give_up_entry(row, line, reason=reason, by=by)
    after = append_entry(row, line.participation, Standing.IN, units, line.tolerance, reason=reason, by=by)
    offer_places(row)
    return after


def give_up_entry(row: Purchase, line: Pledge, *, reason: str, by: Actor) -> Pledge:
    """Append an entry that gives up all of a person's units, and offer them to the next in line."""
    gone = append_entry(row, line.participation, Standing.OUT, 0, reason=reason, by=by)
    end_participation(line.participation, by=by, reason=reason)
    offer_freed_units(row)
    return gone


def offer_freed_units(row: Purchase) -> None:
    """Offer freed units to the people who wait, and end the filling of boxes once they are full."""
    offer_places(row)
    if row.is_filling and not row.outcome.lacks:
        row.filling_until = min(row.filling_until or timezone.now(), timezone.now())
        Purchase.objects.filter(pk=row.pk).update(filling_until=row.filling_until)


def off_the_list_message() -> str:
    """Return the message that a person is off the waiting list."""
    return _("You are off the waiting list.")


def place_expired_message() -> str:
    """Return the message to a person that units are not reserved for them any more."""
    return _("The place that was kept for you is not kept any more: the time to take it is over.")
