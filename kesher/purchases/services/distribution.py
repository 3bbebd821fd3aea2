"""Choose pick-up times, record what was collected, and pass uncollected shares to the next in line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.contacts.models import Contact
from kesher.contacts.service_caller import Call
from kesher.conversations.deadlines import may_close
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrived_at
from kesher.core.live.live_events import publish
from kesher.participation.deadlines import describe_lateness
from kesher.participation.services import find_participation
from kesher.purchases.consumer_rights import SILENT_DOORS
from kesher.purchases.models import Allotment, PickupSlot, Pledge, Purchase
from kesher.purchases.services.news import message_people
from kesher.purchases.services.pledge_journal import find_pledge, lock_purchase, message_participant
from kesher.purchases.services.pledges import give_up_pledge
from kesher.purchases.services.waiting_list import (
    accept_pledge_place,
    decline_pledge_place,
    kept_units_message,
    leave_pledge_line,
    off_the_list_message,
    place_expired_message,
)

Share = Allotment.State
SETTLED = (Purchase.State.CLOSED, Purchase.State.CONFIRMED)
ORDERED = (Purchase.State.CONFIRMED, Purchase.State.FULFILLED)
WAITED = {"waiting": "line", "offered": "place"}  # what was given up, where units were not yet the person's


def find_share(purchase: Purchase, contact: Contact) -> Allotment | None:
    """Return the share that a person was allotted at the deadline; None where they have none."""
    row = find_participation(purchase.pledging, contact)
    found = Allotment.objects.filter(participation=row).select_related("point", "slot__point") if row else None
    return found.first() if found is not None else None


@transaction.atomic
def choose_slot(share: Allotment, slot: PickupSlot, *, by: Actor) -> Allotment:
    """Set the pick-up time of a share. Raise Refused where that time is full, over or removed."""
    row = lock_purchase(share.purchase)
    share.refresh_from_db(fields=["state", "slot"])
    if row.state not in SETTLED or share.state != Share.HELD:
        raise Refused(_("No pick-up time can be chosen now."))
    slot = reload_slot(row, slot)
    taken = slot.allotments.filter(state__in=[Share.HELD, Share.COLLECTED]).exclude(pk=share.pk).count()
    if taken >= slot.places or slot.ends <= arrived_at():
        raise Refused(_("This time is full. Please choose another."), code="full")
    share.slot, share.point = slot, slot.point
    share.save(update_fields=["slot", "point"])
    audit("purchases.choose_slot", by=by, subject=share, slot=slot.pk)
    publish(row.action.stream)
    return share


def reload_slot(row: Purchase, slot: PickupSlot) -> PickupSlot:
    """Return a pick-up time reloaded from the database. Raise Refused where it was removed."""
    found = PickupSlot.objects.select_related("point").filter(point__purchase=row, point__is_active=True, pk=slot.pk)
    if (now := found.first()) is None:
        raise Refused(_("There is no such pick-up time here."), code="slot")
    return now


@dataclass(frozen=True, slots=True)
class Collected:
    """The result for pick-up codes: which were marked, which had been already, and which are unknown."""

    done: tuple[str, ...]
    twice: tuple[str, ...]
    unknown: tuple[str, ...]


@transaction.atomic
def mark_collected(
    purchase: Purchase,
    codes: Iterable[str],
    *,
    back: bool = False,
    staff: Staff | None = None,
    by: Actor | None = None,
) -> Collected:
    """Mark shares as collected by their pick-up codes; return which codes were done, repeated or unknown.

    ``back``: they were not collected after all, since a code was mistyped. Raise Refused where nothing was ordered.
    """
    if lock_purchase(purchase).state not in ORDERED:
        raise Refused(_("This cannot be done with the purchase now. Reload the page to see where it stands."))
    before, after = (Share.COLLECTED, Share.HELD) if back else (Share.HELD, Share.COLLECTED)
    now, who = (None, None) if back else (timezone.now(), staff)
    done, twice, unknown = [], [], []
    for code in dict.fromkeys(codes):
        share = Allotment.objects.filter(purchase=purchase, code=code).first()
        if share is not None and share.state == Share.OFFERED and share.secured:
            end_waiting(purchase, share, by=by or staff_actor(staff), reason="collected")  # they collect what is theirs
        if share is None or share.state not in (Share.HELD, Share.COLLECTED):
            unknown.append(code)
            continue
        mine = Allotment.objects.filter(pk=share.pk, state=before)
        if not mine.update(state=after, collected_at=now, collected_by=who):
            twice.append(code)
            continue
        done.append(code)
        audit("purchases.uncollect" if back else "purchases.collect", by=by or staff_actor(staff), subject=share)
    publish(purchase.action.stream)
    return Collected(tuple(done), tuple(twice), tuple(unknown))


@transaction.atomic
def give_up_share(share: Allotment, *, by: Actor) -> Allotment:
    """Give up a share, so that the next on the waiting list gets it, or leave that list, after the deadline.

    Raise Refused where nobody waits for it, unless it is less than was wanted: then it is between buyer and seller.
    """
    row = lock_purchase(share.purchase)
    share.refresh_from_db(fields=["state", "quantity"])
    check_may_pass_on(row, share)
    waited = share.state == Share.WAITING
    take_back_share(row, share, by=by, reason="given_up")
    if by.door in SILENT_DOORS:
        words = off_the_list_message if waited else passed_on_message
        message_people(Contact.objects.filter(pk=share.participation.contact_id), row, words)
    return share


def passed_on_message() -> str:
    """Return the message that a share was given up and goes to the next in line."""
    return _("Your share goes to the next in line.")


def check_may_pass_on(row: Purchase, share: Allotment) -> None:
    """Raise Refused where this share cannot be given up; views ask before they let people confirm."""
    if not may_pass_on(row, share):
        raise Refused(_("Nobody waits for this share. Please cancel with the seller; your rights stand on the page."))


def may_pass_on(row: Purchase, share: Allotment) -> bool:
    """Return whether this share, or its turn on the waiting list, may be given up now."""
    if share.state == Share.WAITING:
        return True
    if row.state not in SETTLED or share.state not in (Share.HELD, Share.OFFERED):
        return False
    return share.state == Share.OFFERED or share.quantity < share.wanted or next_in_line(row) is not None


def stands_in_line(purchase: Purchase, contact: Contact) -> bool:
    """Return whether a person is on the waiting list, before the deadline or after it."""
    if share := find_share(purchase, contact):
        return share.state == Share.WAITING
    line = find_pledge(purchase, contact)
    return line is not None and line.standing == Pledge.Standing.WAITING


def withdraw_pledge(purchase: Purchase, call: Call) -> str:
    """Give up what a person has in a purchase: a pledge, share, reserved place or turn on the waiting list.

    Return what it was: "pledge", "share", "place" (one that was kept for them), "line", or "" for nothing. Raise
    Refused where it is too late.
    """
    contact = call.person()
    by = call.actor(contact)
    share = find_share(purchase, contact)
    if share is not None:
        what = "" if share.state == Share.GIVEN_UP else WAITED.get(share.state, "share")
        if what:
            give_up_share(share, by=by)
        return what
    line = find_pledge(purchase, contact)
    if line is None or not give_up_pledge(purchase, contact, by=by):
        return ""
    return "pledge" if line.secured else WAITED.get(line.standing, "pledge")


def accept_place(purchase: Purchase, call: Call) -> int:
    """Accept the units reserved for a person, before or after the deadline; return how many they have.

    Raise Refused where no place is kept for them (any more).
    """
    contact = call.person()
    share, by = find_share(purchase, contact), call.actor(contact)
    if share is not None:
        return accept_share(share, by=by).quantity
    return accept_pledge_place(purchase, contact, by=by).quantity


def decline_place(purchase: Purchase, call: Call) -> None:
    """Decline the units reserved for a person, which go to the next in line.

    The person waits until all units that they miss are free at once. Raise Refused where no place is kept for them.
    """
    contact = call.person()
    share, by = find_share(purchase, contact), call.actor(contact)
    if share is None:
        decline_pledge_place(purchase, contact, by=by)
        return
    row = lock_kept_share(share)
    share.until, share.whole = None, True
    resize_share(row, share, share.secured, Share.HELD if share.secured else Share.WAITING)
    audit("purchases.decline_share", by=by, subject=share)
    offer_shares(row)
    publish(row.action.stream)


def leave_waiting_list(purchase: Purchase, call: Call) -> bool:
    """End a person's waiting; units that they have stay theirs; return whether they waited."""
    contact = call.person()
    share, by = find_share(purchase, contact), call.actor(contact)
    if share is None:
        return leave_pledge_line(purchase, contact, by=by)
    if share.turn is None:
        return False
    end_waiting(purchase, share, by=by, reason="left_the_line")
    return True


def end_waiting(purchase: Purchase, share: Allotment, *, by: Actor, reason: str) -> None:
    """End the waiting of a share's person; units offered in addition go to the next in line."""
    row = lock_purchase(purchase)
    has = share.quantity if share.state in (Share.HELD, Share.COLLECTED) else share.secured
    if not has:
        take_back_share(row, share, by=by, reason=reason)
        return
    share.turn, share.until, share.secured = None, None, 0
    resize_share(row, share, has, share.state if share.state == Share.COLLECTED else Share.HELD)
    audit("purchases.leave_line", by=by, subject=share, reason=reason)
    offer_shares(row)
    publish(row.action.stream)


def take_back_share(row: Purchase, share: Allotment, *, by: Actor, reason: str) -> None:
    """Set a share to given up, and offer its units to the next in line."""
    share.turn, share.secured = None, 0
    resize_share(row, share, 0, Share.GIVEN_UP)
    audit("purchases.give_up_share", by=by, subject=share, reason=reason)
    offer_shares(row)
    publish(row.action.stream)


def resize_share(row: Purchase, share: Allotment, quantity: int, state: str) -> None:
    """Set a share's units and state, and update the purchase's sum of allotted units."""
    moved = quantity - share.quantity
    Purchase.objects.filter(pk=row.pk).update(allotted=F("allotted") + moved)
    row.allotted += moved
    share.quantity, share.state = quantity, state
    share.save(update_fields=["quantity", "state", "until", "turn", "secured", "whole"])


def next_in_line(row: Purchase, free: int = 1) -> Allotment | None:
    """Return the share of the person who is next on the waiting list for ``free`` units, or None.

    That is the earliest turn of those who still miss some, and would take so few.
    """
    lines = Allotment.objects.filter(purchase=row, turn__isnull=False).select_related("participation")
    over = Q(state=Share.OFFERED, until__lte=timezone.now())
    return next(
        (
            share
            for share in lines.exclude(over).exclude(state=Share.COLLECTED).order_by("turn")
            if share.missing and (not share.whole or share.missing <= free)
        ),
        None,
    )


def ordered_units(row: Purchase) -> int:
    """Return how many units were allotted when the purchase closed, which are ordered from the seller."""
    step = row.steps.filter(verb="close", after=Purchase.State.CLOSED).first()
    return int(step.data["allotted"]) if step else row.allotted


def offer_shares(row: Purchase) -> None:
    """Offer units that were given up to the people who wait, in order."""
    while (
        row.state in SETTLED and (left := ordered_units(row) - row.allotted) > 0 and (share := next_in_line(row, left))
    ):
        share.until = timezone.now() + timedelta(hours=row.hold_hours)
        share.secured = share.quantity if share.state == Share.HELD else share.secured
        resize_share(row, share, share.quantity + min(share.missing, left), Share.OFFERED)
        audit("purchases.offer_share", by=SYSTEM, subject=share)
        announce_kept_units(row, share)


def announce_kept_units(row: Purchase, share: Allotment) -> None:
    """Message a person that units are reserved for them until a time."""
    units, until, missing = share.quantity - share.secured, share.until, share.missing
    assert until is not None
    people = Contact.objects.filter(pk=share.participation.contact_id)
    message_people(people, row, lambda: kept_units_message(row, units, until, missing))


def lock_kept_share(share: Allotment) -> Purchase:
    """Lock a share's purchase and return it. Raise Refused where no units are reserved on the share."""
    row = lock_purchase(share.purchase)
    share.refresh_from_db(fields=["state", "until", "quantity", "turn", "secured", "whole"])
    kept = share.state == Share.OFFERED and share.until is not None and share.until > arrived_at()
    if row.state not in SETTLED or not kept:
        raise Refused(
            _("No place is kept for you now.") + describe_lateness(share.until, row.agency.timezone), code="late"
        )
    return row


@transaction.atomic
def accept_share(share: Allotment, *, by: Actor) -> Allotment:
    """Accept the units reserved for a person's share; their turn stays for what they still lack.

    Raise Refused where they are not kept for them (any more).
    """
    row = lock_kept_share(share)
    share.turn, share.until, share.secured = (share.turn if share.missing else None), None, 0
    resize_share(row, share, share.quantity, Share.HELD)
    audit("purchases.take_share", by=by, subject=share)
    publish(row.action.stream)
    return share


def call_off_shares(row: Purchase) -> None:
    """Give up all waiting and offered shares of a cancelled purchase, which the caller has locked."""
    shares = Allotment.objects.filter(purchase=row, state__in=[Share.WAITING, Share.OFFERED])
    row.allotted -= shares.aggregate(units=Sum("quantity"))["units"] or 0
    row.save(update_fields=["allotted"])
    shares.update(state=Share.GIVEN_UP, quantity=0, until=None, turn=None, secured=0)


def settle_offered_shares(before: datetime | None = None) -> int:
    """Offer units that were not accepted by ``before`` (default now) to the next; return how many."""
    with everywhere("shares of purchases"):
        over = Allotment.objects.filter(state=Share.OFFERED, until__lte=before or timezone.now())
        rows = list(over.select_related("purchase", "participation")[:200])
    for share in rows:
        with scope(share.agency_id), transaction.atomic():
            row = lock_purchase(share.purchase)
            share.refresh_from_db(fields=["state", "quantity", "until", "turn", "secured"])
            if share.state == Share.OFFERED and share.until and may_close(share.until):
                end_waiting(row, share, by=SYSTEM, reason="expired")
                message_participant(row, share.participation, place_expired_message)
    return len(rows)
