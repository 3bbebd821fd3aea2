"""What petitions, contests and purchases share: a short code, one counted row a person, and exact tallies."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kesher.agencies.models import AgencyOwned
from kesher.contacts.models import Contact, Identity
from kesher.core.ids import token
from kesher.core.scope import ScopedManager


class Action(AgencyOwned):
    """Something to take part in, by a short code that can be typed on any phone."""

    kind = models.CharField(max_length=20)
    code = models.CharField(max_length=8)
    secret = models.CharField(max_length=40, default=token)
    is_open = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "code"], name="action_code_once")]

    def __str__(self) -> str:
        return self.code

    @property
    def stream(self) -> str:
        return f"action:{self.pk}"


class Participation(AgencyOwned):
    """One person in one action. Appended; its state moves, and every move writes deltas, never a counter.

    ``level`` is how well the person was known: 0 claimed, 1 an address of his answered, 2 a one-time code, 3 a
    national login. Pending rows, and rows of level 0, are in no public count.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        COUNTED = "counted"
        WITHDRAWN = "withdrawn"
        VOID = "void"
        SUPERSEDED = "superseded"
        EXPIRED = "expired"

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="participations")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="participations")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, null=True, related_name="participations")
    person_key = models.BinaryField(max_length=32)
    receipt = models.CharField(max_length=12)
    level = models.PositiveSmallIntegerField(default=0)
    channel = models.CharField(max_length=30)
    area = models.CharField(max_length=40, blank=True)
    value = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=120, blank=True)
    show_name = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices)
    created = models.DateTimeField(auto_now_add=True)
    confirmed = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["action", "person_key"],
                name="participation_person_once",
                condition=Q(state__in=["pending", "counted"]),
            ),
            models.UniqueConstraint(
                fields=["action", "contact"], name="participation_contact_once", condition=Q(state="counted")
            ),
            models.UniqueConstraint(fields=["action", "receipt"], name="participation_receipt_once"),
        ]
        indexes = [
            models.Index(fields=["contact", "-id"], name="participation_mine"),
            models.Index(fields=["created"], name="participation_pending", condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.action_id} {self.receipt} {self.state}"


class CountDelta(AgencyOwned):
    """A change of a count, written in the transaction of the row that caused it and drained by one worker."""

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="+")
    dimension = models.CharField(max_length=10)  # total, level, channel, area, value
    key = models.CharField(max_length=40, blank=True)
    n = models.SmallIntegerField()

    objects = ScopedManager()

    def __str__(self) -> str:
        return f"{self.action_id} {self.dimension} {self.n:+d}"


class Tally(AgencyOwned):
    """The sum of the deltas so far: what public pages read. An unknown area is a row, so breakdowns add up."""

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="tallies")
    dimension = models.CharField(max_length=10)
    key = models.CharField(max_length=40, blank=True)
    n = models.IntegerField(default=0)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["action", "dimension", "key"], name="tally_key_once")]

    def __str__(self) -> str:
        return f"{self.action_id} {self.dimension} {self.n}"
