"""Append an entry to the journal of pledges; a person's last entry holds and moves their units."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from kesher.contacts.models import Contact, Identity
from kesher.core.audit import Actor, audit
from kesher.core.live.live_events import publish
from kesher.participation.models import Participation
from kesher.participation.services import find_participation
from kesher.purchases.models import PickupPoint, Pledge, Purchase
from kesher.purchases.models.pledges import PledgeQuerySet
from kesher.purchases.services.news import message_people

Standing = Pledge.Standing
State = Participation.State
GONE = "gone"
JOIN = "purchase"  # the purpose of codes


def lock_purchase(purchase: Purchase) -> Purchase:
    """Return the purchase reloaded, and locked until the transaction ends.

    NO KEY: a pledge that is being written elsewhere points here, and need not wait.
    """
    return Purchase.objects.with_page().select_for_update(of=("self",), no_key=True).get(pk=purchase.pk)


def person_actor(identity: Identity, door: str) -> Actor:
    """Return the owner of an address as the actor, for the audit."""
    return Actor("contact", identity.contact.root().pk, door)


def find_entry(participation: Participation) -> Pledge | None:
    """Return the latest entry of a participation in the pledge journal; None where it has none."""
    return Pledge.objects.filter(participation=participation).order_by("-number").first()


def find_pledge(purchase: Purchase, contact: Contact) -> Pledge | None:
    """Return a person's latest entry in the pledge journal; None where they have no pledge."""
    row = find_participation(purchase.pledging, contact)
    if row is None or row.state != State.COUNTED:
        return None
    line = find_entry(row)
    return line if line is not None and line.standing != Standing.OUT else None


def message_participant(
    row: Purchase, participation: Participation, make: Callable[[], str], secrets: Collection[str] = ()
) -> None:
    """Queue a message about a purchase to the person of a participation."""
    message_people(Contact.objects.filter(pk=participation.contact_id), row, make, secrets=secrets)


def append_entry(
    row: Purchase,
    participation: Participation,
    stands: str,
    quantity: int,
    tolerance: int = 0,
    *,
    reason: str,
    by: Actor,
    wanted: int = 0,
    point: PickupPoint | None = None,
    until: datetime | None = None,
    turn: int | None = None,
    secured: int = 0,
    whole: bool = False,
) -> Pledge:
    """Append a person's next entry to the pledge journal, and update the sums of the locked purchase."""
    before = find_entry(participation)
    named = point.pk if point else before.point_id if before else None
    line = Pledge(
        agency_id=row.agency_id,
        purchase=row,
        participation=participation,
        number=before.number + 1 if before else 1,
        standing=stands,
        quantity=quantity,
        tolerance=tolerance,
        wanted=wanted,
        # The place may have been removed meanwhile.
        point=PickupPoint.objects.filter(purchase=row, is_active=True, pk=named).first() if named else None,
        until=until,
        turn=turn,
        secured=secured,
        whole=whole,
        door=by.door,
        reason=reason,
    )
    line.change = line.holds - (before.holds if before else 0)
    move_units(row, line, before)
    line.save(force_insert=True)
    audit("purchases.pledge", by=by, subject=line, standing=stands, quantity=quantity, reason=reason)
    publish(row.action.stream)
    return line


def move_units(row: Purchase, line: Pledge, before: Pledge | None) -> None:
    """Update the purchase's sums of units after a journal entry replaced the one ``before``."""
    was, now = before.stands_for if before else (0, 0), line.stands_for
    asked, spare = now[0] - was[0], now[1] - was[1]
    if line.change or asked or spare:
        Purchase.objects.filter(pk=row.pk).update(
            taken=F("taken") + line.change, asked=F("asked") + asked, spare=F("spare") + spare, changed=timezone.now()
        )
        row.taken, row.asked, row.spare = row.taken + line.change, row.asked + asked, row.spare + spare


def find_unsettled_entries(lines: PledgeQuerySet) -> tuple[PledgeQuerySet, PledgeQuerySet]:
    """Return current entries of people who no longer count, and dropped ones of people who do again."""
    gone = lines.exclude(standing=Standing.OUT).exclude(participation__state__in=[State.COUNTED, State.PENDING])
    return gone, lines.filter(standing=Standing.OUT, reason=GONE, participation__state=State.COUNTED)


def has_unsettled_entries(row: Purchase) -> bool:
    """Return whether a person was voided or restored, and `settle_places` has not handled it yet."""
    return any(lines.exists() for lines in find_unsettled_entries(Pledge.objects.of(row).current()))
