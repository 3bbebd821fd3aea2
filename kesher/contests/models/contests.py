"""Models of a contest and its rounds: dates, and what people may do in each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kesher.agencies.models import AgencyOwned
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.core.db.ids import token
from kesher.core.http.arrival_time import arrived_at
from kesher.core.ui.list_search import join_keys
from kesher.initiatives.models import Initiative, InitiativeQuerySet, WrittenText
from kesher.participation.models import Action


class ContestQuerySet(InitiativeQuerySet["Contest"]):
    """Reading methods of contests."""

    def with_page(self) -> Self:
        """Select the related action and picture, which a page or a card shows."""
        return self.select_related("action", "picture")

    def published(self) -> Self:
        """Return the contests that the public may see: published, finished and stopped ones."""
        return self.filter(state__in=["published", "finished", "stopped"])

    def running(self) -> Self:
        """Return the published contests with an open round."""
        now = arrived_at()
        rounds = Round.objects.filter(contest=OuterRef("pk"), opens_at__lte=now, ended_at=None, counted_at=None)
        return self.filter(Exists(rounds.filter(Q(closes_at=None) | Q(closes_at__gt=now))), state="published")

    def finished(self) -> Self:
        """Return the contests that ended with a decision."""
        return self.filter(state="finished")


class Contest(Initiative):
    """A call to the public with its picture and brief, under one short code; what may be done when is in its rounds."""

    class Kind(models.TextChoices):
        """What people propose."""

        WORDS = "words", _("Words")
        NAMES = "names", _("Names")
        IDEAS = "ideas", _("Ideas")
        SLOGANS = "slogans", _("Slogans")
        POLL = "poll", _("Poll")

    class State(models.TextChoices):
        """The state of a contest."""

        DRAFT = "draft", pgettext_lazy("contest", "Draft")
        PUBLISHED = "published", pgettext_lazy("contest", "Running")
        FINISHED = "finished", pgettext_lazy("contest", "Decided")
        STOPPED = "stopped", pgettext_lazy("contest", "Stopped")

    action = models.OneToOneField(Action, on_delete=models.PROTECT, related_name="contest")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.WORDS)
    briefs = models.JSONField(default=dict)
    rules = models.JSONField(default=dict)  # who may take part, what happens with the words, the prize
    search_keys = models.TextField(blank=True)  # " key key " of titles and briefs
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    asks_meaning = models.BooleanField(default=True)
    reviewed = models.BooleanField(default=True)  # staff review proposals before the public sees them
    published_at = models.DateTimeField(null=True)

    brief = WrittenText("briefs")
    rules_text = WrittenText("rules")

    objects = ScopedManager.from_queryset(ContestQuerySet)()

    class Meta(Initiative.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | Q(published_at__isnull=False), name="contest_published_has_a_date"
            ),
        ]
        indexes = [models.Index(fields=["agency", "state", "-published_at"], name="contest_newest")]

    def index_words(self) -> None:
        """Set the search keys from the contest's titles and briefs; the caller saves."""
        self.search_keys = join_keys(*self.titles.values(), *self.briefs.values())

    @property
    def is_published(self) -> bool:
        """Return whether the public may see this contest."""
        return self.state != self.State.DRAFT

    @cached_property
    def vote_rounds(self) -> list[Round]:
        """Return the rounds in which people vote, in order; read once."""
        return list(self.rounds.exclude(method="").select_related("contest__action", "action"))

    @property
    def vote_round(self) -> Round | None:
        """Return the round that people vote in now, else the last one that was voted in."""
        begun = [round for round in self.vote_rounds if round.has_begun]
        return next((round for round in begun if round.allows("vote")), begun[-1] if begun else None)


class RoundQuerySet(ScopedQuerySet["Round"]):
    """Reading methods of rounds."""

    def open(self) -> Self:
        """Return the rounds that people may take part in now."""
        now = arrived_at()
        dates = Q(closes_at=None) | Q(closes_at__gt=now)
        return self.filter(dates, opens_at__lte=now, ended_at=None, counted_at=None, contest__state="published")

    def over(self, before: datetime) -> Self:
        """Return the rounds that closed before ``before`` and are not counted yet."""
        return self.filter(closes_at__lte=before, counted_at=None, contest__state="published")

    def uncut(self) -> Self:
        """Return anonymous rounds of stopped contests that are not anonymised yet."""
        return self.filter(anonymous=True, action__is_cut=False, contest__state="stopped").exclude(method="")


class Round(AgencyOwned):
    """A part of a contest: dates, and what people may do meanwhile. Its votes are counted on its own action.

    ``results_hidden`` and ``anonymous`` can be switched on and never off: a trigger in the database holds it.
    """

    class Kind(models.TextChoices):
        """What happens in a round."""

        PROPOSALS = "proposals", _("Proposals")
        JURY = "jury", _("Jury")
        VOTE = "vote", _("Public vote")
        OPINIONS = "opinions", _("Opinions")
        DECISION = "decision", _("Decision")

    class Method(models.TextChoices):
        """How people vote in a round."""

        NONE = "", _("No vote")
        APPROVAL = "approval", _("As many as you like")
        ONE = "one", _("One choice")
        PAIRWISE = "pairwise", _("Two at a time")
        IRV = "irv", _("Ranked, the last drops out (IRV)")
        SCHULZE = "schulze", _("Ranked, each against each (Schulze)")
        OPINION = "opinion", _("Agree, disagree or pass")

    class Stands(models.TextChoices):
        """Which proposals people vote on."""

        ALL = "all", _("All published proposals")
        SHORTLIST = "shortlist", _("The jury's shortlist")

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="rounds")
    action = models.OneToOneField(Action, on_delete=models.PROTECT, related_name="contest_round")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=9, choices=Kind.choices)
    method = models.CharField(max_length=8, choices=Method.choices, blank=True, default=Method.NONE)
    verbs = models.JSONField(default=list)  # propose, vote, change, score, state, decide
    stands = models.CharField(max_length=9, choices=Stands.choices, default=Stands.ALL)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField(null=True)
    most = models.PositiveSmallIntegerField(null=True)  # choices a ballot, where there is a limit
    level = models.PositiveSmallIntegerField(default=1)  # the level of proof that this vote needs
    results_hidden = models.BooleanField(default=False)
    anonymous = models.BooleanField(default=False)
    seed = models.CharField(max_length=24, default=token)  # decides ties; its hash is public from the start
    ended_at = models.DateTimeField(null=True)  # no vote sent in time is on its way any more; counting begins
    counted_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)  # the counted result, in the form of the method

    objects = ScopedManager.from_queryset(RoundQuerySet)()

    class Meta(AgencyOwned.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["contest", "position"], name="round_position_once"),
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(closes_at__gt=F("opens_at")), name="round_closes_after_it_opens"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["vote", "opinions"]) | ~Q(method=""), name="round_vote_has_a_method"
            ),
            models.CheckConstraint(condition=Q(level__lte=3), name="round_level_0_to_3"),
        ]
        indexes = [models.Index(fields=["closes_at"], name="round_closing", condition=Q(counted_at=None))]

    def __str__(self) -> str:
        """Return the contest's id, and the round's position and kind."""
        return f"{self.contest_id} {self.position} {self.kind}"

    @property
    def has_begun(self) -> bool:
        """Return whether the round's opening time has come."""
        return self.opens_at <= arrived_at()

    @property
    def is_over(self) -> bool:
        """Return whether the round accepts no more proposals, votes or scores."""
        ended = self.ended_at is not None or self.counted_at is not None
        return ended or (self.closes_at is not None and self.closes_at <= arrived_at())

    @property
    def is_counting(self) -> bool:
        """Return whether the round is over and its result is not counted yet."""
        waits = self.method != "" and self.counted_at is None
        return waits and self.has_begun and self.is_over and self.contest.state == Contest.State.PUBLISHED

    @property
    def is_open(self) -> bool:
        """Return whether people may take part in the round now."""
        return self.has_begun and not self.is_over and self.contest.state == Contest.State.PUBLISHED

    @property
    def takes_codes(self) -> bool:
        """Return whether the round still accepts codes for votes that were cast before it closed."""
        ended = self.ended_at is not None or self.counted_at is not None
        return self.has_begun and not ended and self.contest.state == Contest.State.PUBLISHED

    @property
    def shows_results(self) -> bool:
        """Return whether anybody, staff included, may see how the vote stands."""
        return self.counted_at is not None or not self.results_hidden

    @property
    def days_left(self) -> int | None:
        """Return the full days until the round closes; None without an end, or after it."""
        left = self.closes_at - arrived_at() if self.closes_at else None
        return left.days if left is not None and left > timedelta(0) else None

    def allows(self, verb: str) -> bool:
        """Return whether the round is open for this verb: propose, vote, change, score or decide."""
        return self.is_open and verb in self.verbs
