"""Make and withdraw sellers' offers, vote on them, and choose one."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.contacts.models import Contact
from kesher.contacts.service_caller import Call
from kesher.conversations.services import confirm_commitment
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish
from kesher.participation.models import Action, Participation
from kesher.purchases.allocation import binding_minimum
from kesher.purchases.magic_links import seal_offer
from kesher.purchases.models import Offer, OfferVote, Pledge, Purchase, Tier
from kesher.purchases.prices import money
from kesher.purchases.rules import lateness_notice, may_offer
from kesher.purchases.services.address_verification import request_code
from kesher.purchases.services.confirmations import offer_confirmation, vote_confirmation
from kesher.purchases.services.news import (
    ALIVE,
    NEWS,
    announce_choice,
    interested_people,
    message_organiser,
    message_people,
    message_seller,
    pledgers,
    record_step,
    review_message,
    without_organiser,
)
from kesher.purchases.services.pledge_journal import lock_purchase, person_actor
from kesher.purchases.services.waiting_list import offer_places
from kesher.purchases.states import is_transition

State = Purchase.State
Ladder = Sequence[tuple[int, int]]
COPIED = ("minimum", "maximum", "stock", "box", "each")
MOST_WAITING = 3  # offers of one seller to one purchase in review


@transaction.atomic
def make_offer(
    purchase: Purchase,
    *,
    seller: str,
    ladder: Ladder,
    terms: Mapping[str, str] | None = None,
    by: Actor,
    contact: Contact | None = None,
    answers: Offer | None = None,
    state: str = Offer.State.PROPOSED,
    **conditions: Any,
) -> Offer:
    """Store a seller's offer to a published purchase, with its price steps and limits.

    ``ladder``: (from how many units, agorot a unit), rising in units and falling in price; ``conditions``: minimum,
    maximum, stock, box, each, registration, language, good_until. Raise Refused.
    """
    if (contact is not None or state == Offer.State.PENDING) and not may_offer(purchase):
        raise Refused(_("This purchase takes no offers now.") + lateness_notice(purchase))
    if contact is not None:
        check_waiting(purchase, contact)
    check_ladder(ladder)
    minimum = conditions["minimum"] = binding_minimum(conditions.get("minimum") or 1, ladder)
    if any((limit := conditions.get(name)) is not None and limit < minimum for name in ("maximum", "stock")):
        raise Refused(_("The minimum is larger than what there is."))
    offer = Offer.objects.create(
        agency_id=purchase.agency_id,
        purchase=purchase,
        seller=seller.strip()[:120],
        terms=dict(terms or {}),
        contact=contact,
        answers=answers,
        state=state,
        **conditions,
    )
    Tier.objects.bulk_create(
        Tier(agency_id=purchase.agency_id, offer=offer, start=start, price=price) for start, price in ladder
    )
    audit("purchases.offer", by=by, subject=offer, purchase=purchase.pk)
    publish(purchase.action.stream)
    return offer


def check_waiting(purchase: Purchase, contact: Contact) -> None:
    """Raise Refused for a seller who has too many offers in review already."""
    mine = purchase.offers.filter(contact__in=contact.family_ids(), state=Offer.State.PROPOSED)
    if mine.count() >= MOST_WAITING:
        words = _("Three of your offers wait for their review. To take them back, write: withdraw offer %(code)s")
        raise Refused(words % {"code": purchase.code})


def check_ladder(ladder: Ladder) -> None:
    """Raise Refused unless each price step needs more units at a lower price than the one before."""
    if not ladder or ladder[0][0] < 1 or ladder[0][1] < 1:
        raise Refused(_("An offer needs at least one price."))
    for (start, price), (more, lower) in itertools.pairwise(ladder):
        if more <= start or not 0 < lower < price:
            raise Refused(_("Each step needs more units and a lower price than the one before."))


def propose_offer(
    purchase: Purchase,
    call: Call,
    *,
    seller: str,
    ladder: Ladder,
    terms: str,
    registration: str = "",
    minimum: int = 1,
    stock: int | None = None,
    maximum: int | None = None,
    box: int = 1,
    each: int = 5,
    good_until: datetime | None = None,
) -> Offer:
    """Make a seller's offer, which staff review; from an unproved address, send a code first. Raise Refused."""
    identity = call.identity
    made = make_offer(
        purchase, seller=seller, ladder=ladder, terms={call.lang: terms}, language=call.lang, registration=registration,
        minimum=minimum, stock=stock, maximum=maximum, box=box, each=each, good_until=good_until,
        contact=identity.contact.root() if identity is not None else None,
        state=Offer.State.PROPOSED if identity is not None else Offer.State.PENDING,
        by=Actor("contact", None, call.door) if identity is None else person_actor(identity, call.door),
    )  # fmt: skip
    if identity is None:
        request_code(purchase, "offer", call, known={"offer": seal_offer(made)})
    else:
        confirm_commitment(identity, lambda: offer_confirmation(purchase, identity), door=call.door)
    return made


@transaction.atomic
def submit_offer(offer: Offer, call: Call) -> Offer:
    """Submit an offer to staff for review, once its seller's address is proved; confirm it once. Raise Refused."""
    identity = call.identity
    assert identity is not None
    if offer.state == Offer.State.PENDING:
        check_waiting(offer.purchase, identity.contact)
    if Offer.objects.filter(pk=offer.pk, state=Offer.State.PENDING).update(
        state=Offer.State.PROPOSED, contact=identity.contact.root()
    ):
        audit("purchases.offer_proved", by=person_actor(identity, call.door), subject=offer)
        confirm_commitment(identity, lambda: offer_confirmation(offer.purchase, identity), door=call.door)
    offer.refresh_from_db(fields=["state"])
    return offer


@transaction.atomic
def review_offer(offer: Offer, *, accept: bool, staff: Staff, reason: str = "") -> Offer:
    """Publish an offer or refuse it with a reason, and message the seller and members. Raise Refused."""
    if not accept and not reason.strip():
        raise Refused(_("Say why this offer is not published."))
    if accept and not may_offer(offer.purchase):
        raise Refused(_("Offers are not compared here any more."))
    after = Offer.State.PUBLISHED if accept else Offer.State.REFUSED
    if not Offer.objects.filter(pk=offer.pk, state=Offer.State.PROPOSED).update(state=after, reason=reason[:300]):
        raise Refused(_("Somebody else reviewed this offer a moment ago."))
    offer.state, offer.reason = after, reason[:300]
    purchase = offer.purchase
    audit("purchases.review_offer", by=staff_actor(staff), subject=offer, accepted=accept)
    if accept:
        record_step(purchase, "offer", staff=staff, data={"offer": offer.pk, "seller": offer.seller})
        announce_offer(offer, staff)
    message_seller(offer, lambda: review_message(offer), staff=staff)
    publish(purchase.action.stream)
    return offer


def announce_offer(offer: Offer, staff: Staff) -> None:
    """Message the organiser and members of a new offer: the interested, or the pledgers once people pledge."""
    purchase = offer.purchase

    def words() -> str:
        """Return the text of the message in the active language."""
        lowest = money(offer.ladder[-1].price)
        known = {"seller": offer.seller, "price": lowest, "code": purchase.code}
        return _("A new offer: %(seller)s, down to %(price)s each. To vote, write: choose offer %(code)s") % known

    message_organiser(purchase, words, staff=staff)
    if purchase.state == State.OPEN:
        message_people(without_organiser(pledgers(purchase), purchase), purchase, words, staff=staff)
    else:
        message_people(
            without_organiser(interested_people(purchase), purchase), purchase, words, purpose=NEWS, staff=staff
        )


@transaction.atomic
def withdraw_offers(purchase: Purchase, contact: Contact, *, by: Actor) -> int:
    """Withdraw a seller's offers to a purchase, except the chosen one, on whose conditions people joined.

    Return how many; people who voted for one of them are informed. Raise Refused where there is none.
    """
    row = lock_purchase(purchase)
    mine = row.offers.filter(contact__in=contact.family_ids(), state__in=ALIVE)
    free = list(mine.exclude(pk=row.offer_id) if row.offer_id else mine)
    if not free and mine.exists():
        raise Refused(
            _("Your offer was chosen, and people joined on its conditions. Please write to us about it here.")
        )
    if not free:
        raise Refused(_("You have no offer here that could be taken back."))
    Offer.objects.filter(pk__in=[offer.pk for offer in free]).update(state=Offer.State.WITHDRAWN)
    for offer in free:
        audit("purchases.withdraw_offer", by=by, subject=offer, was=offer.state)
        announce_withdrawal(row, offer)
    publish(row.action.stream)
    return len(free)


def announce_withdrawal(row: Purchase, offer: Offer) -> None:
    """Delete the votes for a withdrawn offer, and message the people who voted for it."""
    votes = OfferVote.objects.filter(offer=offer, participation__state=Participation.State.COUNTED)
    members = list(votes.values_list("participation__contact", flat=True))
    OfferVote.objects.filter(offer=offer).delete()

    def words() -> str:
        """Return the text of the message in the active language."""
        known = {"seller": offer.seller, "code": row.code}
        gone = _("%(seller)s took back the offer that you chose. To choose another, write: choose offer %(code)s")
        return gone % known

    message_people(Contact.objects.filter(pk__in=members), row, words)


@transaction.atomic
def vote_for_offer(offer: Offer, participation: Participation, *, by: Actor) -> OfferVote:
    """Save a member's vote for an offer, which replaces an earlier one. Raise Refused."""
    purchase = offer.purchase
    member = participation.action_id in (purchase.action_id, purchase.pledging_id)
    if not member or participation.state != Participation.State.COUNTED:
        raise Refused(_("Say first that you are interested; then you may choose among the offers."))
    if not offer.is_good or not may_offer(purchase):
        raise Refused(_("This offer cannot be chosen now.") + lateness_notice(purchase))
    known = OfferVote.objects.filter(participation=participation, offer=offer).exists()
    vote, _new = OfferVote.objects.update_or_create(
        agency_id=purchase.agency_id, participation=participation, defaults={"offer": offer}
    )
    if not known and (identity := participation.identity) is not None:
        confirm_commitment(identity, lambda: vote_confirmation(purchase, offer, identity), door=by.door)
    audit("purchases.vote_for_offer", by=by, subject=vote, offer=offer.pk)
    publish(purchase.action.stream)
    return vote


@transaction.atomic
def choose_offer(
    purchase: Purchase,
    offer: Offer,
    *,
    closes_at: datetime,
    staff: Staff | None = None,
    by: Actor | None = None,
    tie: str = "",
    opens_at: datetime | None = None,
) -> Purchase:
    """Open pledging on an offer, whose conditions are copied to the purchase and bind everybody.

    While people pledge, a better offer may take its place if more than half of the pledgers voted for it. Raise
    Refused.
    """
    row = lock_purchase(purchase)
    offer.refresh_from_db(fields=["state"])  # its seller may have withdrawn it
    if offer.purchase_id != row.pk or offer.state != Offer.State.PUBLISHED or not offer.is_good:
        raise Refused(_("This offer cannot be chosen now."))
    if closes_at <= timezone.now():
        raise Refused(_("This day is over. Choose a later one."))
    if row.is_open:
        return replace_offer(row, offer, by=by or staff_actor(staff), staff=staff)
    if not is_transition(row.state, "open", State.OPEN):
        raise Refused(_("This cannot be done with the purchase now. Reload the page to see where it stands."))
    before, now = row.state, timezone.now()
    row.tie = tie or row.tie
    row.state, row.closes_at, row.opens_at = State.OPEN, closes_at, opens_at or now
    row.published_at = row.published_at or row.opens_at
    copy_conditions(row, offer)
    row.save()
    Action.objects.filter(pk__in=[row.action_id, row.pledging_id]).update(is_open=True)
    promise = {"offer": offer.pk, "seed_hash": row.seed_hash}
    record_step(row, "open", before=before, after=row.state, staff=staff, data=promise)
    audit("purchases.open", by=by or staff_actor(staff), subject=row, offer=offer.pk, tie=row.tie)
    publish(row.action.stream)
    message_people(
        without_organiser(interested_people(row), row), row, lambda: opening_message(row), purpose=NEWS, staff=staff
    )
    if staff is not None:
        message_organiser(row, lambda: opening_message(row), staff=staff)
    announce_choice(row, staff=staff)
    return row


def copy_conditions(row: Purchase, offer: Offer) -> None:
    """Copy the offer's minimum, stock and other limits to the purchase."""
    row.offer = offer
    for name in COPIED:
        setattr(row, name, getattr(offer, name))
    row.told_price = row.outcome.price


def opening_message(row: Purchase) -> str:
    """Return the message to the interested that pledging is open, with the prices."""
    steps = row.tiers
    known = {"price": money(steps[0].price), "lowest": money(steps[-1].price), "code": row.code}
    return _("The offer is here: %(price)s each, down to %(lowest)s. To join, write: buy %(code)s") % known


def votes_needed(row: Purchase) -> int:
    """Return how many votes of pledgers another offer needs to replace the chosen one: more than half."""
    return Pledge.objects.of(row).standing(Pledge.Standing.IN).count() // 2 + 1


def replace_offer(row: Purchase, offer: Offer, *, by: Actor, staff: Staff | None) -> Purchase:
    """Replace the purchase's chosen offer by a better one; pledges stay, and all may still give up."""
    if row.offers.with_votes().get(pk=offer.pk).votes < votes_needed(row):
        raise Refused(_("More than half of the pledgers must choose this offer first."))
    old = row.offer_id
    copy_conditions(row, offer)
    if row.cap is not None and row.taken > row.cap:
        raise Refused(_("This offer has too little for what was pledged."))
    row.save()
    offer_places(row)  # there may be more units, which go to the waiting list first
    record_step(row, "change_offer", staff=staff, data={"offer": offer.pk, "old": old})
    audit("purchases.change_offer", by=by, subject=row, offer=offer.pk, old=old)
    publish(row.action.stream)
    message_people(pledgers(row), row, lambda: offer_changed_message(row), staff=staff)
    announce_choice(row, staff=staff)
    return row


def offer_changed_message(row: Purchase) -> str:
    """Return the message to pledgers that a better offer replaced the chosen one."""
    assert row.offer is not None
    known = {"seller": row.offer.seller, "price": money(row.outcome.price), "code": row.code}
    words = _("The pledgers chose a better offer: %(seller)s, now %(price)s each. Your pledge stands.")
    undo = _("To give it up, write: cancel purchase %(code)s")
    return f"{words % known} {undo % known}"
