"""Model of a petition: its texts, author, state and short code; and the keys of similar ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kesher.agencies.base_url import absolute
from kesher.agencies.models import AgencyOwned, Staff
from kesher.contacts.models import Contact
from kesher.core.db.agency_scope import ScopedManager
from kesher.core.db.ids import token
from kesher.core.http.arrival_time import arrived_at
from kesher.core.ui.list_search import Index, Keys, match_any
from kesher.initiatives.models import Initiative, InitiativeQuerySet, Translated, WrittenLanguage, WrittenText
from kesher.participation.models import Action, Tally

TITLE_MAX = 80


def has_search_key(wanted: Keys, whole: bool) -> Q:
    """Return the Q that one of these search keys is among a petition's words."""
    found = Q(key__in=wanted) if whole else match_any(Q(key__startswith=key) for key in wanted)
    return Q(pk__in=PetitionKey.objects.filter(found).values("petition"))


class PetitionQuerySet(InitiativeQuerySet["Petition"]):
    """Reads of petitions."""

    INDEX = Index(has_search_key, "action__code")

    def with_page(self) -> Self:
        """Join the rows that a petition's page needs: action, picture and author."""
        return self.select_related("action", "picture", "author")

    def with_card(self) -> Self:
        """Join the rows that a petition's card needs."""
        return self.select_related("action", "picture")

    def published(self) -> Self:
        """Return the published petitions, open or closed."""
        return self.filter(moderation="published")

    def findable(self) -> Self:
        """Return the petitions that anybody with the number may read: public, gathering or openly refused.

        They are published, look for supporters, or were refused with a reason that may be read.
        """
        return self.filter(Q(moderation__in=["published", "gathering"]) | Q(moderation="rejected", hidden=False))

    def signable(self) -> Self:
        """Return the petitions that are published or gather supporters, even if signing is over."""
        return self.filter(moderation__in=["published", "gathering"])

    def ever_signable(self) -> Self:
        """Return the petitions that could be signed at any time, so that signers may withdraw."""
        return self.filter(Q(gather_until__isnull=False) | Q(opens_at__isnull=False))

    def rejected(self) -> Self:
        """Return the petitions that were not published, with a reason that the public may read."""
        return self.filter(moderation="rejected", hidden=False)

    def archived(self) -> Self:
        """Return the published petitions that closed long ago and are archived."""
        return self.published().filter(archived=True)

    def in_review(self) -> Self:
        """Return the petitions that wait for a moderator's review, longest waiting first."""
        return self.filter(moderation="submitted").order_by("review_due", "id")

    def open(self, at: datetime | None = None) -> Self:
        """Return the petitions that may be signed now, or at another time."""
        now = at or arrived_at()
        return self.published().filter(Q(closes_at=None) | Q(closes_at__gt=now), Q(opens_at__lte=now), closing="open")

    def over(self, before: datetime) -> Self:
        """Return the petitions whose signing ended by this time and that are not closed yet."""
        return self.published().filter(closing="open", closes_at__lte=before)

    def closed(self) -> Self:
        """Return the published petitions that nobody may sign any more, without the archived ones."""
        now = arrived_at()
        return self.published().filter(Q(closing="closed") | Q(closes_at__lte=now), archived=False)

    def with_counts(self) -> Self:
        """Annotate each petition with ``count``, its public number of signatures, from the tallies."""
        totals = Tally.objects.filter(action=OuterRef("action"), dimension="total").values("n")[:1]
        return self.annotate(count=Coalesce(Subquery(totals), 0, output_field=models.IntegerField()))

    def newest(self) -> Self:
        """Order the petitions newest first."""
        return self.with_counts().order_by("-opens_at", "-id")

    def most_signed(self) -> Self:
        """Order the petitions by their number of signatures, most first."""
        return self.with_counts().order_by("-count", "-opens_at", "-id")

    def waiting_first(self) -> Self:
        """Order the petitions: those that wait for the body (an answer, a review), then the newest."""
        waits = Case(When(response="due", then=0), When(moderation="submitted", then=1), default=2)
        return self.with_counts().order_by(waits, "-created", "-id")


class Petition(Initiative):
    """One demand, with its texts as {language: text}: the author writes one, the body may add translations.

    It has three states that do not depend on one another: what moderation decided, whether it may be signed, and
    whether the body owes (or has given) an answer. ``states.py`` is the table of transitions.

    ``threshold`` and ``goals`` repeat the first milestone that promises an answer, so that a list of petitions reads
    one row each; ``services/milestones.py`` keeps them equal.
    """

    class Moderation(models.TextChoices):
        """Where a petition stands with the moderators."""

        DRAFT = "draft", _("Draft")
        GATHERING = "gathering", _("Looking for supporters")
        SUBMITTED = "submitted", _("Waiting for review")
        CHANGES = "changes", _("Back with its author")
        PUBLISHED = "published", _("Published")
        REJECTED = "rejected", _("Not published")
        LAPSED = "lapsed", _("Too few supporters")

    class ClosedBy(models.TextChoices):
        """Who closed it."""

        DATE = "date", _("Its time was over")
        AUTHOR = "author", _("Closed by its author")
        BODY = "body", _("Closed by the public body")

    class Closing(models.TextChoices):
        """Whether signing is open."""

        OPEN = "open", pgettext_lazy("petition", "Open")
        CLOSED = "closed", pgettext_lazy("petition", "Closed")

    class Response(models.TextChoices):
        """Whether an answer is due or given."""

        NONE = "none", _("No answer due yet")
        DUE = "due", _("An answer is due")
        GIVEN = "given", _("Answered")

    action = models.OneToOneField(Action, on_delete=models.PROTECT, related_name="petition")
    backgrounds = models.JSONField(default=dict)
    demands = models.JSONField(default=dict)
    author = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="petitions")
    author_name = models.CharField(max_length=120, blank=True)  # as shown on the page; "" for no name
    author_key = models.CharField(max_length=24, default=token)  # opens the author's page; sent to the author alone
    door = models.CharField(max_length=30, blank=True)
    area = models.CharField(max_length=40, blank=True)
    threshold = models.PositiveIntegerField(default=1000)
    goals = models.JSONField(default=dict)  # what the body will do at the threshold, by language
    moderation = models.CharField(max_length=10, choices=Moderation.choices, default=Moderation.DRAFT)
    closing = models.CharField(max_length=6, choices=Closing.choices, default=Closing.OPEN)
    response = models.CharField(max_length=5, choices=Response.choices, default=Response.NONE)
    responses = models.JSONField(default=dict)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # when the threshold was reached
    answered_at = models.DateTimeField(null=True)
    supporters = models.PositiveSmallIntegerField(default=0)  # needed before it is reviewed
    gather_until = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    review_due = models.DateTimeField(null=True)
    held_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")  # who reviews it now
    held_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=20, blank=True)  # why it is not published: see `rejection_reasons.py`
    reason_words = models.JSONField(default=dict)
    # The petition to sign instead.
    same_as = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    hidden = models.BooleanField(default=False)  # whether the reason hides it from the public
    asked = models.TextField(blank=True)  # what its author is asked to change
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=6, choices=ClosedBy.choices, blank=True)
    closed_words = models.JSONField(default=dict)
    archived = models.BooleanField(default=False)
    anonymised_at = models.DateTimeField(null=True)
    changed = models.DateTimeField(auto_now=True)

    count: int  # filled by with_counts()

    background = WrittenText("backgrounds")
    demand = WrittenText("demands")
    goal = Translated("goals")
    answer = WrittenText("responses")
    demand_language = WrittenLanguage("demands")
    background_language = WrittenLanguage("backgrounds")
    closed_note = Translated("closed_words")
    reason_note = Translated("reason_words")

    objects = ScopedManager.from_queryset(PetitionQuerySet)()

    class Meta(Initiative.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(threshold__gte=1), name="petition_threshold_positive"),
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(opens_at=None) | Q(closes_at__gt=F("opens_at")),
                name="petition_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=~Q(moderation="published") | Q(opens_at__isnull=False), name="petition_published_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(response="given") | Q(answered_at__isnull=False), name="petition_answer_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(moderation="submitted") | Q(review_due__isnull=False), name="petition_review_has_a_clock"
            ),
            models.CheckConstraint(
                condition=~Q(moderation="rejected") | ~Q(reason=""), name="petition_refused_for_a_reason"
            ),
            models.CheckConstraint(condition=Q(supporters__lte=20), name="petition_supporters_at_most_20"),
        ]
        indexes = [
            models.Index(fields=["agency", "moderation", "-opens_at"], name="petition_newest"),
            models.Index(fields=["closes_at"], name="petition_closing", condition=Q(closing="open")),
            models.Index(fields=["agency", "review_due"], name="petition_queue", condition=Q(moderation="submitted")),
        ]

    @property
    def command(self) -> str:
        """Return the command that signs the petition on any channel ("sign 123"), in the reader's language."""
        return _now("sign %(code)s") % {"code": self.code}

    @property
    def author_url(self) -> str:
        """Return the secret URL of the author's own page; its key lets a person act as the author."""
        return absolute(reverse("petitions:author", args=[self.code, self.author_key]))

    @property
    def is_published(self) -> bool:
        """Return whether the petition passed moderation and is public."""
        return self.moderation == self.Moderation.PUBLISHED

    @property
    def is_open(self) -> bool:
        """Return whether the petition may be signed now; a passed closing time closes it at once."""
        now = arrived_at()
        opened = self.opens_at is not None and self.opens_at <= now
        ended = self.closes_at is not None and self.closes_at <= now
        return self.is_published and self.closing == self.Closing.OPEN and opened and not ended

    @property
    def is_counting(self) -> bool:
        """Return whether signing has ended, while signatures sent in time are still being counted."""
        ended = self.closes_at is not None and self.closes_at <= arrived_at()
        return self.is_published and self.closing == self.Closing.OPEN and ended

    @property
    def ends_at(self) -> datetime | None:
        """Return when signing ends or ended; while it gathers supporters, when that ends; None without an end."""
        if self.moderation == self.Moderation.GATHERING:
            return self.gather_until
        return min((end for end in (self.closes_at, self.closed_at) if end is not None), default=None)

    @property
    def is_gathering(self) -> bool:
        """Return whether the petition looks for its first supporters: people with its number may sign."""
        ended = self.gather_until is not None and self.gather_until <= arrived_at()
        return self.moderation == self.Moderation.GATHERING and not ended

    @property
    def takes_signatures(self) -> bool:
        """Return whether the petition may be signed now, open or gathering supporters."""
        return self.is_open or self.is_gathering

    @property
    def is_out_of_sight(self) -> bool:
        """Return whether the petition is in review or lapsed after people were given its number.

        Then nobody may read it, but they are told where it stands.
        """
        states = (self.Moderation.SUBMITTED, self.Moderation.CHANGES, self.Moderation.LAPSED)
        shown = self.opens_at is not None or (self.gather_until is not None and self.supporters > 0)
        return self.moderation in states and shown

    @property
    def is_overdue(self) -> bool:
        """Return whether the petition's review takes longer than the body promises."""
        waiting = self.moderation == self.Moderation.SUBMITTED
        return waiting and self.review_due is not None and self.review_due <= timezone.now()

    @property
    def days_left(self) -> int | None:
        """Return the whole days until signing closes, 0 on the last day; None without an end or when over."""
        left = self.closes_at - arrived_at() if self.closes_at else None
        return left.days if left is not None and left > timedelta(0) else None


class PetitionKey(AgencyOwned):
    """One search key of a petition's words (see `kesher.language.search_keys`), for search and similarity."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="keys")
    key = models.CharField(max_length=40)
    in_title = models.BooleanField(default=False)

    objects = ScopedManager["PetitionKey"]()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["petition", "key"], name="petition_key_once")]
        indexes = [models.Index(fields=["agency", "key"], name="petition_key_found")]

    def __str__(self) -> str:
        """Return the search key."""
        return self.key
