"""The messages on simulated phones."""

from __future__ import annotations

from django.db import models

from kesher.agencies.models import AgencyOwned
from kesher.core.db.agency_scope import ScopedManager


class SimulatedMessage(AgencyOwned):
    """A message as a fake provider stores it, in the provider's own format.

    ``mine``: sent by the simulated person, else by us. ``told``: how many delivery receipts were sent so far.
    """

    channel = models.CharField(max_length=30)
    address = models.CharField(max_length=254)
    mine = models.BooleanField(default=False)
    payload = models.JSONField(default=dict)
    told = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        db_table = "kesher_site_simulatedmessage"  # created by `kesher.site`, whose model this was
        indexes = [
            models.Index(fields=["agency", "address", "-id"], name="simulated_history"),
            models.Index(fields=["id"], name="simulated_untold", condition=models.Q(mine=False, told__lt=2)),
        ]

    def __str__(self) -> str:
        """Return the channel and the simulated person's address."""
        return f"{self.channel} {self.address}"
