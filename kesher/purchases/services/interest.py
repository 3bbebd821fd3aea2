"""Interest, free and without obligation; and how the web, the API and unproven addresses prove whose wish it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.contacts import services as contacts
from kesher.contacts.models import Consent, Contact, Identity
from kesher.contacts.services import effective_time, get_or_create_identity, prove_identity, record_consent
from kesher.conversations.services import confirm_commitment, send_code
from kesher.core.address import Address
from kesher.core.audit import Actor
from kesher.core.errors import Refused
from kesher.participation.deadlines import describe_lateness
from kesher.participation.models import Action, Participation
from kesher.participation.services import end_participation, find_participation, take_part
from kesher.purchases.models import Offer, Purchase
from kesher.purchases.rules import may_pledge, takes_interest, too_late
from kesher.purchases.services.confirmations import offered, organised
from kesher.purchases.services.lifecycle import submit_purchase
from kesher.purchases.services.offers import prove_offer
from kesher.purchases.services.pledge_journal import JOIN, person

SHORT = {"q": "quantity", "t": "tolerance", "p": "point", "wt": "wait", "o": "offer"}  # as it stands in a link
WISHES = ("interest", "pledge", "start", "offer")  # those that a page can go on with, by the link that comes along


def level_of(identity: Identity) -> int:
    """What a code that came back proves: a phone is worth more than a mailbox, which anybody opens by the dozen."""
    return 2 if identity.scheme == "tel" else 1


@transaction.atomic
def say_interested(
    purchase: Purchase, identity: Identity, *, door: str, by: Actor | None = None, level: int | None = None
) -> tuple[Participation, bool]:
    """A person would like to buy; nothing binds him. He gets news of this purchase. Twice is once: (row, was it new).
    ``level``: how well he is known here, where not by his address. Raises Refused where no interest is gathered any
    more."""
    if not takes_interest(purchase):
        ended = describe_lateness(purchase.opens_at, purchase.agency.timezone)
        raise Refused(_("Interest is not gathered any more.") + ended, code="closed")
    level = identity.assurance if level is None else level
    row, new = take_part(
        purchase.action, identity, level=level, channel=door, by=by or person(identity, door), pending=level < 1
    )
    if new and row.state == Participation.State.COUNTED:
        wording = _("Tell me when there is an offer")
        record_consent(identity, Consent.Purpose.INFORMATION, granted=True, source=door, wording=wording)
    return row, new


@transaction.atomic
def lose_interest(purchase: Purchase, contact: Contact, *, by: Actor) -> bool:
    row = find_participation(purchase.action, contact.root())
    return row is not None and end_participation(row, by=by, reason="asked")


def action_of(purchase: Purchase, wish: str) -> Action:
    return purchase.pledging if wish == "pledge" else purchase.action


@transaction.atomic
def ask_for_code(
    purchase: Purchase, wish: str, address: Address, *, lang: str, door: str, known: Mapping[str, Any] | None = None
) -> Identity:
    """Somebody gives an address: a code and a link go there. Nothing is kept for him until they come back; ``known`` is
    what he wants, and travels in the link. What is said is the same whoever it is. Raises Refused."""
    if wish == "interest" and not takes_interest(purchase):
        ended = describe_lateness(purchase.opens_at, purchase.agency.timezone)
        raise Refused(_("Interest is not gathered any more.") + ended, code="closed")
    if wish == "pledge" and not may_pledge(purchase):
        raise Refused(_("This purchase takes no pledges now.") + too_late(purchase), code="closed")
    identity = get_or_create_identity(address, language=lang)
    if wish == "start" and level_of(identity) < 2:
        raise Refused(_("Whoever organises a purchase must prove a phone number with a code."), code="proof")
    if wish == "pledge" and level_of(identity) < purchase.proof:
        raise Refused(_("For this purchase, please give a phone number."), code="proof")
    query = {"w": wish, "code": "CODE", **{k: v for k, v in (known or {}).items() if v}}
    if wish in ("interest", "pledge"):
        row, _new = take_part(
            action_of(purchase, wish), identity, level=0, channel=door, by=person(identity, door), pending=True
        )
        query["r"] = row.receipt
    path = reverse("purchases:confirm", args=[purchase.code])
    link = f"{absolute(path)}?{urlencode(query)}" if wish in WISHES else ""
    wanted = wish_of({name: (known or {}).get(short) for short, name in SHORT.items()})
    send_code(identity, purpose=JOIN, subject=f"{purchase.code}:{wish}", lang=lang, link=link, wish=wanted)
    return identity


def wish_of(known: Mapping[str, Any]) -> dict[str, object]:
    """What a code for a pledge is asked for: another number that comes back with it is a wish of its own moment."""
    said: dict[str, object] = {name: str(known.get(name) or "") for name in ("quantity", "tolerance", "point")}
    return {**{name: value for name, value in said.items() if value != "0"}, "wait": bool(known.get("wait"))}


def use_code(
    purchase: Purchase, wish: str, identity: Identity, code: str, *, door: str, known: Mapping[str, Any] | None = None
) -> datetime:
    """The code came back: the address is his. Returns the moment as of which counts what it confirms: that of its
    request, where the same is ``known`` to be wanted. Raises Refused for one that is wrong or too old. Not one
    transaction with what follows: a wrong try must stay counted although the verb is refused."""
    proof = contacts.use_code(identity, code, purpose=JOIN, subject=f"{purchase.code}:{wish}")
    prove_identity(identity, level=level_of(identity), evidence={"code_for": purchase.code}, by=person(identity, door))
    return effective_time(proof, code, wish_of(known or {}))


def proved_start(purchase: Purchase, identity: Identity, code: str, *, door: str) -> Purchase:
    """The organiser's code came back: his draft waits for its review. Raises Refused."""
    use_code(purchase, "start", identity, code, door=door)
    return start_as(purchase, identity, door=door)


def start_as(purchase: Purchase, identity: Identity, *, door: str) -> Purchase:
    """Send the draft of an organiser who is proved to its review, and confirm it once. Raises Refused."""
    waited = purchase.state == Purchase.State.DRAFT
    done = submit_purchase(purchase, identity, by=person(identity, door))
    if waited:
        confirm_commitment(identity, lambda: organised(done, identity), door=door)
    return done


def proved_offer(offer: Offer, identity: Identity, code: str, *, door: str) -> Offer:
    """The seller's code came back: his offer waits for its review. Raises Refused."""
    use_code(offer.purchase, "offer", identity, code, door=door)
    return offer_as(offer, identity, door=door)


def offer_as(offer: Offer, identity: Identity, *, door: str) -> Offer:
    """Send the offer of a seller who is proved to its review, and confirm it once. Raises Refused."""
    waited = offer.state == Offer.State.PENDING
    done = prove_offer(offer, identity.contact, by=person(identity, door))
    if waited:
        confirm_commitment(identity, lambda: offered(done.purchase, identity), door=door)
    return done
