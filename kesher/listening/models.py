"""Models of listening: watches, the sources that are read for them, and the mentions that were found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from kesher.agencies.models import AgencyOwned, Staff
from kesher.core.db.agency_scope import ScopedManager

TEXT_MOST = 4000  # letters of a mention that are kept
RETENTION_DAYS = 90


class Watch(AgencyOwned):
    """What a team listens for, and on which grounds. ``query`` is read by `watch_query`.

    Only posts that a watch matches are stored, and not longer than its ``retention_days``.
    """

    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000)
    purpose = models.CharField(max_length=300)
    legal_basis = models.CharField(max_length=300)
    retention_days = models.PositiveSmallIntegerField(default=RETENTION_DAYS)
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        verbose_name_plural = "watches"
        constraints = [
            models.UniqueConstraint(fields=["agency", "name"], name="watch_name_once"),
            models.CheckConstraint(condition=Q(retention_days__gte=1) & Q(retention_days__lte=730), name="watch_days"),
        ]

    def __str__(self) -> str:
        """Return the watch's name."""
        return self.name


class Source(AgencyOwned):
    """Where posts are read. ``kind`` is a folder of `sources`; ``cursor`` is how far it was read, in the kind's terms.

    ``failure``: why the last try failed, "" if it did not; ``due_at``: when it is read next.
    """

    kind = models.SlugField(max_length=20)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    cursor = models.JSONField(default=dict)
    due_at = models.DateTimeField(default=timezone.now)
    succeeded_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="source_name_once")]

    def __str__(self) -> str:
        """Return the source's name."""
        return self.name


class Topic(AgencyOwned):
    """What several mentions are about. It is stored, and shown only from five different authors on (`rules.py`).

    ``words``: those that say most about it, as they were said; ``terms``: {term: weight}, by which posts join it.
    """

    words = models.JSONField(default=list)
    terms = models.JSONField(default=dict)
    began_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["agency", "-last_at"], name="topic_newest")]

    def __str__(self) -> str:
        """Return its id: its words are people's, and shown under the rule of five authors only."""
        return f"topic {self.pk}"


class Signal(AgencyOwned):
    """Something that is suddenly said by many: bursts of terms whose posts are alike.

    ``hours``: the window in which it was noticed; ``posts``, ``expected`` and ``authors``: how many mentions of its
    last burst there were in it, how many are usual, and how many people said it. ``profile``: {term: share of posts},
    by which later bursts join it.
    """

    words = models.JSONField(default=list)
    profile = models.JSONField(default=dict)
    watches = models.ManyToManyField(Watch, related_name="signals")
    hours = models.PositiveSmallIntegerField()
    posts = models.PositiveIntegerField()
    expected = models.FloatField()
    authors = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["agency", "-last_at"], name="signal_newest")]

    def __str__(self) -> str:
        """Return its id and when it began."""
        return f"signal {self.pk} {self.began_at:%Y-%m-%d %H:%M}"


class PipelineProgress(AgencyOwned):
    """How many batches of an agency's posts were stored: a process that counts another number reads its state anew."""

    batches = models.BigIntegerField(default=0)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        verbose_name_plural = "pipeline progress"
        constraints = [models.UniqueConstraint(fields=["agency"], name="pipeline_progress_once")]

    def __str__(self) -> str:
        """Return the number of batches."""
        return str(self.batches)


class Mention(AgencyOwned):
    """A public post that a watch matched.

    Its text is masked; its author is a salted hash, so that people can be counted.
    ``text_key``: equal for copies of one text, also with some words changed. ``sentiment``: a label of the team's
    model, "" without one. ``is_own``: an account of the agency said it, which counts as nobody's voice. A post that its
    author deleted keeps its row, without text, so that it is not heard again.
    """

    class Urgency(models.TextChoices):
        """Whether a post tells of a danger to life."""

        NONE = "none", pgettext_lazy("urgency", "No")
        POSSIBLE = "possible", pgettext_lazy("urgency", "Perhaps")
        SURE = "sure", pgettext_lazy("urgency", "Yes")

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="mentions")
    watches = models.ManyToManyField(Watch, through="MentionWatch", related_name="mentions")
    external_id = models.CharField(max_length=200)
    url = models.URLField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    text_key = models.CharField(max_length=16)
    language = models.CharField(max_length=8)
    topic = models.ForeignKey("Topic", on_delete=models.SET_NULL, null=True, related_name="mentions", db_index=False)
    sentiment = models.CharField(max_length=40, blank=True)
    unsure = models.BooleanField(default=True)
    question = models.BooleanField(default=False)
    urgency = models.CharField(max_length=8, choices=Urgency.choices, default=Urgency.NONE)
    masked = models.JSONField(default=list)  # the kinds of personal data that were in it
    author_hash = models.CharField(max_length=16, blank=True)
    is_own = models.BooleanField(default=False)
    said_at = models.DateTimeField()
    heard_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="mention_once")]
        indexes = [
            models.Index(fields=["agency", "-said_at", "-id"], name="mention_newest"),
            models.Index(fields=["topic", "author_hash"], name="mention_of_topic", condition=Q(topic__isnull=False)),
        ]

    def __str__(self) -> str:
        """Return where it was said, and when."""
        return f"{self.source_id} {self.said_at:%Y-%m-%d %H:%M}"


class MentionWatch(AgencyOwned):
    """A watch that matched a mention."""

    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="links")
    watch = models.ForeignKey(Watch, on_delete=models.CASCADE, related_name="links")

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        verbose_name_plural = "mention watches"
        constraints = [models.UniqueConstraint(fields=["mention", "watch"], name="mention_watch_once")]

    def __str__(self) -> str:
        """Return the ids of both."""
        return f"{self.mention_id} {self.watch_id}"
