"""Append-only model of pledges: how many units a person promised to buy; their last entry holds."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import pgettext_lazy

from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.participation.models import Participation
from kesher.purchases.models.purchase import Purchase
from kesher.purchases.models.waiting_list import InLine


class PledgeQuerySet(ScopedQuerySet["Pledge"]):
    """Entries of the journal."""

    def of(self, purchase: Purchase) -> Self:
        """Return the journal entries of one purchase."""
        return self.filter(purchase=purchase)

    def current(self) -> Self:
        """Return each participant's latest journal entry, which is the valid one."""
        later = Pledge.objects.filter(participation=OuterRef("participation"), number__gt=OuterRef("number"))
        return self.filter(~Exists(later))

    def standing(self, *standings: str) -> Self:
        """Return the current entries whose standing is one of these."""
        return self.current().filter(standing__in=standings)

    def joined(self) -> Self:
        """Return the current entries of people who still take part.

        Left out are those who took their pledge back, or gave up their share or their turn after the deadline.
        """
        return self.current().exclude(standing="out").exclude(participation__allotment__state="given_up")

    def in_order(self) -> Self:
        """Return the journal entries in the order in which they were written."""
        return self.order_by("id")


class Pledge(InLine):
    """An entry of the journal. It is never changed: a person who wants more, less or nothing gets another one.

    ``quantity`` is what the person wants; with ``tolerance`` they take up to that many more if that fills a box.
    ``change`` is by how many units the entry moved what is taken: its sum over the journal is `Purchase.taken`.
    """

    class Standing(models.TextChoices):
        """Whether the units of an entry are pledged, waited for, offered or given up."""

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
    wanted = models.PositiveIntegerField(default=0)  # all units that a person on the waiting list asked for
    point = models.ForeignKey("purchases.PickupPoint", on_delete=models.PROTECT, null=True, related_name="+")
    until = models.DateTimeField(null=True)  # when an offered place expires
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
        """Return the participation's id, the entry's number, its standing and the units."""
        return f"{self.participation_id}.{self.number} {self.standing} {self.quantity}"

    @property
    def holds(self) -> int:
        """Return how many units this entry takes from the stock: its quantity if pledged or offered, else 0."""
        return self.quantity if self.standing in (self.Standing.IN, self.Standing.OFFERED) else 0

    @property
    def stands_for(self) -> tuple[int, int]:
        """Return the (units, tolerance) of this entry that count when the purchase closes."""
        units = {"in": self.quantity, "offered": self.secured}.get(self.standing, 0)
        return (units, self.tolerance) if units else (0, 0)

    @property
    def state_of_line(self) -> str:
        """Return this entry's ``standing``, under the attribute name that `InLine` reads."""
        return self.standing
