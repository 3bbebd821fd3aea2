"""Models of the audit log, live events, attachments, leases, and counts of tries (throttles).

The agency is a plain column here, because this layer does not know the Agency model.
"""

from __future__ import annotations

from django.db import models

from kesher.core.db.agency_scope import Scoped, ScopedManager
from kesher.core.db.ids import token, uuid7


class Audit(Scoped):
    """A row of the audit log: who did what to what, when, through which door. Appended, never edited."""

    agency_id = models.IntegerField()
    at = models.DateTimeField(auto_now_add=True)
    operation = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    door = models.CharField(max_length=20, blank=True)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)

    objects = ScopedManager()

    class Meta(Scoped.Meta):
        indexes = [
            models.Index(fields=["agency_id", "subject_type", "subject_id", "id"], name="audit_subject"),
            models.Index(fields=["agency_id", "id"], name="audit_recent"),
        ]

    def __str__(self) -> str:
        """Return the operation, and the type and id of what it was about."""
        return f"{self.operation} {self.subject_type}:{self.subject_id}"


class LiveEvent(models.Model):
    """A note that something changed and should be read again.

    It holds no data, so it needs no permission check. It is written in the transaction of the change.
    """

    agency_id = models.IntegerField()
    stream = models.CharField(max_length=60)
    ref = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        """Return the stream and the reference of what changed."""
        return f"{self.stream} {self.ref}"


class Attachment(Scoped):
    """A stored file; every door stores it first and then passes its key.

    `state` is "ready", "fetching" (the provider still has it, `source` says where) or "refused" (`reason` says why).
    """

    agency_id = models.IntegerField()
    key = models.CharField(max_length=24, default=token, unique=True)
    name = models.CharField(max_length=200, blank=True)
    mime = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=10, default="document")
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    alt = models.CharField(max_length=300, blank=True)
    public = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="ready")
    reason = models.CharField(max_length=200, blank=True)
    source = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(Scoped.Meta):
        indexes = [models.Index(fields=["state"], name="attachment_state", condition=models.Q(state="fetching"))]

    def __str__(self) -> str:
        """Return the file's key and MIME type."""
        return f"{self.key} {self.mime}"

    @property
    def is_picture(self) -> bool:
        """Whether the file is an image."""
        return self.kind == "image"


class Lease(models.Model):
    """A named job that one process does at a time, taken and renewed by a conditional update."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.UUIDField(default=uuid7)
    until = models.FloatField(default=0)

    def __str__(self) -> str:
        """Return the name of the leased job."""
        return self.name


class Throttle(models.Model):
    """How many tries there were under a key in a time window, across all processes.

    `window` is when it ends, in seconds since 1970.
    """

    key = models.CharField(max_length=120)
    window = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="throttle_once_a_window")]

    def __str__(self) -> str:
        """Return the key by which tries are counted."""
        return self.key
