"""Model of one price step of an offer: from so many units on, each costs so much."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kesher.agencies.models import AgencyOwned
from kesher.core.db.agency_scope import ScopedManager


class Tier(AgencyOwned):
    """A price step: from ``start`` units together, each unit costs ``price`` agorot, VAT included."""

    offer = models.ForeignKey("purchases.Offer", on_delete=models.PROTECT, related_name="tiers")
    start = models.PositiveIntegerField()
    price = models.PositiveBigIntegerField()

    objects = ScopedManager["Tier"]()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["offer", "start"], name="tier_start_once"),
            models.CheckConstraint(condition=Q(start__gte=1, price__gte=1), name="tier_positive"),
        ]

    def __str__(self) -> str:
        """Return from how many units the price holds, and the price in agorot."""
        return f"{self.start}: {self.price}"
