"""Be interested in a group purchase; pledge units until its deadline, change a pledge, give it up.

Every service on pledges locks the purchase first, so that two people never get the same last unit; the database would
refuse it, too (`purchase_never_oversold`). Each change is an entry of the journal; a person's last entry holds.
"""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.base_url import absolute
from kesher.contacts.models import Consent, Contact, Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import record_consent
from kesher.conversations.deadlines import may_close
from kesher.conversations.services import confirm_commitment
from kesher.core.audit import SYSTEM, Actor
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrived_at
from kesher.participation.deadlines import describe_lateness
from kesher.participation.models import Participation
from kesher.participation.services import take_part, withdraw_participation
from kesher.purchases.allocation import helps_fill_box
from kesher.purchases.consumer_rights import SILENT_DOORS
from kesher.purchases.magic_links import own_path
from kesher.purchases.models import Allotment, PickupPoint, Pledge, Purchase
from kesher.purchases.rules import lateness_notice, may_pledge, takes_interest
from kesher.purchases.services.address_verification import identity_of, level_of_code, send_join_code
from kesher.purchases.services.close import close_full
from kesher.purchases.services.confirmations import FORMS, giving_up_confirmation, pledge_confirmation
from kesher.purchases.services.pledge_journal import (
    GONE,
    append_entry,
    find_entry,
    find_pledge,
    find_unsettled_entries,
    lock_purchase,
    message_participant,
)
from kesher.purchases.services.waiting_list import (
    give_up_entry,
    next_turn,
    off_the_list_message,
    offer_freed_units,
    place_expired_message,
    still_waiting_notice,
    take_off_waiting_list,
)

Standing = Pledge.Standing


@dataclass(frozen=True, slots=True)
class Pledged:
    """A pledge, with the numbers of its purchase afterwards; without an entry while a code must still come back."""

    purchase: Purchase
    identity: Identity
    participation: Participation
    entry: Pledge | None
    new: bool

    @property
    def is_pending(self) -> bool:
        """Return whether a code must come back before the pledge counts."""
        return self.entry is None

    @property
    def line(self) -> Pledge:
        """Return the pledge's current entry in the journal; only where no code is pending."""
        assert self.entry is not None
        return self.entry

    @property
    def share(self) -> Allotment | None:
        """Return the person's share if this pledge filled the last box and closed the purchase, else None."""
        return Allotment.objects.filter(participation=self.participation).first()


@transaction.atomic
def pledge_units(
    purchase: Purchase, call: Call, *, quantity: int, tolerance: int = 0, point: int = 0, wait: bool = False
) -> Pledged:
    """Store or change a person's pledge to take units; from an unproved address, send a code first.

    ``tolerance``: how many more units they take if that fills a box; ``point``: the id of a pick-up point; ``wait``:
    they want to stand in line where not enough is left. Raise Refused: closed, too many, full (code "full"), not known
    well enough (code "proof").
    """
    if call.identity is None:
        fields = {"quantity": quantity, "tolerance": tolerance, "point": point, "wait": wait}
        return request_pledge(purchase, call, fields)
    row, identity = lock_purchase(purchase), call.identity
    check_open(row)
    if call.level < row.proof:
        raise Refused(_("To pledge we must know you better: use the code that we send to your phone."), code="proof")
    by = call.actor(identity.contact)
    mine, new = take_part(row.pledging, identity, level=call.level, channel=call.door, by=by)
    before = find_entry(mine)
    check_size(row, quantity, tolerance, before)
    stands, wanted = Standing.IN, 0
    held, turn, units = held_units(before), None, quantity
    if row.left is not None and quantity > row.left + (before.holds if before else 0):
        if not wait or row.is_filling:
            raise Refused(no_room_message(row, before.holds if before else 0), code="full")
        # A person who has some units keeps them and waits for the rest, in the turn that they have already.
        stands, wanted, units = (Standing.IN if held else Standing.WAITING), quantity, held or quantity
        turn = before.turn if before and before.turn else next_turn(row)
    chosen = PickupPoint.objects.filter(purchase=row, pk=point).first() if point else None
    line = append_entry(
        row, mine, stands, units, tolerance, wanted=wanted, point=chosen, reason="pledge", by=by, turn=turn
    )
    offer_freed_units(row)
    close_full(row)  # before the confirmation, which names the result
    confirm_pledge(row, line, before, identity, call.door)
    return Pledged(row, identity, mine, line, new=new or before is None)


def request_pledge(purchase: Purchase, call: Call, fields: Mapping[str, Any]) -> Pledged:
    """Send a code that confirms a pledge to an unproved address; no units are reserved meanwhile."""
    check_open(purchase)
    identity = identity_of(call)
    if level_of_code(identity) < purchase.proof:
        raise Refused(_("For this purchase, please give a phone number."), code="proof")
    by = call.actor(identity.contact)
    mine, new = take_part(purchase.pledging, identity, level=0, channel=call.door, by=by, pending=True)
    send_join_code(purchase, "pledge", identity, call, known=fields, receipt=mine.receipt)
    return Pledged(purchase, identity, mine, None, new)


def check_open(row: Purchase) -> None:
    """Raise Refused where the purchase takes no pledges now."""
    if not may_pledge(row):
        raise Refused(_("This purchase takes no pledges now.") + lateness_notice(row), code="closed")


def confirm_pledge(row: Purchase, line: Pledge, before: Pledge | None, identity: Identity, door: str) -> None:
    """Send the person a confirmation of a pledge that is new or changed."""
    if before is None or confirmed_fields(before) != confirmed_fields(
        line
    ):  # confirm once, even if the button is pressed twice
        make = partial(pledge_confirmation, row, line, identity)
        confirm_commitment(identity, make, door=door, forms=FORMS, subject=row.code)
    if door == "desk":  # a mistyped number must not bind a stranger unnoticed
        own = absolute(own_path(line.participation))
        message_participant(row, line.participation, lambda: desk_pledge_message(line, own), secrets=(own,))


def confirmed_fields(line: Pledge) -> tuple[object, ...]:
    """Return the fields of a pledge that a confirmation names, to see whether they changed."""
    return line.standing, line.quantity, line.tolerance, line.wanted, line.point_id


def held_units(line: Pledge | None) -> int:
    """Return the units that a pledge reserves for its person: pledged, or offered in time; 0 for None."""
    if line is None:
        return 0
    over = line.standing == Standing.OFFERED and line.until is not None and line.until <= arrived_at()
    return line.secured if over else line.holds


def desk_pledge_message(line: Pledge, link: str = "") -> str:
    """Return the message to a person about a pledge made at the desk, with a private link to change it."""
    words = ngettext("Your pledge: %(count)s unit.", "Your pledge: %(count)s units.", line.quantity)
    if line.standing == Standing.OUT:
        return _("Your pledge was withdrawn. You owe nothing.")
    waits = (
        _("You are on the waiting list.") if line.standing == Standing.WAITING else still_waiting_notice(line.missing)
    )
    own = _("Change it: %(link)s") % {"link": link}
    return " ".join(part for part in (words % {"count": line.quantity}, waits, own) if part)


def check_size(row: Purchase, quantity: int, tolerance: int, before: Pledge | None) -> None:
    """Raise Refused for more units than a person may take, or a change that does not help to fill a box."""
    if quantity < 1 or tolerance < 0:
        raise Refused(_("Please give a number of at least 1."))
    if quantity + tolerance > row.each:
        words = ngettext(
            "At most %(count)s unit for each person.", "At most %(count)s units for each person.", row.each
        )
        raise Refused(words % {"count": row.each}, code="each")
    if row.is_filling:
        was = before.stands_for if before else (0, 0)
        if not helps_fill_box(was, (quantity, tolerance), (row.asked - was[0], row.spare - was[1]), row.box):
            lacks = row.outcome.lacks
            words = ngettext(
                "The last box is being filled: %(count)s unit is missing. Only changes that help fill it are possible now.",
                "The last box is being filled: %(count)s units are missing. Only changes that help fill it are possible now.",
                lacks,
            )
            raise Refused(words % {"count": lacks}, code="filling")


def no_room_message(row: Purchase, held: int) -> str:
    """Return the message how many units are left for this person, who has ``held`` of them already."""
    left = (row.left or 0) + held
    if not left:
        return _("All units are taken. You can join the waiting list.")
    words = ngettext("Only %(count)s unit is left.", "Only %(count)s units are left.", left)
    return words % {"count": left}


def check_may_give_up(row: Purchase, line: Pledge) -> None:
    """Raise Refused where a pledge binds already; views ask before they let people confirm."""
    if row.is_settled or (line.standing == Standing.IN and not row.is_open):
        words = _("The deadline is over, so a pledge cannot be given up here any more.")
        raise Refused(words + lateness_notice(row), code="closed")


@transaction.atomic
def give_up_pledge(purchase: Purchase, contact: Contact, *, by: Actor) -> bool:
    """Give up a person's pledge, reserved units or turn on the waiting list; return whether there was one.

    Raise Refused for a pledge after the deadline, and for anything once shares are known: see `withdraw_pledge`. A
    person who only waits, or has a place kept, may leave at any time, since others do not count on them.
    """
    row = lock_purchase(purchase)
    line = find_pledge(row, contact.root())
    if line is None:
        return False
    check_may_give_up(row, line)
    give_up_entry(row, line, reason="given_up", by=by)
    if by.door in SILENT_DOORS and line.standing == Standing.WAITING:
        message_participant(row, line.participation, off_the_list_message)
    elif (identity := line.participation.identity) is not None:
        confirm_commitment(identity, lambda: giving_up_confirmation(row, identity), door=by.door)
    return True


def settle_places(before: datetime | None = None) -> int:
    """End offers that were not accepted in time, and drop or restore pledges; return how many changed.

    Pledges are dropped when their person was merged with another or voided, and restored when that is undone.
    """
    with everywhere("places of purchases"):
        lines = Pledge.objects.current().filter(purchase__state__in=["open", "filling"])
        over = lines.filter(standing=Standing.OFFERED, until__lte=before or timezone.now())
        gone, back = find_unsettled_entries(lines)
        rows = [
            (line, verb)
            for verb, found in (("expired", over), (GONE, gone), ("back", back))
            for line in found.select_related("purchase", "participation")[:200]
        ]
    settled = 0
    for line, verb in rows:
        with scope(line.agency_id):
            settled += settle_entry(line, verb)
    return settled


@transaction.atomic
def settle_entry(line: Pledge, verb: str) -> bool:
    """Expire, drop or restore one journal entry, if it is still the latest; return whether it changed.

    ``verb``: "expired", "gone" or "back".
    """
    row = lock_purchase(line.purchase)
    now = find_entry(line.participation)
    if now is None or now.pk != line.pk:
        return False  # the person was quicker
    if verb == "expired":
        if line.until is not None and not may_close(line.until):
            return False  # an answer sent in time may still be on its way
        take_off_waiting_list(row, line, reason=verb, by=SYSTEM)
        message_participant(row, line.participation, place_expired_message)
        return True
    if verb == GONE:
        append_entry(row, line.participation, Standing.OUT, 0, reason=GONE, by=SYSTEM)
        offer_freed_units(row)
        return True
    before = Pledge.objects.filter(participation=line.participation, number__lt=line.number).order_by("-number").first()
    if before is not None:
        room = row.left is None or before.quantity <= row.left
        stands = Standing.IN if room else Standing.WAITING
        turn = None if room else before.turn or next_turn(row)
        append_entry(
            row, line.participation, stands, before.quantity, before.tolerance, reason="back", by=SYSTEM,
            turn=turn, wanted=0 if room else before.wanted or before.quantity,
        )  # fmt: skip
    return before is not None


@dataclass(frozen=True, slots=True)
class Interested:
    """A person's interest in a purchase; ``new`` is false where they were interested already."""

    purchase: Purchase
    identity: Identity
    participation: Participation
    new: bool


@transaction.atomic
def register_interest(purchase: Purchase, call: Call) -> Interested:
    """Store a person's interest in a purchase and their consent to its news; it binds them to nothing.

    From an unproved address it is pending, and a code that confirms it is sent there. Raise Refused where no interest
    is gathered any more.
    """
    if not takes_interest(purchase):
        ended = describe_lateness(purchase.opens_at, purchase.agency.timezone)
        raise Refused(_("Interest is not gathered any more.") + ended, code="closed")
    identity = identity_of(call)
    by, pending = call.actor(identity.contact), call.level < 1
    row, new = take_part(purchase.action, identity, level=call.level, channel=call.door, by=by, pending=pending)
    if call.identity is None:
        send_join_code(purchase, "interest", identity, call, receipt=row.receipt)
    elif new and row.state == Participation.State.COUNTED:
        wording = _("Tell me when there is an offer")
        record_consent(identity, Consent.Purpose.INFORMATION, granted=True, source=call.door, wording=wording)
    return Interested(purchase, identity, row, new)


@transaction.atomic
def withdraw_interest(purchase: Purchase, call: Call) -> bool:
    """Withdraw a person's interest in a purchase; return whether there was one."""
    contact = call.person()
    return withdraw_participation(purchase.action, contact, by=call.actor(contact))
