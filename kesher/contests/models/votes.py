"""Models of ballots with their choices, of the decision on a contest and its corrections, and of follow-ups."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from kesher.agencies.models import AgencyOwned, Staff
from kesher.contests.models.contests import Contest, Round
from kesher.contests.models.proposals import Proposal
from kesher.conversations.models import Broadcast
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.initiatives.models import Translated
from kesher.participation.models import Participation


class BallotQuerySet(ScopedQuerySet["Ballot"]):
    """Reading methods of ballots."""

    def of(self, round: Round) -> Self:
        """Return the ballots of a round."""
        return self.filter(action_id=round.action_id)

    def counted(self) -> Self:
        """Return the ballots whose state is "counted", without withdrawn and voided ones."""
        return self.filter(state=Participation.State.COUNTED)


class Ballot(Participation):
    """One person's vote in one round: a proxy of the participation. Its choices are rows of their own."""

    objects = ScopedManager.from_queryset(BallotQuerySet)()  # type: ignore[misc]  # rows of this kind

    class Meta:
        proxy = True
        base_manager_name = "objects"


class Choice(AgencyOwned):
    """What a ballot says of one proposal or, two at a time, of a pair.

    ``value``: 1 chosen or agreed, -1 disagreed, 0 passed. ``rank``: its place on a ranked ballot, from 1. A pair keeps
    the smaller id in ``proposal``: 1 says that it was preferred, -1 that ``against`` was, 0 that the person could not
    decide; ``swapped``: ``against`` was shown first. ``slip`` holds the choices of one ballot together when an
    anonymous round has cut them from the person.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="choices")
    ballot = models.ForeignKey(Participation, on_delete=models.PROTECT, null=True, related_name="choices")
    slip = models.CharField(max_length=12)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="choices")
    against = models.ForeignKey(Proposal, on_delete=models.PROTECT, null=True, related_name="choices_against")
    swapped = models.BooleanField(default=False)
    value = models.SmallIntegerField(default=1)
    rank = models.PositiveSmallIntegerField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Choice"]()

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["slip", "proposal"], name="choice_once", condition=Q(against=None)),
            models.UniqueConstraint(
                fields=["slip", "proposal", "against"], name="choice_pair_once", condition=Q(against__isnull=False)
            ),
            models.UniqueConstraint(fields=["slip", "rank"], name="choice_rank_once", condition=Q(rank__isnull=False)),
            models.CheckConstraint(condition=Q(value__gte=-1, value__lte=1), name="choice_value_in_three"),
            models.CheckConstraint(
                condition=Q(against=None) | Q(proposal__lt=F("against")), name="choice_pair_in_order"
            ),
        ]
        indexes = [models.Index(fields=["round", "proposal"], name="choice_of_round")]

    def __str__(self) -> str:
        """Return the ids of round and proposal, and the value with its sign."""
        return f"{self.round_id} {self.proposal_id} {self.value:+d}"


class Decision(AgencyOwned):
    """The agency's decision with its reasons; it may differ from the vote, and then says so."""

    contest = models.OneToOneField(Contest, on_delete=models.PROTECT, related_name="decision")
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, null=True, related_name="+")  # None: none of them
    reasons = models.JSONField(default=dict)
    differs = models.BooleanField(default=False)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    broadcast = models.ForeignKey(Broadcast, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    reason = Translated("reasons")

    objects = ScopedManager["Decision"]()

    def __str__(self) -> str:
        """Return the ids of the contest and of the proposal that was chosen."""
        return f"{self.contest_id} → {self.proposal_id}"


class EarlierDecision(AgencyOwned):
    """What a decision said before it was corrected, and why it was corrected."""

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="earlier_decisions")
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, null=True, related_name="+")
    reasons = models.JSONField(default=dict)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    why = models.JSONField(default=dict)
    corrected_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    corrected_at = models.DateTimeField(auto_now_add=True)

    reason = Translated("reasons")
    cause = Translated("why")

    objects = ScopedManager["EarlierDecision"]()

    def __str__(self) -> str:
        """Return the ids of contest and proposal, and the day of the correction."""
        return f"{self.contest_id} → {self.proposal_id}, until {self.corrected_at:%Y-%m-%d}"


class Outcome(AgencyOwned):
    """A report of what was done since the decision, sent to those who agreed to get news."""

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="outcomes")
    texts = models.JSONField(default=dict)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    broadcast = models.ForeignKey(Broadcast, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    text = Translated("texts")

    objects = ScopedManager["Outcome"]()

    class Meta(AgencyOwned.Meta):
        indexes = [models.Index(fields=["contest", "-id"], name="contest_outcomes")]

    def __str__(self) -> str:
        """Return the contest's id and the day."""
        return f"{self.contest_id} {self.at:%Y-%m-%d}"
