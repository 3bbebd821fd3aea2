"""Models of proposals, of who is credited with them, and of the jury's scores."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kesher.agencies.models import AgencyOwned, Staff
from kesher.contacts.models import Contact
from kesher.contests.models.contests import Contest, Round
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.core.db.ids import token
from kesher.core.models import Attachment
from kesher.initiatives.models import InWords, Translated, WrittenText

TEXT_MAX, MEANING_MAX = 120, 600
SCORE_MAX = 5


class ProposalQuerySet(ScopedQuerySet["Proposal"]):
    """Reading methods of proposals."""

    def shown(self) -> Self:
        """Return the published proposals, without those merged into others."""
        return self.filter(state="published")

    def waiting(self) -> Self:
        """Return the proposals that staff have to review: submitted, or merged and not read yet."""
        return self.filter(Q(state="submitted") | Q(state="merged", unread=True))

    def standing_in(self, round: Round) -> Self:
        """Return the proposals that can be voted for in this round: published, perhaps shortlisted."""
        rows = self.shown().filter(contest=round.contest_id)
        return rows.filter(shortlisted=True) if round.stands == Round.Stands.SHORTLIST else rows


class Proposal(InWords):
    """One word, name, idea, slogan, statement or answer.

    Each submission is a row; a duplicate points to the proposal that stands for it, so that a merge loses nothing and
    can be undone.
    """

    class State(models.TextChoices):
        """The state of a proposal."""

        SUBMITTED = "submitted", _("Waiting for review")
        PUBLISHED = "published", pgettext_lazy("proposal", "Published")
        REJECTED = "rejected", _("Not published")
        MERGED = "merged", _("Joined with another")
        WITHDRAWN = "withdrawn", _("Taken back")

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="proposals")
    number = models.PositiveIntegerField()  # what people type; also the key of its votes in the tallies
    texts = models.JSONField(default=dict)
    meanings = models.JSONField(default=dict)
    folded = models.CharField(max_length=200)  # equal for texts that readers take for the same word
    skeleton = models.CharField(
        max_length=200
    )  # the same without article and inner vowel letters: see `duplicate_proposals.py`
    search_keys = models.TextField(blank=True)  # " key key " of text and meaning
    picture = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="+")
    voice = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.SUBMITTED)
    reason = models.CharField(max_length=20, blank=True)  # why it is not published: a key of `rules.REASONS`
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="absorbed")
    merged_how = models.CharField(max_length=9, blank=True)  # automatic, staff
    # Joined automatically in a contest with review, and not reviewed yet: nothing of it is shown.
    unread = models.BooleanField(default=False)
    distinct = models.BooleanField(default=False)  # staff said that it is another word, although `folded` is equal
    shortlisted = models.BooleanField(default=False)
    shortlist_reasons = models.JSONField(default=dict)
    place = models.PositiveSmallIntegerField(null=True)  # 1: the agency chose it
    position = models.PositiveIntegerField(default=0)  # the order of statements and of a poll's answers
    by_staff = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    text = WrittenText("texts")
    meaning = WrittenText("meanings")
    shortlist_reason = Translated("shortlist_reasons")

    objects = ScopedManager.from_queryset(ProposalQuerySet)()

    class Meta(InWords.Meta):
        constraints = [
            models.UniqueConstraint(fields=["contest", "number"], name="proposal_number_once"),
            models.UniqueConstraint(
                fields=["contest", "folded"],
                name="proposal_word_once",
                condition=Q(state__in=["submitted", "published"], distinct=False),
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False) | (~Q(state="merged") & Q(merged_into=None)),
                name="proposal_merged_points",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="proposal_not_merged_into_itself"),
            models.UniqueConstraint(
                fields=["contest", "place"], name="proposal_place_once", condition=Q(place__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "contest", "state", "-id"], name="proposal_newest"),
            models.Index(fields=["contest", "skeleton"], name="proposal_skeleton"),
        ]

    def __str__(self) -> str:
        """Return the proposal's text in the reader's language."""
        return self.text

    def get_absolute_url(self) -> str:
        """Return the path of the proposal's public page."""
        return reverse("contests:proposal", args=[self.contest.code, self.number])


class ProposalCredit(AgencyOwned):
    """A person who proposed it, once a person and proposal; those of a duplicate are credited with the word too."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="credits")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="proposal_credits")
    name = models.CharField(max_length=120, blank=True)  # as it may stand on the page; "" is "a resident"
    channel = models.CharField(max_length=30)
    level = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["ProposalCredit"]()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["proposal", "contact"], name="credit_person_once")]

    def __str__(self) -> str:
        """Return the ids of the proposal and of the contact who is credited with it."""
        return f"{self.proposal_id} {self.contact_id}"


class Juror(AgencyOwned):
    """A member of the jury, named in public, who scores by a private link (or a staff account)."""

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="jurors")
    name = models.CharField(max_length=120)
    titles = models.JSONField(default=dict)  # who this is, by language
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=24, default=token, unique=True)
    active = models.BooleanField(default=True)

    title = Translated("titles")

    objects = ScopedManager["Juror"]()

    def __str__(self) -> str:
        """Return the juror's name."""
        return self.name


class JuryScore(AgencyOwned):
    """One juror's score of one proposal with its reason, or a conflict of interest, and never both."""

    juror = models.ForeignKey(Juror, on_delete=models.PROTECT, related_name="scores")
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="scores")
    score = models.PositiveSmallIntegerField(null=True)
    conflict = models.BooleanField(default=False)
    reason = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField(auto_now=True)

    objects = ScopedManager["JuryScore"]()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["juror", "proposal"], name="jury_score_once"),
            models.CheckConstraint(
                condition=Q(conflict=True, score=None) | Q(conflict=False, score__lte=SCORE_MAX),
                name="jury_conflict_scores_nothing",
            ),
        ]

    def __str__(self) -> str:
        """Return the ids of juror and proposal, and the score."""
        return f"{self.juror_id} {self.proposal_id} {self.score}"
