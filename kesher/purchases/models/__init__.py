"""Buying together: the purchase, what sellers offer, what people pledge, and what each gets."""

from kesher.language import LANGUAGES
from kesher.purchases.models.distribution import Allotment, PickupPoint, PickupSlot
from kesher.purchases.models.offers import Offer, OfferVote
from kesher.purchases.models.pledges import Pledge
from kesher.purchases.models.purchase import TITLE_MAX, News, Purchase, Step
from kesher.purchases.models.tiers import Tier

__all__ = [
    "LANGUAGES",
    "TITLE_MAX",
    "Allotment",
    "News",
    "Offer",
    "OfferVote",
    "PickupPoint",
    "PickupSlot",
    "Pledge",
    "Purchase",
    "Step",
    "Tier",
]
