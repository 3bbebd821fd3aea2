"""Pledging: how much somebody takes, changed and given up until the deadline; and who waits for a place.

Every verb locks the purchase first, so that two people never get the same last unit; and the database would refuse it
too (`purchase_never_oversold`). What is written is a line of the journal; the last line of a person holds.
"""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.base_url import absolute
from kesher.contacts.models import Contact, Identity
from kesher.conversations.deadlines import may_close
from kesher.conversations.services import confirm_commitment
from kesher.core.arrival import arrived_at
from kesher.core.audit import SYSTEM, Actor
from kesher.core.errors import Refused
from kesher.core.scope import everywhere, scope
from kesher.participation.services import take_part
from kesher.purchases.allocation import helps
from kesher.purchases.consumer_rights import SILENT_DOORS
from kesher.purchases.magic_links import own_path
from kesher.purchases.models import Allotment, PickupPoint, Pledge, Purchase
from kesher.purchases.rules import may_pledge, too_late
from kesher.purchases.services.close import close_full
from kesher.purchases.services.confirmations import FORMS, given_up, pledged
from kesher.purchases.services.pledge_journal import (
    GONE,
    append,
    gone_and_back,
    line_of,
    locked,
    person,
    pledge_of,
    tell_on_own_channel,
)
from kesher.purchases.services.waiting_list import (
    after_change,
    drop,
    kept_no_longer,
    next_turn,
    off_the_list,
    stays_in_line,
    step_out,
)

Standing = Pledge.Standing


@dataclass(frozen=True, slots=True)
class Pledged:
    """What became of a wish: the line that holds now, and the purchase with its new numbers."""

    purchase: Purchase
    line: Pledge
    new: bool

    @property
    def share(self) -> Allotment | None:
        """What they get, where this very pledge closed the purchase."""
        return Allotment.objects.filter(participation=self.line.participation_id).first()


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
    held, turn, units = held_by(before), None, quantity
    if row.left is not None and quantity > row.left + (before.holds if before else 0):
        if not wait or row.is_filling:
            raise Refused(no_room(row, before.holds if before else 0), code="full")
        # Whoever has some keeps them, and waits for the rest; in line already, in the same turn.
        stands, wanted, units = (Standing.IN if held else Standing.WAITING), quantity, held or quantity
        turn = before.turn if before and before.turn else next_turn(row)
    line = append(
        row, mine, stands, units, tolerance, wanted=wanted, point=point, door=door, reason="pledge", by=actor, turn=turn
    )
    after_change(row)
    close_full(row)  # what is said from here on is what came of it
    if before is None or says(before) != says(line):  # pressed twice, it is confirmed once
        make = partial(pledged, row, line, identity)
        confirm_commitment(identity, make, door=door, forms=FORMS, subject=row.code)
    if door == "desk":  # a mistyped number must not bind a stranger in silence
        own = absolute(own_path(mine))
        tell_on_own_channel(row, mine, lambda: written_down(line, own), secrets=(own,))
    return Pledged(row, line, new=new or before is None)


def says(line: Pledge) -> tuple[object, ...]:
    return line.standing, line.quantity, line.tolerance, line.wanted, line.point_id


def held_by(line: Pledge | None) -> int:
    """The units that are theirs: pledged, or offered and still kept."""
    if line is None:
        return 0
    over = line.standing == Standing.OFFERED and line.until is not None and line.until <= arrived_at()
    return line.secured if over else line.holds


def written_down(line: Pledge, link: str = "") -> str:
    """What somebody who pledged on a page gets where he reads, with his private ``link``: so that nobody changes it
    behind his back."""
    words = ngettext("Your pledge: %(count)s unit.", "Your pledge: %(count)s units.", line.quantity)
    if line.standing == Standing.OUT:
        return _("Your pledge was taken back. You owe nothing.")
    waits = _("You are on the waiting list.") if line.standing == Standing.WAITING else stays_in_line(line.missing)
    own = _("Change it: %(link)s") % {"link": link}
    return " ".join(part for part in (words % {"count": line.quantity}, waits, own) if part)


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


def check_may_give_up(row: Purchase, line: Pledge) -> None:
    """Raise Refused where a pledge binds already; a door asks before it asks anybody to be sure."""
    if row.is_settled or (line.standing == Standing.IN and not row.is_open):
        words = _("The deadline is over, so a pledge cannot be given up here any more.")
        raise Refused(words + too_late(row), code="closed")


@transaction.atomic
def give_up_pledge(purchase: Purchase, contact: Contact, *, door: str, by: Actor) -> bool:
    """A person takes his pledge back, or declines a place, or leaves the line; False where he had none. Raises Refused
    for a pledge after the deadline, and for anything once the shares are known: see `handing.give_up`. Who only waits,
    or has a place kept, holds nothing that others count on: he may leave in between, too."""
    row = locked(purchase)
    line = pledge_of(row, contact.root())
    if line is None:
        return False
    check_may_give_up(row, line)
    drop(row, line, door=door, reason="given_up", by=by)
    if door in SILENT_DOORS and line.standing == Standing.WAITING:
        tell_on_own_channel(row, line.participation, off_the_list)
    elif (identity := line.participation.identity) is not None:
        confirm_commitment(identity, lambda: given_up(row, identity), door=door)
    return True


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
        step_out(row, line, door="", reason=verb, by=SYSTEM)
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
        turn = None if room else before.turn or next_turn(row)
        append(
            row, line.participation, stands, before.quantity, before.tolerance, door="", reason="back", by=SYSTEM,
            turn=turn, wanted=0 if room else before.wanted or before.quantity,
        )  # fmt: skip
    return before is not None
