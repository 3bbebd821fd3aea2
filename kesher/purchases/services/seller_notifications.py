"""Message sellers: their offer is published or chosen, and how the purchase ended."""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.models import Staff
from kesher.contacts.models import Contact
from kesher.core.templatetags.ui import deadline
from kesher.purchases.models import Offer, Purchase
from kesher.purchases.prices import money
from kesher.purchases.services.news import message_people

ALIVE = (Offer.State.PROPOSED, Offer.State.PUBLISHED)


def message_seller(offer: Offer, make: Callable[[], str], *, staff: Staff | None = None) -> None:
    """Queue a message to the seller of an offer; none for offers that the desk wrote down."""
    if offer.contact_id is not None:
        message_people(Contact.objects.filter(pk=offer.contact_id), offer.purchase, make, staff=staff)


def review_message(offer: Offer) -> str:
    """Return the message to a seller that their offer was published or refused."""
    known = {"code": offer.purchase.code, "why": offer.reason}
    if offer.state == Offer.State.PUBLISHED:
        words = _(
            "Your offer is published, and members compare it with the others. We write to you when one of them is chosen. To make a better one, write: offer %(code)s"
        )
        return words % known
    return _("Your offer was not published: %(why)s\nTo make another one, write: offer %(code)s") % known


def announce_choice(row: Purchase, *, staff: Staff | None) -> None:
    """Message the sellers of published offers, each once, which offer was chosen.

    The seller of an offer that waits for its review hears of that first.
    """
    assert row.offer is not None
    message_seller(row.offer, partial(chosen_message, row), staff=staff)
    told = {row.offer.contact_id}
    for offer in row.offers.filter(state=Offer.State.PUBLISHED).select_related("purchase__action").order_by("id"):
        if offer.contact_id not in told:
            told.add(offer.contact_id)
            message_seller(offer, partial(passed_over_message, row), staff=staff)


def chosen_message(row: Purchase) -> str:
    """Return the message to the seller whose offer was chosen."""
    words = _("Your offer was chosen. People join until %(day)s; then we write to you how many units it came to.")
    return words % {"day": deadline_in_words(row)}


def passed_over_message(row: Purchase) -> str:
    """Return the message to sellers whose offer was not chosen; they may still make a better one."""
    assert row.offer is not None
    known = {"seller": row.offer.seller, "price": money(row.offer.ladder[-1].price)}
    words = _("Another offer was chosen: %(seller)s, down to %(price)s each.") % known
    better = _("Until %(day)s you may make a better one; to do so, write: offer %(code)s")
    return f"{words} {better % {'day': deadline_in_words(row), 'code': row.code}}"


def deadline_in_words(row: Purchase) -> str:
    """Return the purchase's deadline in words."""
    assert row.closes_at is not None
    return deadline(row.closes_at, "short")


def announce_end(row: Purchase) -> None:
    """Message the seller of the chosen offer that pledging is over, and how many units were pledged."""
    if row.offer is not None:
        message_seller(row.offer, partial(end_message, row))


def end_message(row: Purchase) -> str:
    """Return the message to the seller on how pledging ended, and how many units will be ordered."""
    if row.state == Purchase.State.FAILED:
        return _(
            "The purchase did not come about: there were fewer units than the minimum. Nothing is ordered from you."
        )
    if row.state == Purchase.State.FILLING:
        return _("The deadline is over, and the last box is being filled. We write to you when the number is final.")
    words = ngettext(
        "The purchase is closed: %(count)s unit at %(price)s each, VAT included. The organiser orders it from you.",
        "The purchase is closed: %(count)s units at %(price)s each, VAT included. The organiser orders them from you.",
        row.allotted,
    )
    return words % {"count": row.allotted, "price": money(row.price or 0)}


def announce_cancellation(row: Purchase, *, staff: Staff | None) -> None:
    """Message all sellers with an offer that the purchase was cancelled."""
    sellers = Contact.objects.filter(pk__in=row.offers.filter(state__in=ALIVE).values("contact"))
    message_people(sellers, row, lambda: _("This purchase was called off: %(why)s") % {"why": row.reason}, staff=staff)
