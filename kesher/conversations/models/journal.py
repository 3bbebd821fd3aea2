"""Models of what comes in before it is processed: raw requests, and the web processes that handle them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kesher.core.db.ids import uuid7


class Intake(models.Model):
    """The journal: verified raw requests of providers, durable before the provider gets its 200.

    The intake lane writes it without the ORM (`server.lanes.intake`), so it is a plain table: ``account_id`` is a
    column, and the agency is the account's. ``id`` is a UUID of version 7: key order is time order.
    """

    class State(models.TextChoices):
        """Whether a raw request was processed."""

        NEW = "new"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7)
    account_id = models.BigIntegerField()
    received = models.FloatField()
    path = models.CharField(max_length=500)
    query = models.TextField(blank=True)
    headers = models.TextField(default="{}")
    body = models.BinaryField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.NEW)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "intake"
        indexes = [
            models.Index(fields=["id"], name="intake_new", condition=Q(state="new")),
            models.Index(fields=["account_id", "id"], name="intake_failed", condition=Q(state="failed")),
        ]

    def __str__(self) -> str:
        """Return the request's id."""
        return str(self.id)


class IntakeAddress(models.Model):
    """An address in a raw request, as a keyed hash, so that an erasure finds the request."""

    intake = models.UUIDField()
    key = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "intake addresses"
        constraints = [models.UniqueConstraint(fields=["key", "intake"], name="intake_names_once")]
        indexes = [models.Index(fields=["intake"], name="intake_address")]

    def __str__(self) -> str:
        """Return the request in which the address occurs."""
        return str(self.intake)


class WebProcess(models.Model):
    """What a web process last reported about the requests that it is handling.

    At ``seen`` the oldest of them had arrived at ``oldest`` (None: there was none; 0: its time is not known). There is
    no row for each request: see `server.requests_in_progress`.
    """

    id = models.UUIDField(primary_key=True)
    seen = models.FloatField()
    oldest = models.FloatField(null=True)

    class Meta:
        verbose_name_plural = "web processes"

    def __str__(self) -> str:
        """Return the id of the process."""
        return str(self.id)
