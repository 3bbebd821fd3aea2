"""Models of group purchases: the purchase, sellers' offers, pledges, and each person's share."""

from kesher.language import LANGUAGES
from kesher.purchases.models.distribution import Allotment, PickupPoint, PickupSlot
from kesher.purchases.models.offers import Offer, OfferVote
from kesher.purchases.models.pledges import Pledge
from kesher.purchases.models.purchase import TITLE_MAX, News, Purchase, Step
from kesher.purchases.models.tiers import Tier
