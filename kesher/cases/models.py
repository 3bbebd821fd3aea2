"""Models of cases (requests that a clerk must answer), topics, canned responses, drafts and presence."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import AgencyOwned, Staff, Team, in_language
from kesher.channels.models import Account
from kesher.conversations.models import Conversation
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet


class Topic(AgencyOwned):
    """The subject of a case, with its team and standard times: two clocks, in clock hours or working hours."""

    class Clock(models.TextChoices):
        """Whether hours count only during opening hours."""

        WORKING = "working"
        ALWAYS = "always"

    code = models.SlugField(max_length=40)
    names = models.JSONField(default=dict)
    group = models.CharField(max_length=40, blank=True)
    reportable = models.BooleanField(default=False)
    needs_place = models.BooleanField(default=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="topics")
    clock = models.CharField(max_length=8, choices=Clock.choices, default=Clock.WORKING)
    answer_hours = models.FloatField(default=8)
    done_hours = models.FloatField(default=24)
    synonyms = models.JSONField(default=dict)  # {language: [words]}
    order = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "code"], name="topic_code_once")]

    def __str__(self) -> str:
        """Return the topic's name in the reader's language."""
        return self.name

    @property
    def name(self) -> str:
        """Return the topic's name in the current language."""
        return in_language(self.names) or self.code


class CaseQuerySet(ScopedQuerySet["Case"]):
    """Cases, as the desk reads them."""

    def open(self) -> Self:
        """Return the cases that are neither solved nor closed."""
        return self.filter(closed_at__isnull=True)

    def of(self, contact_ids: list[int]) -> Self:
        """Return the cases of a person, newest first."""
        return self.filter(conversation__contact__in=contact_ids).order_by("-id")


class Case(AgencyOwned):
    """One request that a clerk must answer. `states.py` has its transitions; `CaseEvent` is its history.

    ``thread``: what a person asked where everybody can read it. A person has one case in one thread.
    """

    class State(models.TextChoices):
        """The states of a case."""

        NEW = "new", _("New")
        OPEN = "open", _("In progress")
        PENDING = "pending", _("Waiting for you")
        ON_HOLD = "on_hold", _("On hold")
        SOLVED = "solved", _("Solved")
        CLOSED = "closed", _("Closed")

    class Kind(models.TextChoices):
        """What a case began as."""

        QUESTION = "question", _("Question")
        REPORT = "report", _("Report")
        CALL = "call", _("Call")
        PUBLIC = "public", _("Public message")
        DISCUSSION = "discussion", _("Question in a community")

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="cases")
    number = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.QUESTION)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, related_name="cases")
    title = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEW)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="cases")
    assignee = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="cases")
    channel = models.CharField(max_length=30, blank=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")  # of the thread
    thread = models.CharField(max_length=200, blank=True, default="")  # what was asked in public: the provider's id
    language = models.CharField(max_length=8, blank=True)
    opened_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True)
    answer_due = models.DateTimeField(null=True)
    done_due = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    solved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    from_seq = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)

    objects = ScopedManager.from_queryset(CaseQuerySet)()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "number"], name="case_number_once"),
            models.UniqueConstraint(
                fields=["conversation", "account", "thread"],
                name="case_thread_once",
                condition=~Q(thread="") & ~Q(state="closed"),
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "conversation", "-id"], name="case_person"),
            models.Index(fields=["agency", "state", "done_due"], name="case_clock", condition=Q(closed_at=None)),
            models.Index(fields=["agency", "-opened_at"], name="case_opened"),
        ]

    def __str__(self) -> str:
        """Return the case's number."""
        return str(self.number)

    @property
    def stream(self) -> str:
        """Return the name of the case's stream of live events."""
        return f"case:{self.pk}"


class CaseEvent(AgencyOwned):
    """The history of a case: appended, never edited. ``public`` lines may be shown to anyone with the case's number."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    verb = models.CharField(max_length=20)
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    public = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["case", "id"], name="case_history")]

    def __str__(self) -> str:
        """Return the case's id and what happened to it."""
        return f"{self.case_id} {self.verb}"


class ReadyAnswer(AgencyOwned):
    """A canned response in several languages, with placeholders such as {name}, and the topic that it is for."""

    name = models.CharField(max_length=60)
    texts = models.JSONField(default=dict)  # {language: text}
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="ready_answers")

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="ready_answer_name_once")]

    def __str__(self) -> str:
        """Return the canned response's name."""
        return self.name


class Draft(AgencyOwned):
    """An unsent answer or note of a clerk. Only its author reads it."""

    class Mode(models.TextChoices):
        """Whether it is an answer or a note."""

        REPLY = "reply"
        NOTE = "note"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    mode = models.CharField(max_length=5, choices=Mode.choices)
    text = models.TextField()
    changed_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["conversation", "staff", "mode"], name="draft_once")]

    def __str__(self) -> str:
        """Return the kind of draft, its author's id and the conversation's id."""
        return f"{self.mode} of {self.staff_id} at {self.conversation_id}"


class Presence(AgencyOwned):
    """A clerk has a person's page open: when their browser last reported, and when they last typed."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="presences")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()
    typed_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["conversation", "staff"], name="presence_once")]

    def __str__(self) -> str:
        """Return the ids of the clerk and of the conversation."""
        return f"{self.staff_id} at {self.conversation_id}"
