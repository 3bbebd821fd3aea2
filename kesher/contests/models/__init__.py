"""Models of contests and their rounds, proposals with credits, ballots with choices."""

from kesher.contests.models.contests import Contest, Round
from kesher.contests.models.proposals import (
    MEANING_MAX,
    SCORE_MAX,
    TEXT_MAX,
    Juror,
    JuryScore,
    Proposal,
    ProposalCredit,
)
from kesher.contests.models.result_snapshots import Snapshot
from kesher.contests.models.votes import Ballot, Choice, Decision, EarlierDecision, Outcome
from kesher.language import LANGUAGES
