"""What a row of somebody in line says: which turn they have, and what of their units is theirs already."""

from __future__ import annotations

from django.db import models

from kesher.agencies.models import AgencyOwned


class InLine(AgencyOwned):
    """``turn``: the place in the line, the smallest first; None for who does not wait. It stays from offer to offer,
    until all that was ``wanted`` is theirs. ``secured``: while more is offered, the units that are theirs whatever they
    answer. ``whole``: they want to be offered nothing less than all that they still wait for."""

    quantity: models.PositiveIntegerField[int, int]
    wanted: models.PositiveIntegerField[int, int]
    turn = models.PositiveBigIntegerField(null=True)
    secured = models.PositiveIntegerField(default=0)
    whole = models.BooleanField(default=False)

    class Meta(AgencyOwned.Meta):
        abstract = True

    @property
    def missing(self) -> int:
        """The units that they wait for beyond what they have or are offered; 0 for who is not in line."""
        has = self.quantity if self.state_of_line != "waiting" else 0
        return max((self.wanted or self.quantity) - has, 0) if self.turn is not None else 0

    @property
    def state_of_line(self) -> str:
        raise NotImplementedError
