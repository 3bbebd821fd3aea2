"""Models of a petition's history, of its milestones (what was promised at how many signatures), and of news."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import AgencyOwned, Staff
from kesher.conversations.models import Broadcast
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.initiatives.models import Translated
from kesher.participation.models import Tally
from kesher.petitions.models.petition import Petition
from kesher.petitions.models.policy import Promised


class MilestoneQuerySet(ScopedQuerySet["Milestone"]):
    """Reads of milestones."""

    def with_proved(self) -> Self:
        """Annotate each milestone with ``proved``, its count of signatures of its level or better."""
        level = Cast(OuterRef("level"), models.CharField())
        rows = Tally.objects.filter(action=OuterRef("petition__action"), dimension="level", key__gte=level)
        sums = rows.order_by().values("action").annotate(sum=Sum("n")).values("sum")
        return self.annotate(proved=Coalesce(Subquery(sums), 0, output_field=models.IntegerField()))

    def moved(self) -> Self:
        """Return the milestones that were reached or lost since their state was last saved."""
        found = self.with_proved().filter(petition__moderation=Petition.Moderation.PUBLISHED)
        return found.filter(
            Q(state=Milestone.State.AHEAD, proved__gte=F("count"))
            | Q(state=Milestone.State.REACHED, proved__lt=F("count"))
        )


class Milestone(Promised):
    """A threshold of one petition: at ``count`` signatures of ``level`` or better the body does this.

    It is ahead, reached (and falls back when signatures are withdrawn or voided), or done: what was done stays done.
    """

    class State(models.TextChoices):
        """Whether a threshold was reached, and its promise kept."""

        AHEAD = "ahead", _("Ahead")
        REACHED = "reached", _("Reached")
        DONE = "done", _("Kept")

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="milestones")
    state = models.CharField(max_length=8, choices=State.choices, default=State.AHEAD)
    reached_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    proved: int  # filled by with_proved()

    objects = ScopedManager.from_queryset(MilestoneQuerySet)()

    class Meta(AgencyOwned.Meta):
        ordering = ["count", "id"]
        constraints = [
            models.UniqueConstraint(fields=["petition", "kind", "count"], name="petition_milestone_once"),
            models.CheckConstraint(condition=Q(count__gte=1), name="petition_milestone_count"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=3), name="petition_milestone_level"),
            models.CheckConstraint(
                condition=~Q(state="reached") | Q(reached_at__isnull=False), name="petition_milestone_has_a_date"
            ),
        ]
        indexes = [models.Index(fields=["state", "id"], name="petition_milestone_open", condition=~Q(state="done"))]

    def __str__(self) -> str:
        """Return the kind of promise, the number of signatures and the state."""
        return f"{self.kind} {self.count} {self.state}"


class PetitionUpdate(AgencyOwned):
    """News for the signers, shown on the page and sent to those who agreed to get news.

    The body's own is published at once; the author's waits for a moderator.
    """

    class State(models.TextChoices):
        """Whether news are published."""

        WAITING = "waiting", _("Waiting for review")
        PUBLISHED = "published", _("Published")
        REFUSED = "refused", _("Not published")

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="updates")
    texts = models.JSONField(default=dict)
    by_author = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PUBLISHED)
    note = models.CharField(max_length=300, blank=True)  # why it was refused, for its author
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    broadcast = models.ForeignKey(Broadcast, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    text = Translated("texts")

    objects = ScopedManager["PetitionUpdate"]()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["petition", "-id"], name="petition_news")]

    def __str__(self) -> str:
        """Return the petition's id and the day."""
        return f"{self.petition_id} {self.at:%Y-%m-%d}"


class PetitionEvent(AgencyOwned):
    """One thing that happened to a petition, as data: appended, never edited.

    ``public`` ones are its timeline; the others (notes of moderators, what was refused) are the desk's. ``words`` is
    {language: text}.
    """

    class Kind(models.TextChoices):
        """What happened."""

        STARTED = "started", _("Started")
        SUPPORTED = "supported", _("Found its supporters")
        SUBMITTED = "submitted", _("Sent for review")
        CHANGES = "changes", _("Changes were asked for")
        PUBLISHED = "published", _("Published")
        REJECTED = "rejected", _("Not published")
        TAKEN_DOWN = "taken_down", _("Taken off the site")
        LAPSED = "lapsed", _("Found too few supporters")
        REACHED = "reached", _("Threshold reached")
        LOST = "lost", _("Below the threshold again")
        EDITED = "edited", _("The words were corrected")
        UPDATE = "update", _("An update")
        RESPONSE = "response", _("The answer was published")
        DISCUSSED = "discussed", _("Discussed")
        EXTENDED = "extended", _("More time to sign")
        CLOSED = "closed", _("Closed")
        REOPENED = "reopened", _("Opened again")
        NOTE = "note", _("Note")
        ANONYMISED = "anonymised", _("Names were deleted")

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="events")
    verb = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    public = models.BooleanField(default=True)
    words = models.JSONField(default=dict)
    data = models.JSONField(default=dict)

    text = Translated("words")

    objects = ScopedManager["PetitionEvent"]()

    class Meta(AgencyOwned.Meta):
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["petition", "at", "id"], name="petition_story")]

    def __str__(self) -> str:
        """Return the petition's id and what happened to it."""
        return f"{self.petition_id} {self.verb}"
