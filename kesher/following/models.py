"""Models of what a person follows, and of the digests that they got."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import AgencyOwned
from kesher.contacts.models import Contact
from kesher.conversations.models import Broadcast
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet


class FollowingQuerySet(ScopedQuerySet["Following"]):
    """What people follow."""

    def of(self, contact: Contact) -> Self:
        """Return what this person follows: the row of their root contact."""
        return self.filter(contact=contact.root())


class Following(AgencyOwned):
    """What one person follows, and how often they hear of it.

    ``topics``: codes of topics, and "all:NAME" for everything that the feed of this name has; ``places``: codes of
    places; ``languages``: in which the person reads (see `presenters.reading_languages`). ``merges``: the merges of its
    contact, with what the row was before and after them (see `services.subscriptions.on_merge`).
    """

    class Frequency(models.TextChoices):
        """How often a digest is sent."""

        NEVER = "never", _("Never: I will look here")
        WEEKLY = "weekly", _("Once a week")
        DAILY = "daily", _("Every working day")

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="+")
    topics = models.JSONField(default=list)
    places = models.JSONField(default=list)
    languages = models.JSONField(default=list)
    frequency = models.CharField(max_length=6, choices=Frequency.choices, default=Frequency.NEVER)
    merges = models.JSONField(default=list)
    created = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager.from_queryset(FollowingQuerySet)()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["agency", "frequency", "id"], name="following_frequency")]

    def __str__(self) -> str:
        """Return the id of the contact."""
        return str(self.contact_id)


@dataclass(frozen=True, slots=True)
class Followed:
    """What came of following. ``refused``: they asked us not to write, so no digest is sent before they agree."""

    following: Following
    refused: bool = False


class Digest(AgencyOwned):
    """That a person's news of one period were looked at: once, whatever restarts, and however many workers there are.

    ``period``: its first day. ``broadcast``: the message; None where there was nothing to say, or no consent.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    period = models.DateField()
    at = models.DateTimeField()
    items = models.PositiveSmallIntegerField(default=0)
    broadcast = models.OneToOneField(Broadcast, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "contact", "period"], name="digest_once_a_period"),
        ]

    def __str__(self) -> str:
        """Return the id of the contact and the period."""
        return f"{self.contact_id} {self.period}"
