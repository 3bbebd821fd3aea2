"""Models of pick-up: places, time slots, and each person's share with whether it was collected."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from kesher.agencies.models import AgencyOwned, Staff, in_language
from kesher.core.db.agency_scope import ScopedManager
from kesher.participation.models import Participation
from kesher.purchases.models.purchase import Purchase
from kesher.purchases.models.waiting_list import InLine


class PickupPoint(AgencyOwned):
    """A place where the goods are collected. Names are {language: words}."""

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="points")
    names = models.JSONField(default=dict)
    address = models.CharField(max_length=160)
    is_active = models.BooleanField(default=True)

    objects = ScopedManager["PickupPoint"]()

    def __str__(self) -> str:
        """Return the place's name in the reader's language."""
        return self.name

    @property
    def name(self) -> str:
        """Return the pick-up place's name in the reader's language, else its address."""
        return in_language(self.names) or self.address


class PickupSlot(AgencyOwned):
    """A time at which a pick-up point is open, and for how many people."""

    point = models.ForeignKey(PickupPoint, on_delete=models.PROTECT, related_name="slots")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    places = models.PositiveIntegerField(default=30)

    objects = ScopedManager["PickupSlot"]()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="slot_ends_after_it_starts"),
            models.UniqueConstraint(fields=["point", "starts"], name="slot_once"),
        ]

    def __str__(self) -> str:
        """Return the place's id and when the time slot begins."""
        return f"{self.point_id} {self.starts:%Y-%m-%d %H:%M}"


class Allotment(InLine):
    """The share of one person, at the final price; they collect it by its ``code``."""

    class State(models.TextChoices):
        """Where a share stands, from the waiting list to the pick-up."""

        WAITING = "waiting", pgettext_lazy("allotment", "On the waiting list")  # nothing was left
        OFFERED = "offered", pgettext_lazy("allotment", "Offered")  # it became free for the next in line
        HELD = "held", pgettext_lazy("allotment", "To be collected")
        GIVEN_UP = "given_up", pgettext_lazy("allotment", "Given up")
        COLLECTED = "collected", pgettext_lazy("allotment", "Collected")

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="allotments")
    participation = models.OneToOneField(Participation, on_delete=models.PROTECT, related_name="allotment")
    place = models.PositiveIntegerField()  # the position in the order of the tie rule
    wanted = models.PositiveIntegerField()
    quantity = models.PositiveIntegerField()
    price = models.PositiveBigIntegerField()
    code = models.CharField(max_length=6)
    state = models.CharField(max_length=9, choices=State.choices, default=State.HELD)
    until = models.DateTimeField(null=True)
    point = models.ForeignKey(PickupPoint, on_delete=models.PROTECT, null=True, related_name="+")
    slot = models.ForeignKey(PickupSlot, on_delete=models.PROTECT, null=True, related_name="allotments")
    collected_at = models.DateTimeField(null=True)
    collected_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Allotment"]()

    class Meta(InLine.Meta):
        constraints = [
            models.UniqueConstraint(fields=["purchase", "code"], name="allotment_code_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["waiting", "offered"]) | Q(turn__isnull=False), name="allotment_waits_in_turn"
            ),
            models.CheckConstraint(
                condition=~Q(state="collected") | Q(collected_at__isnull=False), name="allotment_collected_has_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "given_up"), quantity=0)
                | (~Q(state__in=("waiting", "given_up")) & Q(quantity__gte=1)),
                name="allotment_quantity_fits",
            ),
            models.CheckConstraint(
                condition=~Q(state="offered") | Q(until__isnull=False), name="allotment_offer_has_an_end"
            ),
        ]
        indexes = [models.Index(fields=["purchase", "place"], name="allotment_order")]

    def __str__(self) -> str:
        """Return the pick-up code and the number of units."""
        return f"{self.code} {self.quantity}"

    @property
    def state_of_line(self) -> str:
        """Return this share's ``state``, under the attribute name that `InLine` reads."""
        return self.state

    @property
    def total(self) -> int:
        """Return what the person pays for this share, in agorot."""
        return self.quantity * self.price
