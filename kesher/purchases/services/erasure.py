"""Erase a person from the group purchases that they organised."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kesher.core.audit import SYSTEM, audit
from kesher.purchases.models import News, Offer, Purchase


@transaction.atomic
def erase_organiser(ids: Sequence[int]) -> None:
    """Clear the names of these contacts as organisers and sellers; units, prices and dates stay."""
    Purchase.objects.filter(organiser__in=ids).update(organiser_name="", declaration="…")
    Offer.objects.filter(contact__in=ids).update(contact=None)
    # News that were sent stay on the purchase's page; the others are deleted.
    unsent = News.objects.filter(purchase__organiser__in=ids).exclude(state=News.State.PUBLISHED)
    unsent.update(state=News.State.REFUSED, texts={}, note="")
    audit("purchases.erase_organiser", by=SYSTEM, people=len(ids))
