"""Models of eligibility checkers and calculators, and of their revisions."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language

from kesher.agencies.models import AgencyOwned, Staff
from kesher.answers.checker_rules import pick_text
from kesher.answers.models.content import Answer, AnswerTopic, State
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet


class CheckerQuerySet(ScopedQuerySet["Checker"]):
    """Checkers, with the filter for the public."""

    def published(self) -> Self:
        """Return the published checkers."""
        return self.filter(state=State.PUBLISHED)


class Checker(AgencyOwned):
    """An eligibility checker or calculator ("Am I entitled to a discount?").

    ``texts`` is {language: {title, intro}}; `checker_rules.py` describes ``script``.
    """

    slug = models.SlugField(max_length=80)
    topic = models.ForeignKey(AnswerTopic, on_delete=models.PROTECT, null=True, blank=True, related_name="checkers")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    texts = models.JSONField(default=dict)
    script = models.JSONField(default=dict)
    answers = models.ManyToManyField(Answer, blank=True, related_name="checkers")  # whose pages offer the checker
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = ScopedManager.from_queryset(CheckerQuerySet)()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "slug"], name="checker_slug_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="checker_state_known"),
        ]
        ordering = ("id",)

    def __str__(self) -> str:
        """Return the checker's title, else its slug."""
        return self.title or self.slug

    def get_absolute_url(self) -> str:
        """Return the path of the checker's public page."""
        return reverse("answers:check", args=[self.slug])

    @property
    def title(self) -> str:
        """Return the checker's title in the reader's language, else in the first that has it."""
        return pick_text(self.texts, "title", (get_language() or "he")[:2])

    @property
    def intro(self) -> str:
        """Return the checker's introduction in the reader's language, else in the first that has it."""
        return pick_text(self.texts, "intro", (get_language() or "he")[:2])


class CheckerRevision(AgencyOwned):
    """A checker as it was after a change. Revisions are appended, never edited."""

    checker = models.ForeignKey(Checker, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    verb = models.CharField(max_length=20)
    data = models.JSONField(default=dict)  # {"texts": …, "script": …}

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["checker", "number"], name="checker_revision_number_once")]
        ordering = ("-number",)

    def __str__(self) -> str:
        """Return the checker's id and the revision's number."""
        return f"{self.checker_id} {self.number}"
