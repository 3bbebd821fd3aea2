"""The journal of pledges: what somebody promised to take, line by line. The last line holds."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import pgettext_lazy

from kesher.core.scope import ScopedManager, ScopedQuerySet
from kesher.participation.models import Participation
from kesher.purchases.models.purchase import Purchase
from kesher.purchases.models.waiting_list import InLine


class PledgeQuerySet(ScopedQuerySet["Pledge"]):
    def of(self, purchase: Purchase) -> Self:
        return self.filter(purchase=purchase)

    def current(self) -> Self:
        """The line that holds of each person: the one that no later line of his follows."""
        later = Pledge.objects.filter(participation=OuterRef("participation"), number__gt=OuterRef("number"))
        return self.filter(~Exists(later))

    def standing(self, *standings: str) -> Self:
        return self.current().filter(standing__in=standings)

    def joined(self) -> Self:
        """The current lines of those who still take part: nobody who took his pledge back, or gave his share or his
        place in the line up after the deadline."""
        return self.current().exclude(standing="out").exclude(participation__allotment__state="given_up")

    def in_order(self) -> Self:
        """As the journal was written."""
        return self.order_by("id")


class Pledge(InLine):
    """One line. Nobody changes it: whoever wants more, less or nothing gets another line with the next number.

    ``quantity`` is what he wants; with ``tolerance`` he takes up to so many more, if that fills a box. ``change`` is by
    how much the line moved the units that are taken: their sum over the journal is `Purchase.taken`.
    """

    class Standing(models.TextChoices):
        IN = "in", pgettext_lazy("pledge", "Pledged")
        WAITING = "waiting", pgettext_lazy("pledge", "On the waiting list")
        OFFERED = "offered", pgettext_lazy("pledge", "A place is offered")
        OUT = "out", pgettext_lazy("pledge", "Given up")

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="pledges")
    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="pledges")
    number = models.PositiveSmallIntegerField()
    standing = models.CharField(max_length=8, choices=Standing.choices)
    quantity = models.PositiveIntegerField(default=0)
    tolerance = models.PositiveIntegerField(default=0)
    change = models.IntegerField(default=0)
    wanted = models.PositiveIntegerField(default=0)  # what a person in line asked for in all
    point = models.ForeignKey("purchases.PickupPoint", on_delete=models.PROTECT, null=True, related_name="+")
    until = models.DateTimeField(null=True)  # until when an offered place is kept
    door = models.CharField(max_length=30)
    reason = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager.from_queryset(PledgeQuerySet)()

    class Meta(InLine.Meta):
        constraints = [
            models.UniqueConstraint(fields=["participation", "number"], name="pledge_line_once"),
            models.CheckConstraint(
                condition=(Q(standing__in=["waiting", "offered"], turn__isnull=False))
                | Q(standing="in")
                | Q(standing="out", turn=None),
                name="pledge_waits_in_turn",
            ),
            models.CheckConstraint(condition=Q(secured__lte=F("quantity")), name="pledge_secured_within_quantity"),
            models.CheckConstraint(
                condition=Q(standing="out", quantity=0, tolerance=0) | (~Q(standing="out") & Q(quantity__gte=1)),
                name="pledge_quantity_fits",
            ),
            models.CheckConstraint(
                condition=~Q(standing="offered") | Q(until__isnull=False), name="pledge_offer_has_an_end"
            ),
        ]
        indexes = [
            models.Index(fields=["purchase", "id"], name="pledge_journal"),
            models.Index(fields=["until"], name="pledge_offers", condition=Q(standing="offered")),
        ]

    def __str__(self) -> str:
        return f"{self.participation_id}.{self.number} {self.standing} {self.quantity}"

    @property
    def holds(self) -> int:
        """The units that this line keeps from others."""
        return self.quantity if self.standing in (self.Standing.IN, self.Standing.OFFERED) else 0

    @property
    def stands_for(self) -> tuple[int, int]:
        """(units, tolerance) by which the deadline decides."""
        units = {"in": self.quantity, "offered": self.secured}.get(self.standing, 0)
        return (units, self.tolerance) if units else (0, 0)

    @property
    def state_of_line(self) -> str:
        return self.standing
