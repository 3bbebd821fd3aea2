"""Model of the links by which a person leaves a public thread for a private conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models

from kesher.agencies.models import AgencyOwned, Staff
from kesher.conversations.models.stream import Conversation, Message
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet


class PrivateInvitationQuerySet(ScopedQuerySet["PrivateInvitation"]):
    """Invitations to continue privately."""

    def usable(self, now: datetime) -> Self:
        """Return the invitations that still open a private conversation."""
        return self.filter(used_at=None, expires__gt=now)


class PrivateInvitation(AgencyOwned):
    """A single-use link from a public message into the private conversation of whoever opens it.

    The link has a token, the row its digest. It proves nothing about who opens it: it merges nobody, shows nobody
    anything that was said, and carries no consent. ``conversation`` is the one in which it was continued; ``words``
    what was asked for in public, to begin with.
    """

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="invitations")
    digest = models.CharField(max_length=64)
    words = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, null=True, related_name="invitations")

    objects = ScopedManager.from_queryset(PrivateInvitationQuerySet)()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "digest"], name="private_invitation_token_once")]

    def __str__(self) -> str:
        """Return the invitation's primary key in words."""
        return f"private invitation {self.pk}"
