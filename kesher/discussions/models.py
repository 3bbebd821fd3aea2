"""Models of discussions: who takes part, what they write, what is reported, and what moderators decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import AgencyOwned, Staff
from kesher.cases.models import Case
from kesher.contacts.models import Contact, Identity
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.core.db.ids import token
from kesher.discussions.states import PostState

if TYPE_CHECKING:
    from collections.abc import Iterable

CODE_LETTERS = 12
TEXT_MOST = 4000
NAME_MOST = 40


def new_code() -> str:
    """Return a code by which a link names a post."""
    return token(CODE_LETTERS)


class Discussion(AgencyOwned):
    """Where people write to one another about one thing. ``kind``: of what is discussed (see `subjects`)."""

    kind = models.CharField(max_length=20)
    closed_at = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    def __str__(self) -> str:
        """Return the kind and the id."""
        return f"{self.kind} {self.pk}"


class ParticipantQuerySet(ScopedQuerySet["Participant"]):
    """People who take part in discussions."""

    def current(self) -> Self:
        """Return those who neither left nor were removed."""
        return self.filter(left_at=None, removed_at=None)

    def of(self, contact: Contact) -> Self:
        """Return those of one person, whatever was merged into them."""
        return self.filter(identity__contact__in=contact.family_ids())


class Participant(AgencyOwned):
    """One person in one discussion, by the name that the others see.

    ``identity``: the address by which they joined; None after their data were erased, and then ``name`` is "".
    """

    class Role(models.TextChoices):
        """What a participant may do."""

        MEMBER = "member", _("Member")
        HOST = "host", _("Host")

    code = models.CharField(max_length=CODE_LETTERS, default=new_code, unique=True)
    discussion = models.ForeignKey(Discussion, on_delete=models.PROTECT, related_name="participants")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=NAME_MOST)
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.MEMBER)
    joined = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager.from_queryset(ParticipantQuerySet)()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["discussion", "identity"], name="participant_once"),
            models.UniqueConstraint(
                "agency",
                "discussion",
                Lower("name"),
                condition=models.Q(left_at=None, removed_at=None) & ~models.Q(name=""),
                name="participant_name_once",
            ),
        ]

    def __str__(self) -> str:
        """Return the name that the others see."""
        return self.name or _now("Former member")

    @property
    def is_current(self) -> bool:
        """Return whether they take part now."""
        return self.left_at is None and self.removed_at is None


class PostQuerySet(ScopedQuerySet["Post"]):
    """What was written."""

    def visible(self, reader: Participant | None = None) -> Self:
        """Return what a reader sees: what is published, and their own that waits or was hidden."""
        shown = models.Q(state=PostState.PUBLISHED)
        if reader is not None:
            shown |= models.Q(participant=reader, state__in=(PostState.HELD, PostState.HIDDEN))
        return self.filter(shown)

    def with_authors(self) -> Self:
        """Return the posts with their authors."""
        return self.select_related("participant", "staff")

    def with_questions(self) -> Self:
        """Return the posts with their requests, and ``answered_officially``: whether the body answered in public."""
        official = Post.objects.filter(parent=models.OuterRef("pk"), staff__isnull=False)
        return self.select_related("case").annotate(answered_officially=models.Exists(official))


class Post(AgencyOwned):
    """What a participant or the body wrote: a post, or an answer to one (``parent``, which has no parent itself).

    ``staff``: who wrote it for the body; an official post has no participant. ``reasons``: why it was held.
    ``needs_review``: a moderator has to look at it; ``decision_due``: until when, for what nobody sees until then.
    ``case``: the request to the body, of a thread that has a question to it.
    """

    code = models.CharField(max_length=CODE_LETTERS, default=new_code, unique=True)
    discussion = models.ForeignKey(Discussion, on_delete=models.PROTECT, related_name="posts", db_index=False)
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, null=True, related_name="posts", db_index=False
    )
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replies", db_index=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField()
    digest = models.CharField(max_length=32)
    state = models.CharField(max_length=9, choices=PostState.choices, default=PostState.PUBLISHED)
    reasons = models.JSONField(default=list)
    needs_review = models.BooleanField(default=False)
    decision_due = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager.from_queryset(PostQuerySet)()

    class Meta(AgencyOwned.Meta):
        indexes = [
            models.Index(fields=["discussion", "parent", "-id"], name="post_feed"),
            models.Index(fields=["parent", "id"], name="post_replies"),
            models.Index(fields=["participant", "created"], name="post_author"),
            models.Index(fields=["discussion", "created"], name="post_news"),
            models.Index(
                fields=["agency", "decision_due", "id"],
                name="post_review",
                condition=models.Q(needs_review=True),
            ),
        ]

    def __str__(self) -> str:
        """Return the beginning of the text."""
        return self.text[:60]

    @property
    def author_name(self) -> str:
        """Return who wrote it, as readers see it: a participant's name, or the body's."""
        return self.agency.name if self.participant is None else str(self.participant)

    @property
    def is_official(self) -> bool:
        """Return whether the body wrote it."""
        return self.staff_id is not None

    def is_by(self, contact_ids: Iterable[int]) -> bool:
        """Return whether one of these contacts wrote it."""
        identity = self.participant.identity if self.participant else None
        return identity is not None and identity.contact_id in contact_ids


class PostReport(AgencyOwned):
    """That somebody reported a post, with its words at that moment as evidence."""

    class Reason(models.TextChoices):
        """Why a post is reported."""

        ABOUT_ME = "about_me", _("It is about me or my child")
        INSULT = "insult", _("It insults or threatens")
        FALSE = "false", _("It is false and does harm")
        ADVERTISING = "advertising", _("It is advertising")
        OTHER = "other", _("Something else")

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="reports")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=11, choices=Reason.choices)
    quoted = models.TextField(blank=True)
    created = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["post", "identity"], name="post_report_once")]

    def __str__(self) -> str:
        """Return the reason."""
        return str(self.get_reason_display())


class PostDecision(AgencyOwned):
    """What a moderator did with a post, and why: rows are added, never changed. ``quoted``: its words then."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="decisions")
    transition = models.CharField(max_length=10)
    reason = models.CharField(max_length=500, blank=True)
    quoted = models.TextField(blank=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ScopedManager()

    def __str__(self) -> str:
        """Return what was done."""
        return self.transition


class WatchedWordList(AgencyOwned):
    """The body's short list of slurs and threats, one a line."""

    words = models.TextField(blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency"], name="watched_words_once")]

    def __str__(self) -> str:
        """Return how many entries there are."""
        return str(len(self.words.splitlines()))
