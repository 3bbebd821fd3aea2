"""Who may do what with a purchase: predicates without side effects."""

from __future__ import annotations

from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right
from kesher.contacts.models import Contact, Identity
from kesher.core.arrival import arrived_at
from kesher.participation.deadlines import counting_notice, describe_lateness
from kesher.purchases.models import Purchase

ORGANISER_LEVEL = 2


def may_see(staff: Staff | None, purchase: Purchase) -> bool:
    """Return whether a visitor may see it: staff of the desk always, the public once it was reviewed."""
    return purchase.is_public or has_right(staff, "desk")


def may_pledge(purchase: Purchase) -> bool:
    """Return whether it takes pledges or changes of pledges now."""
    return purchase.is_open or purchase.is_filling


def takes_interest(purchase: Purchase) -> bool:
    """Return whether interest is gathered, or was when the request reached us."""
    if purchase.state == Purchase.State.INTEREST:
        return True
    return purchase.is_open and purchase.opens_at is not None and arrived_at() < purchase.opens_at


def lateness_notice(purchase: Purchase) -> str:
    """Return both times for a late request, and whether the rest is still being counted; "" if it is not late."""
    words = describe_lateness(purchase.ends_at, purchase.agency.timezone)
    return f"{words} {counting_notice()}" if words and purchase.is_counting else words


def may_offer(purchase: Purchase) -> bool:
    """Return whether sellers may make offers: while interest is gathered, and while people pledge."""
    return purchase.state == Purchase.State.INTEREST or purchase.is_open


def may_arrange_pickup(purchase: Purchase) -> bool:
    """Return whether pick-up places and times may still be set: until all is collected or cancelled."""
    return purchase.state in ("draft", "submitted", "interest", "open", "filling", "closed", "confirmed")


def may_send_news(purchase: Purchase) -> bool:
    """Return whether the organiser may send news: while people wait for the goods."""
    return purchase.is_public and may_arrange_pickup(purchase)


def may_organise(identity: Identity) -> bool:
    """Return whether a person may lead a purchase: they proved their phone by a code."""
    return identity.assurance >= ORGANISER_LEVEL


def is_organiser(contact: Contact, purchase: Purchase) -> bool:
    """Return whether this contact leads the purchase."""
    return purchase.organiser_id is not None and purchase.organiser_id in contact.family_ids()


def may_edit(staff: Staff | None) -> bool:
    """Return whether staff may review, open, order and cancel."""
    return has_right(staff, "moderate")


def may_hand_out(staff: Staff | None) -> bool:
    """Return whether staff may mark shares as collected."""
    return has_right(staff, "desk")


def may_join_for(staff: Staff | None) -> bool:
    """Return whether staff may register interest or a pledge for a caller."""
    return has_right(staff, "log_call")


def may_join(purchase: Purchase) -> bool:
    """Return whether it takes people now, as interested or with a pledge."""
    return purchase.state == Purchase.State.INTEREST or may_pledge(purchase)


def may_export(staff: Staff | None) -> bool:
    """Return whether staff may download lists with names and addresses."""
    return has_right(staff, "moderate")
