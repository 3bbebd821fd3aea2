"""The model of a community."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import AgencyOwned, in_language
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.discussions.models import Discussion

CODE_DIGITS = 5
TITLE_MOST = 80
PURPOSE_MOST = 600
RULES_MOST = 3000


class CommunityQuerySet(ScopedQuerySet["Community"]):
    """Communities."""

    def active(self) -> Self:
        """Return those that people can join."""
        return self.filter(archived_at=None)

    def with_counts(self) -> Any:
        """Return communities with ``members``, how many people take part in each now."""
        current = models.Q(discussion__participants__left_at=None, discussion__participants__removed_at=None)
        return self.annotate(members=models.Count("discussion__participants", filter=current))


class Community(AgencyOwned):
    """People who talk with one another and with the public body about what they share.

    ``titles``, ``purposes`` and ``rules`` are {language: text}. ``code``: digits to join it from a phone.
    """

    class Readers(models.TextChoices):
        """Who may read what is written."""

        MEMBERS = "members", _("Members only")
        EVERYONE = "everyone", _("Everyone, but not search engines")
        INDEXED = "indexed", _("Everyone, and search engines")

    code = models.CharField(max_length=CODE_DIGITS)
    discussion = models.OneToOneField(Discussion, on_delete=models.PROTECT, related_name="+")
    titles = models.JSONField(default=dict)
    purposes = models.JSONField(default=dict)
    rules = models.JSONField(default=dict)
    readers = models.CharField(max_length=8, choices=Readers.choices, default=Readers.MEMBERS)
    created = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager.from_queryset(CommunityQuerySet)()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "code"], name="community_code_once")]
        indexes = [models.Index(fields=["agency", "archived_at", "id"], name="community_active")]

    def __str__(self) -> str:
        """Return the title in the reader's language."""
        return in_language(self.titles)

    def get_absolute_url(self) -> str:
        """Return the URL of what its members write."""
        return reverse("communities:feed", args=[self.code])

    @property
    def purpose(self) -> str:
        """Return what it is for, in the reader's language."""
        return in_language(self.purposes)

    @property
    def house_rules(self) -> str:
        """Return its rules in the reader's language."""
        return in_language(self.rules)

    @property
    def is_public(self) -> bool:
        """Return whether people who are no members may read it."""
        return self.readers != self.Readers.MEMBERS
