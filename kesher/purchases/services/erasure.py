"""Taking a person out of the purchases that he organised."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kesher.core.audit import SYSTEM, audit
from kesher.purchases.models import News, Offer, Purchase


@transaction.atomic
def erase_organiser(ids: Sequence[int]) -> None:
    """Names go; units, prices and dates stay, for the seller's books."""
    Purchase.objects.filter(organiser__in=ids).update(organiser_name="", declaration="…")
    Offer.objects.filter(contact__in=ids).update(contact=None)
    # What was sent stands on the purchase's page; what nobody else read goes, and waits no more.
    unsent = News.objects.filter(purchase__organiser__in=ids).exclude(state=News.State.PUBLISHED)
    unsent.update(state=News.State.REFUSED, texts={}, note="")
    audit("purchases.erase_organiser", by=SYSTEM, people=len(ids))
