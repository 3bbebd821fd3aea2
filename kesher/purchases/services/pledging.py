"""Pledging: how much somebody takes, changed and given up until the deadline; and who waits for a place.

Every verb locks the purchase first, so that two people never get the same last unit; and the database would refuse it
too (`purchase_never_oversold`). What is written is a line of the journal; the last line of a person holds.
"""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.here import absolute
from kesher.contacts.models import Contact, Identity
from kesher.conversations.deadlines import may_close
from kesher.core.arrival import arrived_at
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.errors import Refused
from kesher.core.live import publish
from kesher.core.scope import everywhere, scope
from kesher.participation.deadlines import late
from kesher.participation.models import Participation
from kesher.participation.services import leave, standing, take_part
from kesher.purchases.allotting import helps
from kesher.purchases.keys import own_path
from kesher.purchases.models import PickupPoint, Pledge, Purchase
from kesher.purchases.models.pledges import PledgeQuerySet
from kesher.purchases.rights import SILENT_DOORS
from kesher.purchases.rules import may_pledge, too_late
from kesher.purchases.services.news import tell

Standing = Pledge.Standing
State = Participation.State
GONE = "gone"


@dataclass(frozen=True, slots=True)
class Pledged:
    """What became of a wish: the line that holds now, and the purchase with its new numbers."""

    purchase: Purchase
    line: Pledge
    new: bool


def locked(purchase: Purchase) -> Purchase:
    """The row as it is now, kept from others until the transaction ends. NO KEY: a pledge that is being written
    elsewhere points here and need not wait for that."""
    return Purchase.objects.with_page().select_for_update(of=("self",), no_key=True).get(pk=purchase.pk)


def person(identity: Identity, door: str) -> Actor:
    return Actor("contact", identity.contact.root().pk, door)


def line_of(participation: Participation) -> Pledge | None:
    return Pledge.objects.filter(participation=participation).order_by("-number").first()


def pledge_of(purchase: Purchase, contact: Contact) -> Pledge | None:
    """This person's pledge, waiting or offered too; None where he has none."""
    row = standing(purchase.pledging, contact)
    if row is None or row.state != State.COUNTED:
        return None
    line = line_of(row)
    return line if line is not None and line.standing != Standing.OUT else None


@transaction.atomic
def pledge(
    purchase: Purchase,
    identity: Identity,
    quantity: int,
    *,
    tolerance: int = 0,
    point: PickupPoint | None = None,
    wait: bool = False,
    door: str,
    by: Actor | None = None,
    level: int | None = None,
) -> Pledged:
    """A person takes ``quantity`` units (up to ``tolerance`` more, if that fills a box), or changes what he took.
    ``wait``: where not enough is left he wants to stand in line; ``level``: how well he is known here, where not by his
    address. Raises Refused: closed, too many, full (code "full"), not known well enough (code "proof")."""
    row = locked(purchase)
    if not may_pledge(row):
        raise Refused(_("This purchase takes no pledges now.") + too_late(row), code="closed")
    level = identity.assurance if level is None else level
    if level < row.proof:
        raise Refused(_("To pledge we must know you better: use the code that we send to your phone."), code="proof")
    actor = by or person(identity, door)
    mine, new = take_part(row.pledging, identity, level=level, channel=door, by=actor)
    before = line_of(mine)
    check_size(row, quantity, tolerance, before)
    stands, wanted = Standing.IN, 0
    held = before.holds if before else 0
    if row.left is not None and quantity > row.left + held:
        if not wait or held or row.is_filling:
            raise Refused(no_room(row, held), code="full")
        stands, wanted = Standing.WAITING, quantity
    line = append(
        row, mine, stands, quantity, tolerance, wanted=wanted, point=point, door=door, reason="pledge", by=actor
    )
    after_change(row)
    if door in SILENT_DOORS or door == "desk":  # a mistyped number must not bind a stranger in silence
        own = absolute(own_path(mine))
        tell_on_own_channel(row, mine, lambda: written_down(line, own), secrets=(own,))
    return Pledged(row, line, new=new or before is None)


def written_down(line: Pledge, link: str = "") -> str:
    """What somebody who pledged on a page gets where he reads, with his private ``link``: so that nobody changes it
    behind his back."""
    words = ngettext("Your pledge: %(count)s unit.", "Your pledge: %(count)s units.", line.quantity)
    if line.standing == Standing.OUT:
        return _("Your pledge was taken back. You owe nothing.")
    waits = _("You are on the waiting list.") if line.standing == Standing.WAITING else ""
    own = _("To change it: %(link)s") % {"link": link}
    return " ".join(part for part in (words % {"count": line.quantity}, waits, own) if part)


def tell_on_own_channel(
    row: Purchase, participation: Participation, make: Callable[[], str], secrets: Collection[str] = ()
) -> None:
    tell(Contact.objects.filter(pk=participation.contact_id), row, make, secrets=secrets)


def check_size(row: Purchase, quantity: int, tolerance: int, before: Pledge | None) -> None:
    """At most so many a person, tolerance included; and while boxes are filled, only what helps."""
    if quantity < 1 or tolerance < 0:
        raise Refused(_("Please give a number of at least 1."))
    if quantity + tolerance > row.each:
        words = ngettext(
            "At most %(count)s unit for each person.", "At most %(count)s units for each person.", row.each
        )
        raise Refused(words % {"count": row.each}, code="each")
    if row.is_filling:
        was = before.stands_for if before else (0, 0)
        if not helps(was, (quantity, tolerance), (row.asked - was[0], row.spare - was[1]), row.box):
            lacks = row.outcome.lacks
            words = ngettext(
                "The last box is being filled: %(count)s unit is missing. Only changes that help fill it are possible now.",
                "The last box is being filled: %(count)s units are missing. Only changes that help fill it are possible now.",
                lacks,
            )
            raise Refused(words % {"count": lacks}, code="filling")


def no_room(row: Purchase, held: int) -> str:
    left = (row.left or 0) + held
    if not left:
        return _("All units are taken. You can join the waiting list.")
    words = ngettext("Only %(count)s unit is left.", "Only %(count)s units are left.", left)
    return words % {"count": left}


def append(
    row: Purchase,
    participation: Participation,
    stands: str,
    quantity: int,
    tolerance: int = 0,
    *,
    door: str,
    reason: str,
    by: Actor,
    wanted: int = 0,
    point: PickupPoint | None = None,
    until: datetime | None = None,
) -> Pledge:
    """The next line of a person, and the units that it moves, in one breath. The purchase is locked."""
    before = line_of(participation)
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
        # A place may have been removed while he read, or since he pledged.
        point=PickupPoint.objects.filter(purchase=row, is_active=True, pk=named).first() if named else None,
        until=until,
        door=door,
        reason=reason,
    )
    line.change = line.holds - (before.holds if before else 0)
    move_units(row, line, before)
    line.save(force_insert=True)
    audit("purchases.pledge", by=by, subject=line, standing=stands, quantity=quantity, reason=reason)
    publish(row.action.stream)
    return line


def move_units(row: Purchase, line: Pledge, before: Pledge | None) -> None:
    """The sums that a line changes: what is taken, and what the deadline decides by."""
    was, now = before.stands_for if before else (0, 0), line.stands_for
    asked, spare = now[0] - was[0], now[1] - was[1]
    if line.change or asked or spare:
        Purchase.objects.filter(pk=row.pk).update(
            taken=F("taken") + line.change, asked=F("asked") + asked, spare=F("spare") + spare, changed=timezone.now()
        )
        row.taken, row.asked, row.spare = row.taken + line.change, row.asked + asked, row.spare + spare


def after_change(row: Purchase) -> None:
    """Who waits gets what became free; a box that is full now need not wait for the clock."""
    offer_places(row)
    if row.is_filling and not row.outcome.lacks:
        row.filling_until = min(row.filling_until or timezone.now(), timezone.now())
        Purchase.objects.filter(pk=row.pk).update(filling_until=row.filling_until)


@transaction.atomic
def give_up_pledge(purchase: Purchase, contact: Contact, *, door: str, by: Actor) -> bool:
    """A person takes his pledge back, or declines a place, or leaves the line; False where he had none. Raises Refused
    for a pledge after the deadline, and for anything once the shares are known: see `handing.give_up`. Who only waits,
    or has a place kept, holds nothing that others count on: he may leave in between, too."""
    row = locked(purchase)
    line = pledge_of(row, contact.root())
    if line is None:
        return False
    if row.is_settled or (line.standing == Standing.IN and not row.is_open):
        words = _("The deadline is over, so a pledge cannot be given up here any more.")
        raise Refused(words + too_late(row), code="closed")
    gone = drop(row, line, door=door, reason="given_up", by=by)
    if door in SILENT_DOORS:
        waited = line.standing == Standing.WAITING
        tell_on_own_channel(row, line.participation, lambda: off_the_list() if waited else written_down(gone))
    return True


def off_the_list() -> str:
    return _("You are off the waiting list.")


def drop(row: Purchase, line: Pledge, *, door: str, reason: str, by: Actor) -> Pledge:
    gone = append(row, line.participation, Standing.OUT, 0, door=door, reason=reason, by=by)
    leave(line.participation, by=by, reason=reason)
    after_change(row)
    return gone


def kept_no_longer() -> str:
    return _("The place that was kept for you is not kept any more: the time to take it is over.")


def first_in_line(row: Purchase) -> Pledge | None:
    """Who has waited longest: by his first line on the waiting list, so that asking for less loses nothing."""
    rows = Pledge.objects.of(row).standing(Standing.WAITING).filter(participation__state=State.COUNTED)
    began = Min("participation__pledges__id", filter=Q(participation__pledges__standing=Standing.WAITING))
    return rows.select_related("participation").annotate(began=began).order_by("began").first()


def offer_places(row: Purchase) -> int:
    """Offers what is free to those who wait, in their order, and tells them. Returns to how many."""
    offered = 0
    now = timezone.now()
    while row.is_open and row.closes_at and now < row.closes_at and row.left and (line := first_in_line(row)):
        until = min(now + timedelta(hours=row.hold_hours), row.closes_at)
        quantity = min(line.wanted or line.quantity, row.left)
        append(
            row, line.participation, Standing.OFFERED, quantity, wanted=line.wanted or line.quantity, until=until,
            door="", reason="offer", by=SYSTEM,
        )  # fmt: skip
        tell_on_own_channel(row, line.participation, partial(place_words, row, quantity, until))
        offered += 1
    return offered


def place_words(row: Purchase, quantity: int, until: datetime) -> str:
    words = ngettext(
        "A place is free for you: %(count)s unit. To take it, write: place %(code)s. It is kept until %(until)s.",
        "A place is free for you: %(count)s units. To take it, write: place %(code)s. It is kept until %(until)s.",
        quantity,
    )
    shown = timezone.localtime(until).strftime("%d.%m %H:%M")
    return words % {"count": quantity, "code": row.code, "until": shown}


@transaction.atomic
def take_place(purchase: Purchase, contact: Contact, *, door: str, by: Actor) -> Pledge:
    """The first in line says yes. Raises Refused where no place is kept for him (any more)."""
    row = locked(purchase)
    line = pledge_of(row, contact.root())
    if line is None or line.standing != Standing.OFFERED or line.until is None or line.until <= arrived_at():
        ended = late(line.until, row.agency.timezone) if line is not None else ""
        raise Refused(_("No place is kept for you now.") + ended, code="late")
    return append(row, line.participation, Standing.IN, line.quantity, door=door, reason="taken", by=by)


def gone_and_back(lines: PledgeQuerySet) -> tuple[PledgeQuerySet, PledgeQuerySet]:
    """Of current lines, those whose person does not count any more, and those dropped for that whose person does again."""
    gone = lines.exclude(standing=Standing.OUT).exclude(participation__state__in=[State.COUNTED, State.PENDING])
    return gone, lines.filter(standing=Standing.OUT, reason=GONE, participation__state=State.COUNTED)


def unsettled(row: Purchase) -> bool:
    """Has somebody's part changed, and `settle_places` not seen it yet?"""
    return any(lines.exists() for lines in gone_and_back(Pledge.objects.of(row).current()))


def settle_places(before: datetime | None = None) -> int:
    """Places that nobody took in time go to the next; pledges of people who turned out to be somebody else, or whose
    part was voided, are dropped, and come back where that was undone. Returns how many lines were written."""
    with everywhere("places of purchases"):
        lines = Pledge.objects.current().filter(purchase__state__in=["open", "filling"])
        over = lines.filter(standing=Standing.OFFERED, until__lte=before or timezone.now())
        gone, back = gone_and_back(lines)
        rows = [
            (line, verb)
            for verb, found in (("expired", over), (GONE, gone), ("back", back))
            for line in found.select_related("purchase", "participation")[:200]
        ]
    settled = 0
    for line, verb in rows:
        with scope(line.agency_id):
            settled += settle(line, verb)
    return settled


@transaction.atomic
def settle(line: Pledge, verb: str) -> bool:
    """One line, if it still is as it was found; False where there is nothing to do, or not yet."""
    row = locked(line.purchase)
    now = line_of(line.participation)
    if now is None or now.pk != line.pk:
        return False  # he was quicker
    if verb == "expired":
        if line.until is not None and not may_close(line.until):
            return False  # a yes that was sent in time may be on its way
        drop(row, line, door="", reason=verb, by=SYSTEM)
        tell_on_own_channel(row, line.participation, kept_no_longer)
        return True
    if verb == GONE:
        append(row, line.participation, Standing.OUT, 0, door="", reason=GONE, by=SYSTEM)
        after_change(row)
        return True
    before = Pledge.objects.filter(participation=line.participation, number__lt=line.number).order_by("-number").first()
    if before is not None:
        room = row.left is None or before.quantity <= row.left
        stands = Standing.IN if room else Standing.WAITING
        append(row, line.participation, stands, before.quantity, before.tolerance, door="", reason="back", by=SYSTEM)
    return before is not None
