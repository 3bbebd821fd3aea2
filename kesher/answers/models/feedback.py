"""Models of readers' feedback, of search queries without an answer, and of search synonyms."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kesher.agencies.models import AgencyOwned
from kesher.answers.models.content import Answer
from kesher.core.db.agency_scope import ScopedManager


class Feedback(AgencyOwned):
    """Whether an answer was useful, with the masked query that led to it, and without the person's name."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="feedback")
    useful = models.BooleanField()
    query = models.CharField(max_length=200, blank=True)
    comment = models.CharField(max_length=500, blank=True)
    lang = models.CharField(max_length=2)
    door = models.CharField(max_length=30)
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["agency", "answer", "-id"], name="feedback_newest")]

    def __str__(self) -> str:
        """Return the answer's id, and "+" for useful or "-" for not."""
        return f"{self.answer_id} {'+' if self.useful else '-'}"


class Miss(AgencyOwned):
    """A query that found nothing, how often, and whether an editor handled it."""

    query = models.CharField(max_length=200)  # masked, in normalised spelling
    lang = models.CharField(max_length=2)
    times = models.PositiveIntegerField(default=1)
    first = models.DateTimeField(auto_now_add=True)
    last = models.DateTimeField(auto_now=True)
    handled = models.BooleanField(default=False)
    answer = models.ForeignKey(Answer, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        verbose_name_plural = "misses"
        constraints = [
            models.UniqueConstraint(fields=["agency", "lang", "query"], name="miss_once"),
            models.CheckConstraint(condition=~Q(query=""), name="miss_has_words"),
        ]
        indexes = [models.Index(fields=["agency", "handled", "-times"], name="miss_often")]

    def __str__(self) -> str:
        """Return the query that found nothing."""
        return self.query


class Synonym(AgencyOwned):
    """Words that editors declare to mean the same: {language: [word, …]}."""

    words = models.JSONField(default=dict)
    updated = models.DateTimeField(auto_now=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        ordering = ("-id",)

    def __str__(self) -> str:
        """Return the words that mean the same, joined by "="."""
        return " = ".join(word for several in self.words.values() for word in several)
