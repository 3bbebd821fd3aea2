"""Abstract model with the fields of a person's place on the waiting list."""

from __future__ import annotations

from django.db import models

from kesher.agencies.models import AgencyOwned


class InLine(AgencyOwned):
    """A pledge or a share whose person may wait for units.

    ``turn``: the position on the waiting list, the smallest first; None for a person who does not wait. It stays from
    offer to offer until all that was ``wanted`` is theirs. ``secured``: while more is offered, the units that are
    theirs whatever they answer. ``whole``: they want no offer of less than all that they still wait for.
    """

    quantity: models.PositiveIntegerField[int, int]
    wanted: models.PositiveIntegerField[int, int]
    turn = models.PositiveBigIntegerField(null=True)
    secured = models.PositiveIntegerField(default=0)
    whole = models.BooleanField(default=False)

    class Meta(AgencyOwned.Meta):
        abstract = True

    @property
    def missing(self) -> int:
        """Return how many more units the person waits for; 0 for one who does not wait."""
        has = self.quantity if self.state_of_line != "waiting" else 0
        return max((self.wanted or self.quantity) - has, 0) if self.turn is not None else 0

    @property
    def state_of_line(self) -> str:
        """Return the pledge's standing or the share's state; each model names its own field."""
        raise NotImplementedError
