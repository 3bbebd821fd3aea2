"""What one person has of one purchase, and what he may do with it now: his own page shows it, and the API says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from kesher.core.errors import Refused
from kesher.participation.models import Participation
from kesher.purchases.magic_links import own_row
from kesher.purchases.models import Allotment, Offer, PickupPoint, PickupSlot, Pledge, Purchase
from kesher.purchases.pending_code import whole
from kesher.purchases.rules import may_offer, may_pledge
from kesher.purchases.services.distribution import SETTLED, may_pass_on
from kesher.purchases.services.pledge_journal import line_of
from kesher.purchases.states import allowed_transitions

ORDERED = (Purchase.State.CONFIRMED, Purchase.State.FULFILLED)


@dataclass(frozen=True, slots=True)
class Part:
    """``line``: his pledge, or his place in the line; None where he is only interested, or took it back. ``share``:
    what the deadline gave him."""

    row: Participation
    purchase: Purchase
    line: Pledge | None
    share: Allotment | None

    @property
    def stands(self) -> bool:
        return self.row.state == Participation.State.COUNTED

    @property
    def pledging(self) -> bool:
        """Did he pledge, or is he only interested?"""
        return self.row.action_id == self.purchase.pledging_id

    @property
    def waits(self) -> bool:
        """Does he stand in line?"""
        if self.share is not None:
            return self.share.state == Allotment.State.WAITING
        return self.line is not None and self.line.standing == Pledge.Standing.WAITING

    @property
    def missing(self) -> int:
        """For how many more units he stands in line, beside what he has or is offered."""
        row = self.share if self.share is not None else self.line
        return row.missing if row is not None else 0

    @property
    def offered(self) -> int:
        """The units of the place that is kept for him."""
        row = self.share if self.share is not None else self.line
        return row.quantity - row.secured if row is not None and self.kept else 0

    @property
    def kept(self) -> bool:
        """Is a free place kept for him?"""
        if self.share is not None:
            return self.share.state == Allotment.State.OFFERED
        return self.line is not None and self.line.standing == Pledge.Standing.OFFERED

    @property
    def code(self) -> str:
        """His pick-up code, once the goods are ordered; "" before."""
        ready = self.share is not None and self.share.state in (Allotment.State.HELD, Allotment.State.COLLECTED)
        return self.share.code if self.share and ready and self.purchase.state in ORDERED else ""

    @property
    def held(self) -> bool:
        return self.share is not None and self.share.state == Allotment.State.HELD


def part_of(key: str) -> Part | None:
    """What the link of this key is for; None for a link that we did not make."""
    row = own_row(key)
    purchase = of_row(row) if row is not None else None
    if row is None or purchase is None:
        return None
    line = line_of(row) if row.action_id == purchase.pledging_id else None
    share = Allotment.objects.filter(participation=row).select_related("slot__point", "point").first()
    return Part(row, purchase, line if line is not None and line.standing != Pledge.Standing.OUT else None, share)


def of_row(row: Participation) -> Purchase | None:
    """The purchase that somebody's row belongs to, whether he pledged or is interested."""
    found = Purchase.objects.with_page()
    return (found.filter(action=row.action_id) | found.filter(pledging=row.action_id)).first()


def may_do(part: Part) -> list[str]:
    """What he may do now: change, take, decline (where the place that is kept is less than he wants), leave_line (and
    keep what he has), give_up, slot, vote, lose_interest."""
    purchase = part.purchase
    if not part.stands:
        return []
    may = {
        "change": part.line is not None and part.share is None and may_pledge(purchase),
        "take": part.kept,
        "decline": part.kept and part.missing > 0,
        "leave_line": bool(part.missing) and not part.waits,
        "give_up": may_give_up(part),
        "slot": part.held and purchase.state in SETTLED,
        "vote": may_offer(purchase),
        "lose_interest": not part.pledging,
    }
    return [verb for verb, allowed in may.items() if allowed]


def may_give_up(part: Part) -> bool:
    """A pledge until the deadline; a place in the line, or one that is kept, at any time; a share where somebody waits
    for it."""
    if part.share is not None:
        return may_pass_on(part.purchase, part.share)
    if part.line is None:
        return False
    return part.purchase.is_open or part.line.standing != Pledge.Standing.IN


def may_lead(purchase: Purchase) -> list[str]:
    """What its organiser may decide now, beside beginning on an offer: confirm, fulfil, cancel."""
    return [name for name in allowed_transitions(purchase) if name in ("confirm", "fulfil", "cancel")]


def offer_named(purchase: Purchase, value: Any) -> Offer:
    """The offer of this purchase that somebody names by its number. Raises Refused."""
    found = Offer.objects.filter(purchase=purchase, pk=whole(value)).select_related("purchase__action").first()
    if found is None:
        raise Refused(_("There is no such offer here."), code="offer")
    return found


def slot_named(purchase: Purchase, value: Any) -> PickupSlot:
    """The pick-up time of this purchase that somebody names by its number. Raises Refused."""
    found = PickupSlot.objects.filter(point__purchase=purchase, pk=whole(value)).select_related("point").first()
    if found is None:
        raise Refused(_("There is no such pick-up time here."), code="slot")
    return found


def point_named(purchase: Purchase, value: Any) -> PickupPoint:
    """The pick-up place of this purchase that somebody names by its number. Raises Refused."""
    found = PickupPoint.objects.filter(purchase=purchase, is_active=True, pk=whole(value)).first()
    if found is None:
        raise Refused(_("There is no such place here."), code="point")
    return found
