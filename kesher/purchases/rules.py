"""Who may join, pledge, offer, decide and edit a group purchase: predicates without side effects."""

from __future__ import annotations

from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right
from kesher.contacts.models import Contact, Identity
from kesher.core.http.arrival_time import arrived_at
from kesher.participation.deadlines import counting_notice, describe_lateness
from kesher.purchases.models import Purchase

ORGANISER_LEVEL = 2


def may_see(staff: Staff | None, purchase: Purchase) -> bool:
    """Return whether this viewer may see the purchase: staff always, the public once it was reviewed."""
    return purchase.is_public or has_right(staff, "desk")


def may_pledge(purchase: Purchase) -> bool:
    """Return whether the purchase takes pledges, or changes of them, now."""
    return purchase.is_open or purchase.is_filling


def takes_interest(purchase: Purchase) -> bool:
    """Return whether the purchase gathers interest, or did when the request reached us."""
    if purchase.state == Purchase.State.INTEREST:
        return True
    return purchase.is_open and purchase.opens_at is not None and arrived_at() < purchase.opens_at


def lateness_notice(purchase: Purchase) -> str:
    """Return a sentence on when pledging ended and the request came; "" if it came in time."""
    words = describe_lateness(purchase.ends_at, purchase.agency.timezone)
    return f"{words} {counting_notice()}" if words and purchase.is_counting else words


def may_offer(purchase: Purchase) -> bool:
    """Return whether sellers may make offers to the purchase now."""
    return purchase.state == Purchase.State.INTEREST or purchase.is_open


def may_arrange_pickup(purchase: Purchase) -> bool:
    """Return whether pick-up places and times of the purchase may still be changed."""
    return purchase.state in ("draft", "submitted", "interest", "open", "filling", "closed", "confirmed")


def may_send_news(purchase: Purchase) -> bool:
    """Return whether the organiser may send news of the purchase now."""
    return purchase.is_public and may_arrange_pickup(purchase)


def may_organise(identity: Identity) -> bool:
    """Return whether this person may organise a purchase: their phone was proved by a code."""
    return identity.assurance >= ORGANISER_LEVEL


def is_organiser(contact: Contact, purchase: Purchase) -> bool:
    """Return whether this contact organises the purchase."""
    return purchase.organiser_id is not None and purchase.organiser_id in contact.family_ids()


def may_join(purchase: Purchase) -> bool:
    """Return whether people may join the purchase now, with an interest or a pledge."""
    return purchase.state == Purchase.State.INTEREST or may_pledge(purchase)
