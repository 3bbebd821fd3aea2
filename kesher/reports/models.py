"""Model of a problem report: description, place and photos; number, state and dates are its case's."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from kesher.agencies.models import AgencyOwned, Place, Staff
from kesher.cases.models import Case, Topic
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.core.models import Attachment
from kesher.reports.geo import Point, bounding_square


class ServiceRequestQuerySet(ScopedQuerySet["ServiceRequest"]):
    """Reads for lists and pages of reports."""

    def open(self) -> Self:
        """Return the reports whose case is not closed."""
        return self.filter(case__closed_at=None)

    def about(self, topic: Topic) -> Self:
        """Return the reports whose case has this topic."""
        return self.filter(case__topic=topic)

    def within(self, point: Point, metres: float) -> Self:
        """Return the reports in the square of this reach around a point; callers check the circle."""
        south, west, north, east = bounding_square(point, metres)
        return self.filter(lat__range=(south, north), lon__range=(west, east))

    def whole(self) -> Self:
        """Return the reports joined with all rows that a list or page shows (select_related)."""
        return self.select_related("case__topic", "case__team", "case__conversation__contact", "on_behalf_by")


class ServiceRequest(AgencyOwned):
    """A reported problem.

    ``level``: how well the reporter's address was verified when they reported (0: typed on a page, claimed).
    ``on_behalf_by``: the clerk who wrote down a call or a visit. ``public``: neighbours who report the same see its
    address. ``published_at``: since when people who follow its topic or ``public_place`` (a street or area of the list)
    read of it, without its address; None also where it was made public before people could follow places.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="report")
    description = models.TextField()
    address = models.CharField(max_length=200, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    photos = models.ManyToManyField(Attachment, related_name="+", blank=True)
    public = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)
    public_place = models.ForeignKey(Place, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    door = models.CharField(max_length=30)
    level = models.PositiveSmallIntegerField(default=0)
    on_behalf_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ScopedManager.from_queryset(ServiceRequestQuerySet)()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=~Q(description=""), name="request_has_words"),
            models.CheckConstraint(
                condition=Q(lat=None, lon=None) | Q(lat__isnull=False, lon__isnull=False), name="request_point_is_whole"
            ),
            models.CheckConstraint(
                condition=Q(lat=None) | Q(lat__gte=-90, lat__lte=90, lon__gte=-180, lon__lte=180),
                name="request_point_on_earth",
            ),
            models.CheckConstraint(condition=Q(level__lte=3), name="request_level_0_to_3"),
        ]
        indexes = [
            models.Index(fields=["agency", "lat", "lon"], name="request_near", condition=Q(lat__isnull=False)),
            models.Index(fields=["agency", "-id"], name="request_newest"),
            models.Index(
                fields=["agency", "-published_at"], name="request_published", condition=Q(published_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        """Return the case's number and the place."""
        return f"{self.case} {self.address}".strip()

    @property
    def point(self) -> Point | None:
        """Return the place as a point, or None where it has only words."""
        return Point(self.lat, self.lon) if self.lat is not None and self.lon is not None else None
