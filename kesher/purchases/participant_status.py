"""Compute what one person has in a group purchase, and what they may do now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from kesher.core.errors import Refused
from kesher.participation.models import Participation
from kesher.purchases.magic_links import find_own_participation
from kesher.purchases.models import Allotment, Offer, PickupPoint, PickupSlot, Pledge, Purchase
from kesher.purchases.rules import may_offer, may_pledge
from kesher.purchases.services.address_verification import read_whole_number
from kesher.purchases.services.distribution import SETTLED, may_pass_on
from kesher.purchases.services.pledge_journal import find_entry
from kesher.purchases.states import allowed_transitions

ORDERED = (Purchase.State.CONFIRMED, Purchase.State.FULFILLED)


@dataclass(frozen=True, slots=True)
class Part:
    """A person's part in a purchase.

    ``line``: their current pledge, waiting included; None where they are only interested or took it back. ``share``:
    what the deadline gave them.
    """

    row: Participation
    purchase: Purchase
    line: Pledge | None
    share: Allotment | None

    @property
    def stands(self) -> bool:
        """Return whether the person still takes part in the purchase."""
        return self.row.state == Participation.State.COUNTED

    @property
    def pledging(self) -> bool:
        """Return whether the person pledged, rather than only being interested."""
        return self.row.action_id == self.purchase.pledging_id

    @property
    def waits(self) -> bool:
        """Return whether the person is on the waiting list."""
        if self.share is not None:
            return self.share.state == Allotment.State.WAITING
        return self.line is not None and self.line.standing == Pledge.Standing.WAITING

    @property
    def missing(self) -> int:
        """Return how many more units the person waits for, beyond those they have or are offered."""
        row = self.share if self.share is not None else self.line
        return row.missing if row is not None else 0

    @property
    def offered(self) -> int:
        """Return how many further units are reserved for the person until they accept or decline."""
        row = self.share if self.share is not None else self.line
        return row.quantity - row.secured if row is not None and self.kept else 0

    @property
    def kept(self) -> bool:
        """Return whether units are reserved for the person until they accept or decline."""
        if self.share is not None:
            return self.share.state == Allotment.State.OFFERED
        return self.line is not None and self.line.standing == Pledge.Standing.OFFERED

    @property
    def code(self) -> str:
        """Return the person's pick-up code, once the goods are ordered; "" before."""
        ready = self.share is not None and self.share.state in (Allotment.State.HELD, Allotment.State.COLLECTED)
        return self.share.code if self.share and ready and self.purchase.state in ORDERED else ""

    @property
    def held(self) -> bool:
        """Return whether the person has a share that is not collected yet."""
        return self.share is not None and self.share.state == Allotment.State.HELD


def find_part(key: str) -> Part | None:
    """Return the pledge, share and purchase behind the key of a person's own page; None for an invalid key."""
    row = find_own_participation(key)
    purchase = purchase_of_participation(row) if row is not None else None
    if row is None or purchase is None:
        return None
    line = find_entry(row) if row.action_id == purchase.pledging_id else None
    share = Allotment.objects.filter(participation=row).select_related("slot__point", "point").first()
    return Part(row, purchase, line if line is not None and line.standing != Pledge.Standing.OUT else None, share)


def purchase_of_participation(row: Participation) -> Purchase | None:
    """Return the purchase in which this participation is a pledge or an interest, or None."""
    found = Purchase.objects.with_page()
    return (found.filter(action=row.action_id) | found.filter(pledging=row.action_id)).first()


def may_do(part: Part) -> list[str]:
    """Return the verbs that the person may do now with their part in the purchase.

    That is change, take, decline (where less is kept than they want), leave_line (and keep what they have), give_up,
    slot, vote, lose_interest.
    """
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
    """Return whether the person may give up their pledge, share or turn on the waiting list now.

    A pledge until the deadline; a place that they wait for or that is kept, at any time; a share if others wait for it.
    """
    if part.share is not None:
        return may_pass_on(part.purchase, part.share)
    if part.line is None:
        return False
    return part.purchase.is_open or part.line.standing != Pledge.Standing.IN


def may_lead(purchase: Purchase) -> list[str]:
    """Return which of "confirm", "fulfil" and "cancel" the organiser may do with the purchase now."""
    return [name for name in allowed_transitions(purchase) if name in ("confirm", "fulfil", "cancel")]


def get_offer(purchase: Purchase, value: Any) -> Offer:
    """Return the purchase's offer with this id. Raise Refused."""
    found = (
        Offer.objects.filter(purchase=purchase, pk=read_whole_number(value)).select_related("purchase__action").first()
    )
    if found is None:
        raise Refused(_("There is no such offer here."), code="offer")
    return found


def get_slot(purchase: Purchase, value: Any) -> PickupSlot:
    """Return the purchase's pick-up time with this id. Raise Refused."""
    found = (
        PickupSlot.objects.filter(point__purchase=purchase, pk=read_whole_number(value)).select_related("point").first()
    )
    if found is None:
        raise Refused(_("There is no such pick-up time here."), code="slot")
    return found


def get_point(purchase: Purchase, value: Any) -> PickupPoint:
    """Return the purchase's pick-up place with this id. Raise Refused."""
    found = PickupPoint.objects.filter(purchase=purchase, is_active=True, pk=read_whole_number(value)).first()
    if found is None:
        raise Refused(_("There is no such place here."), code="point")
    return found
