"""Signed links that open a person's pledge, or the purchase that they lead, without a code."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.core.errors import Refused
from kesher.core.signed_numbers import read_number, sign_number
from kesher.participation.models import Participation
from kesher.purchases.models import Offer, Purchase

OWN_SALT, ORGANISER_SALT = "kesher.purchases.own", "kesher.purchases.organiser"
OFFER_SALT = "kesher.purchases.offer"


def own_path(row: Participation) -> str:
    """Return the path of a person's own page. It cannot be guessed, and only they get it."""
    return reverse("purchases:mine", args=[own_key(row)])


def own_key(row: Participation) -> str:
    """Return the signed key of a person's own page."""
    return sign_number(row.pk, OWN_SALT)


def find_own_participation(key: str) -> Participation | None:
    """Return the participation that a key opens; None for a key that we did not make."""
    pk = read_number(key, OWN_SALT)
    if pk is None:
        return None
    rows = Participation.objects.select_related("action", "identity", "contact__merged_into")
    return rows.filter(pk=pk, action__kind__in=("purchase", "pledge")).first()


def organiser_path(purchase: Purchase) -> str:
    """Return the path of the organiser's page."""
    return reverse("purchases:organise", args=[organiser_key(purchase)])


def organiser_key(purchase: Purchase) -> str:
    """Return the signed key of the organiser's page."""
    return sign_number(purchase.pk, ORGANISER_SALT)


def find_organised_purchase(key: str) -> Purchase | None:
    """Return the purchase that an organiser's key opens; None for a key that we did not make."""
    pk = read_number(key, ORGANISER_SALT)
    if pk is None:
        return None
    return Purchase.objects.with_page().filter(pk=pk).first()


def seal_offer(offer: Offer) -> str:
    """Return a signed name for an offer, so that only its seller can prove it."""
    return signing.dumps(offer.pk, salt=OFFER_SALT)


def get_sealed_offer(purchase: Purchase, seal: Any) -> Offer:
    """Return the offer that a seal names. Raise Refused for a seal that we did not make, or of another purchase."""
    try:
        pk = signing.loads(str(seal), salt=OFFER_SALT)
    except signing.BadSignature as error:
        raise Refused(_("There is no such offer here."), code="offer") from error
    found = Offer.objects.select_related("purchase__action").filter(purchase=purchase, pk=pk).first()
    if found is None:
        raise Refused(_("There is no such offer here."), code="offer")
    return found
