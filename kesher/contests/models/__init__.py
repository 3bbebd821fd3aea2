"""The tables of contests: a call and its rounds, proposals with their credits, ballots with their choices."""

from kesher.contests.models.contests import Contest, InWords, Round
from kesher.contests.models.proposals import (
    MEANING_MAX,
    SCORE_MAX,
    TEXT_MAX,
    Juror,
    JuryScore,
    Proposal,
    ProposalCredit,
)
from kesher.contests.models.snapshots import Snapshot
from kesher.contests.models.votes import Ballot, Choice, Decision, EarlierDecision, Outcome
from kesher.language import LANGUAGES

__all__ = [
    "LANGUAGES",
    "MEANING_MAX",
    "SCORE_MAX",
    "TEXT_MAX",
    "Ballot",
    "Choice",
    "Contest",
    "Decision",
    "EarlierDecision",
    "InWords",
    "Juror",
    "JuryScore",
    "Outcome",
    "Proposal",
    "ProposalCredit",
    "Round",
    "Snapshot",
]
