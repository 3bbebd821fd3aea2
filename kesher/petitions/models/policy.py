"""Models of an agency's settings for petitions: the policy, the thresholds with their promises, the areas."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import AgencyOwned, in_language
from kesher.core.db.agency_scope import ScopedManager
from kesher.initiatives.models import Translated

SUPPORTERS_MOST = 20


class Policy(AgencyOwned):
    """How petitions go at this body; where there is no row, the defaults below hold.

    ``supporters``: how many others must sign before the review. ``review_hours`` are working hours. ``standards``: the
    body's own words, shown above the standards that hold everywhere.
    """

    accepting = models.BooleanField(default=True)
    supporters = models.PositiveSmallIntegerField(default=5)
    gather_days = models.PositiveSmallIntegerField(default=30)
    review_hours = models.PositiveSmallIntegerField(default=40)
    open_months = models.PositiveSmallIntegerField(default=6)
    archive_months = models.PositiveSmallIntegerField(default=12)
    keep_months = models.PositiveSmallIntegerField(default=24)
    standards = models.JSONField(default=dict)

    own_words = Translated("standards")

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(fields=["agency"], name="petition_policy_once"),
            models.CheckConstraint(condition=Q(supporters__lte=SUPPORTERS_MOST), name="petition_policy_supporters"),
            models.CheckConstraint(
                condition=Q(gather_days__gte=1, open_months__gte=1, keep_months__gte=1, review_hours__gte=1),
                name="petition_policy_takes_time",
            ),
        ]

    def __str__(self) -> str:
        """Return whose policy it is, by the agency's id."""
        return f"policy of {self.agency_id}"


class Promise(models.TextChoices):
    """What a body does at a threshold; ``response`` is the one that it owes in writing."""

    RESPONSE = "response", _("An answer in writing")
    DISCUSSION = "discussion", _("A public discussion")
    MEETING = "meeting", _("A meeting with the author")
    OTHER = "other", _("Something else")


class Promised(AgencyOwned):
    """A promise of the body: at ``count`` signatures of this ``level`` of proof or better it does this.

    ``days``: within how many.
    """

    kind = models.CharField(max_length=12, choices=Promise.choices)
    names = models.JSONField(default=dict)
    count = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField(default=1)
    days = models.PositiveSmallIntegerField(default=30)

    class Meta(AgencyOwned.Meta):
        abstract = True

    @property
    def title(self) -> str:
        """Return what the body promises, in the reader's language."""
        return in_language(self.names) or str(Promise(self.kind).label)


class Threshold(Promised):
    """A promise for new petitions, copied into each when it is published, so that it stays as it was given."""

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        ordering = ["count", "id"]
        constraints = [
            models.UniqueConstraint(fields=["agency", "kind", "count"], name="petition_threshold_once"),
            models.CheckConstraint(condition=Q(count__gte=1), name="petition_threshold_count"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=3), name="petition_threshold_level"),
        ]

    def __str__(self) -> str:
        """Return the kind of promise and the number of signatures."""
        return f"{self.kind} {self.count}"


class Area(AgencyOwned):
    """A neighbourhood or a district, and its place on the body's tile map.

    ``column`` and ``row`` are counted from the north-west. ``people`` live there, 0 where that is not known.
    """

    code = models.SlugField(max_length=40)
    names = models.JSONField(default=dict)
    column = models.PositiveSmallIntegerField(default=0)
    row = models.PositiveSmallIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        ordering = ["row", "column", "id"]
        constraints = [
            models.UniqueConstraint(fields=["agency", "code"], name="petition_area_once"),
            models.UniqueConstraint(fields=["agency", "column", "row"], name="petition_area_tile_once"),
        ]

    def __str__(self) -> str:
        """Return the area's code."""
        return self.code

    @property
    def name(self) -> str:
        """Return the area's name in the reader's language."""
        return in_language(self.names) or self.code


def proof_of(level: int) -> str:
    """Return in words which signatures a threshold of this assurance level counts; "" if it counts all."""
    titles = {
        1: "",
        2: _("of people who proved two addresses, or logged in"),
        3: _("of people who logged in with the national login"),
    }
    return str(titles[level])
