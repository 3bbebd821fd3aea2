"""Models of what goes out: deliveries and broadcasts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kesher.agencies.models import AgencyOwned, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.conversations.models.stream import Message
from kesher.core.db.agency_scope import ScopedManager
from kesher.core.db.ids import uuid7
from kesher.core.secrets import SecretField


class Delivery(AgencyOwned):
    """One part of a message to send; the table is the queue. Leased by a conditional update.

    ``payload`` is the request. If it contains a code or a private link, it is in ``sealed`` instead, until it is sent
    and not longer than ``expires``.
    """

    class State(models.TextChoices):
        """How far the delivery is."""

        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        DELIVERED = "delivered"
        READ = "read"
        FAILED = "failed"
        UNKNOWN = "unknown"

    class Lane(models.IntegerChoices):
        """The priority of a delivery, lowest number first."""

        AGENT = 0
        BOT = 1
        STATUS = 2
        BROADCAST = 3

    ref = models.UUIDField(default=uuid7, unique=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="deliveries")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="deliveries")
    part = models.PositiveSmallIntegerField(default=0)
    payload = models.JSONField(default=dict)
    sealed = SecretField(default=dict)
    expires = models.DateTimeField(null=True)
    lane = models.PositiveSmallIntegerField(choices=Lane.choices, default=Lane.BOT)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.FloatField(default=0)
    leased_at = models.FloatField(default=0)
    external_id = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["message", "part"], name="delivery_part_once"),
            models.CheckConstraint(
                condition=Q(sealed={}) | Q(state__in=["queued", "sending"]), name="delivery_sealed_on_its_way"
            ),
        ]
        indexes = [
            models.Index(fields=["lane", "id"], name="delivery_queue", condition=Q(state="queued")),
            models.Index(fields=["leased_at"], name="delivery_sending", condition=Q(state="sending")),
            models.Index(fields=["account", "external_id"], name="delivery_external", condition=~Q(external_id="")),
        ]

    def __str__(self) -> str:
        """Return the delivery's reference and state."""
        return f"{self.ref} {self.state}"


class Broadcast(AgencyOwned):
    """One text sent to many people for one purpose; a person gets it once."""

    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=12)
    topic = models.CharField(max_length=20, blank=True)  # its subject, for people who muted it
    texts = models.JSONField(default=dict)  # {language: text}
    sealed = SecretField(default=dict)  # until it is sent: the texts with their secrets
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    def __str__(self) -> str:
        """Return the broadcast's name."""
        return self.name


class BroadcastRow(AgencyOwned):
    """One person of a broadcast and the outcome: queued with its message, or left out with the reason."""

    broadcast = models.ForeignKey(Broadcast, on_delete=models.PROTECT, related_name="rows")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=12, default="waiting")  # waiting, queued, refused, unreachable
    not_before = models.DateTimeField(null=True)  # end of the person's own quiet hours

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["broadcast", "contact"], name="broadcast_person_once")]
        indexes = [models.Index(fields=["id"], name="broadcast_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        """Return the ids of broadcast and recipient, and the state."""
        return f"{self.broadcast_id} {self.contact_id} {self.state}"
