"""Signed links that open a person's pledge, or the purchase that they organise, without a code."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.contacts.models import Identity
from kesher.core.errors import Refused
from kesher.core.signed_link_tokens import read_number, sign_number
from kesher.participation.models import Participation
from kesher.participation.services import find_participation
from kesher.purchases.models import Offer, Purchase
from kesher.purchases.rules import is_organiser, may_organise

OWN_SALT, ORGANISER_SALT = "kesher.purchases.own", "kesher.purchases.organiser"
OFFER_SALT = "kesher.purchases.offer"


def own_path(row: Participation) -> str:
    """Return the secret path of a participant's own page, with its signed key."""
    return reverse("purchases:mine", args=[own_key(row)])


def own_key(row: Participation) -> str:
    """Return the signed key in the path of a participant's own page."""
    return sign_number(row.pk, OWN_SALT)


def find_own_participation(key: str) -> Participation | None:
    """Return the participation that this signed key opens; None for an invalid key."""
    pk = read_number(key, OWN_SALT)
    if pk is None:
        return None
    rows = Participation.objects.select_related("action", "identity", "contact__merged_into")
    return rows.filter(pk=pk, action__kind__in=("purchase", "pledge")).first()


def organiser_path(purchase: Purchase) -> str:
    """Return the secret path of the organiser's page of a purchase, with its signed key."""
    return reverse("purchases:organise", args=[organiser_key(purchase)])


def organiser_key(purchase: Purchase) -> str:
    """Return the signed key in the path of the organiser's page."""
    return sign_number(purchase.pk, ORGANISER_SALT)


def find_organised_purchase(key: str) -> Purchase | None:
    """Return the purchase whose organiser's page this signed key opens; None for an invalid key."""
    pk = read_number(key, ORGANISER_SALT)
    if pk is None:
        return None
    return Purchase.objects.with_page().filter(pk=pk).first()


def seal_offer(offer: Offer) -> str:
    """Return the offer's id signed, so that only its seller can confirm it by a code."""
    return signing.dumps(offer.pk, salt=OFFER_SALT)


def get_sealed_offer(purchase: Purchase, seal: Any) -> Offer:
    """Return the purchase's offer whose signed id this is. Raise Refused for an invalid one."""
    try:
        pk = signing.loads(str(seal), salt=OFFER_SALT)
    except signing.BadSignature as error:
        raise Refused(_("There is no such offer here."), code="offer") from error
    found = Offer.objects.select_related("purchase__action").filter(purchase=purchase, pk=pk).first()
    if found is None:
        raise Refused(_("There is no such offer here."), code="offer")
    return found


def links_of_person(found: Purchase, identity: Identity) -> dict[str, str]:
    """Return the links to a person's own page, and to what they organise.

    The organiser's links need a phone that was proved by a code, as starting a purchase did.
    """
    contact = identity.contact.root()
    rows = [find_participation(action, contact) for action in (found.pledging, found.action)]
    mine = next((row for row in rows if row is not None and row.state == Participation.State.COUNTED), None)
    links = own_links(mine) if mine is not None else {}
    if is_organiser(contact, found) and may_organise(identity):
        links |= organiser_links(found)
    return links


def own_links(row: Participation) -> dict[str, str]:
    """Return the secret links to a participant's own page and API, by which anybody may change their pledge."""
    return {"mine": absolute(own_path(row)), "own": absolute(reverse("purchases:api-own", args=[own_key(row)]))}


def organiser_links(found: Purchase) -> dict[str, str]:
    """Return the secret links to an organiser's page and API of the purchase."""
    lead = reverse("purchases:api-lead", args=[organiser_key(found)])
    return {"organise": absolute(organiser_path(found)), "lead": absolute(lead)}
