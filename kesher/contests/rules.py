"""Who may do what with a contest: pure predicates, and the reasons that a proposal is not published for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right
from kesher.contests.models import Contest, Juror, Proposal, Round

# Said to the public as they stand here.
REASONS: dict[str, Any] = {
    "offensive": _("It may hurt people"),
    "off_topic": _("It does not answer this call"),
    "person": _("It names a private person"),
    "trademark": _("It is somebody's trademark"),
    "exists": _("This word is in use already"),
    "advert": _("It is an advertisement"),
}

# What a person may take back of what he did, and what a round has to allow meanwhile. One choice less is another
# ballot, hence "change". A whole ballot may go while people vote; where nothing may change, none comes after it.
TAKEN_BACK: Mapping[str, tuple[str, ...]] = {
    "choice": ("vote", "change"),
    "ballot": ("vote",),
    "proposal": ("propose",),
}
# A proposal that was not published, or was taken back, is not there any more.
PROPOSALS_TAKEN_BACK = ("submitted", "published", "merged")


def may_take_back(what: str, round: Round | None) -> bool:
    """``what``: a key of `TAKEN_BACK`; ``round``: where it was done, or is done now."""
    return round is not None and all(round.allows(verb) for verb in TAKEN_BACK[what])


def may_still_list(round: Round) -> bool:
    """May the list that people vote on still grow? Before the vote, in a draft whatever its dates are, and where each
    answers what he likes of it."""
    if round.contest.state == Contest.State.DRAFT:
        return True
    grows = "propose" in round.verbs or round.method in (Round.Method.PAIRWISE, Round.Method.OPINION)
    return not round.has_begun or (round.is_open and grows)


def may_see(staff: Staff | None, contest: Contest) -> bool:
    """The public sees what is published; whoever works at the desk sees all."""
    return contest.is_published or has_right(staff, "desk")


def may_edit(staff: Staff | None) -> bool:
    """Calling, reviewing, joining, shortlisting and deciding."""
    return has_right(staff, "moderate")


def may_review(staff: Staff | None) -> bool:
    """Publishing proposals or not."""
    return has_right(staff, "move")


def may_see_results(round: Round) -> bool:
    """Nobody, the desk included, sees how a hidden vote stands before it is counted."""
    return round.shows_results


def may_score(juror: Juror, proposal: Proposal, round: Round | None) -> bool:
    """A juror scores what was published in his own contest, while the jury sits."""
    return juror.active and juror.contest_id == proposal.contest_id and round is not None and round.allows("score")
