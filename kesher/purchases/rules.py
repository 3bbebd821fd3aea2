"""Who may do what with a purchase: pure predicates over `kesher.agencies.rules`."""

from __future__ import annotations

from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right
from kesher.contacts.models import Contact, Identity
from kesher.core.arrival import arrived_at
from kesher.participation.deadlines import counting_notice, describe_lateness
from kesher.purchases.models import Purchase

ORGANISER_LEVEL = 2


def may_see(staff: Staff | None, purchase: Purchase) -> bool:
    """The public sees what was reviewed; whoever works at the desk sees all."""
    return purchase.is_public or has_right(staff, "desk")


def may_pledge(purchase: Purchase) -> bool:
    return purchase.is_open or purchase.is_filling


def takes_interest(purchase: Purchase) -> bool:
    """Is interest gathered, or was it when what is being handled reached us?"""
    if purchase.state == Purchase.State.INTEREST:
        return True
    return purchase.is_open and purchase.opens_at is not None and arrived_at() < purchase.opens_at


def too_late(purchase: Purchase) -> str:
    """Return both times for whoever was late, and whether the rest is still being counted; "" for who was not."""
    words = describe_lateness(purchase.ends_at, purchase.agency.timezone)
    return f"{words} {counting_notice()}" if words and purchase.is_counting else words


def may_offer(purchase: Purchase) -> bool:
    """Sellers may make offers while interest is gathered, and better ones while people pledge."""
    return purchase.state == Purchase.State.INTEREST or purchase.is_open


def may_arrange(purchase: Purchase) -> bool:
    """Places and times are set until everything is handed out, or nothing will be."""
    return purchase.state in ("draft", "submitted", "interest", "open", "filling", "closed", "confirmed")


def may_tell(purchase: Purchase) -> bool:
    """News make sense while somebody waits for the goods."""
    return purchase.is_public and may_arrange(purchase)


def may_organise(identity: Identity) -> bool:
    """Whoever leads others into a purchase is known by a code, not only by what a channel says."""
    return identity.assurance >= ORGANISER_LEVEL


def is_organiser(contact: Contact, purchase: Purchase) -> bool:
    return purchase.organiser_id is not None and purchase.organiser_id in contact.family_ids()


def may_edit(staff: Staff | None) -> bool:
    """Reviewing, opening, ordering, calling off."""
    return has_right(staff, "moderate")


def may_hand_out(staff: Staff | None) -> bool:
    """Marking at the counter what was collected."""
    return has_right(staff, "desk")


def may_join_for(staff: Staff | None) -> bool:
    """Interest, or a pledge, for somebody on the phone or at the counter."""
    return has_right(staff, "log_call")


def may_join(purchase: Purchase) -> bool:
    """Does it take people now, as interested or as pledgers?"""
    return purchase.state == Purchase.State.INTEREST or may_pledge(purchase)


def may_export(staff: Staff | None) -> bool:
    """Lists with people's names and addresses."""
    return has_right(staff, "moderate")
