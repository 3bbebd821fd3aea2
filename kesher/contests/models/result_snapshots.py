"""Model of stored results, for counts that are too slow for a page."""

from __future__ import annotations

from django.db import models

from kesher.agencies.models import AgencyOwned
from kesher.contests.models.contests import Round
from kesher.core.db.agency_scope import ScopedManager


class Snapshot(AgencyOwned):
    """The order, the comparisons and, for statements, the opinion groups of one round, as the worker computed them.

    It names no person: a point of the picture is a place. ``mark`` is the fingerprint of the ballots. ``final``: the
    round is counted, and nothing will change any more.
    """

    round = models.OneToOneField(Round, on_delete=models.PROTECT, related_name="snapshot")
    at = models.DateTimeField(auto_now=True)
    mark = models.CharField(max_length=80)
    final = models.BooleanField(default=False)
    data = models.JSONField(default=dict)

    objects = ScopedManager["Snapshot"]()

    def __str__(self) -> str:
        """Return the round's id and the mark of the ballots that were counted."""
        return f"{self.round_id} {self.mark}"
