"""Models of answers (FAQ) in several languages, their topics, shared facts, and revisions."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kesher.agencies.models import AgencyOwned, Staff, Team, in_language
from kesher.answers.language_fallback import Text, choose_text
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet


class State(models.TextChoices):
    """The state of an answer or a checker; `states.py` is the table of transitions."""

    DRAFT = "draft", _("Draft")
    REVIEW = "review", _("In review")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class AnswerTopic(AgencyOwned):
    """A topic of answers. ``names`` is {language: name}."""

    code = models.SlugField(max_length=40)
    names = models.JSONField(default=dict)
    icon = models.CharField(max_length=30, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "code"], name="answer_topic_code_once")]

    def __str__(self) -> str:
        """Return the topic's name in the reader's language."""
        return self.name

    @property
    def name(self) -> str:
        """Return the topic's name in the reader's language, or its code if it has no name."""
        return in_language(self.names) or self.code


class Fact(AgencyOwned):
    """A fee, a phone number or an address: stored once, written into answers as ``{{fact:name}}``."""

    name = models.SlugField(max_length=60)
    words = models.JSONField(default=dict)  # {language: text}
    updated = models.DateTimeField(auto_now=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="fact_name_once")]
        ordering = ("name",)

    def __str__(self) -> str:
        """Return the fact's name in the reader's language."""
        return self.name


class AnswerQuerySet(ScopedQuerySet["Answer"]):
    """Answers, with the filters that pages and the desk need."""

    def published(self) -> Self:
        """Return the answers that are public today: published, and within their first and last day."""
        today = localdate()
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=today),
            Q(valid_to=None) | Q(valid_to__gte=today),
            state=State.PUBLISHED,
        )

    def to_review(self, today: dt.date | None = None) -> Self:
        """Return the answers that an editor should look at: due for review, expired, submitted or changed.

        Those whose review day has come, that are published past their last day, that are submitted for a review, or
        that have a waiting change.
        """
        today = today or localdate()
        due = Q(state=State.PUBLISHED) & (Q(review__lte=today) | Q(valid_to__lt=today))
        return self.filter(due | Q(state=State.REVIEW) | Q(waiting__isnull=False))


class Answer(AgencyOwned):
    """A question and its answer in every language.

    ``texts`` is {language: {field: words}}; `language_fallback.py` lists the fields. The public reads the newest
    revision in the state published. ``waiting`` is a proposed change that is not published yet.
    """

    slug = models.SlugField(max_length=80)
    topic = models.ForeignKey(AnswerTopic, on_delete=models.PROTECT, null=True, blank=True, related_name="answers")
    owner = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    texts = models.JSONField(default=dict)
    start_url = models.CharField(max_length=300, blank=True)
    facts = models.ManyToManyField(Fact, blank=True, related_name="answers")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    review = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300, blank=True)  # the site it was imported from
    waiting = models.OneToOneField("Revision", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = ScopedManager.from_queryset(AnswerQuerySet)()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "slug"], name="answer_slug_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="answer_state_known"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="answer_valid_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "topic", "state"], name="answer_shelf"),
            models.Index(fields=["agency", "state", "review"], name="answer_review"),
        ]

    def __str__(self) -> str:
        """Return the answer's slug."""
        return self.slug

    def get_absolute_url(self) -> str:
        """Return the path of the answer's public page."""
        return reverse("answers:answer", args=[self.slug])

    def text(self, lang: str | None = None) -> Text:
        """Return the answer's text in a language (default: the reader's), missing fields from another one.

        Facts are not filled in: `fact_placeholders.py` does that.
        """
        return choose_text(self.texts, lang)

    @property
    def is_public(self) -> bool:
        """Return whether the answer is public today, as `AnswerQuerySet.published` filters."""
        return self.state == State.PUBLISHED and not (self.is_over or self.is_ahead)

    @property
    def is_over(self) -> bool:
        """Return whether the answer's last valid day is past."""
        return self.valid_to is not None and self.valid_to < localdate()

    @property
    def is_ahead(self) -> bool:
        """Return whether the answer's first valid day is still to come."""
        return self.valid_from is not None and self.valid_from > localdate()

    @property
    def languages(self) -> list[str]:
        """Return the codes of the languages in which the answer has a question and a short answer."""
        return [lang for lang, words in self.texts.items() if words.get("question") and words.get("short")]


WAITING = "waiting"  # the state of a revision that is only proposed
TITLES = {
    "create": _("First version"),
    "change": _("Changed"),
    "submit": _("Submitted for a review"),
    "publish": _("Published"),
    "return": pgettext_lazy("revision", "Back to draft"),
    "retire": _("Taken off the site"),
    "propose": pgettext_lazy("revision", "Proposed"),
    "accept": _("The proposed change was published"),
    "drop": _("The proposed change was dropped"),
}


class Revision(AgencyOwned):
    """An answer as it was after a change, or as a member of staff proposed it (state `WAITING`).

    Revisions are appended, never edited. ``by`` is None for a change that a program made.
    """

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    verb = models.CharField(max_length=20)
    state = models.CharField(max_length=10)
    data = models.JSONField(default=dict)
    changed = models.JSONField(default=list)  # ["he.short", "review", …]

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["answer", "number"], name="revision_number_once")]
        ordering = ("-number",)

    def __str__(self) -> str:
        """Return the answer's id and the revision's number."""
        return f"{self.answer_id} {self.number}"

    @property
    def title(self) -> str:
        """Return what this revision did (created, changed, restored …) in the reader's language."""
        return str(TITLES.get(self.verb, self.verb))
