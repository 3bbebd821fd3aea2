"""Who may see, edit and review contests, score proposals and withdraw votes; reasons for a rejection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right
from kesher.contests.models import Contest, Juror, Proposal, Round

# The public reads these texts.
REASONS: dict[str, Any] = {
    "offensive": _("It may hurt people"),
    "off_topic": _("It does not answer this call"),
    "person": _("It names a private person"),
    "trademark": _("It is somebody's trademark"),
    "exists": _("This word is in use already"),
    "advert": _("It is an advertisement"),
}

# What people may take back, and what a round has to allow meanwhile. One choice less is another ballot, so it needs
# "change". A whole ballot may be taken back while people vote; without "change", none can follow it.
TAKEN_BACK: Mapping[str, tuple[str, ...]] = {
    "choice": ("vote", "change"),
    "ballot": ("vote",),
    "proposal": ("propose",),
}
# Rejected and withdrawn proposals cannot be taken back.
PROPOSALS_TAKEN_BACK = ("submitted", "published", "merged")


def may_take_back(what: str, round: Round | None) -> bool:
    """Return whether a "choice", "ballot" or "proposal" (``what``) may be withdrawn in this round.

    ``what``: a key of `TAKEN_BACK`. ``round``: the round in which it was done, or in which it is done now.
    """
    return round is not None and all(round.allows(verb) for verb in TAKEN_BACK[what])


def may_still_list(round: Round) -> bool:
    """Return whether proposals may still be added to the list that people vote on in this round.

    It may before the vote, in a draft whatever its dates are, and where people answer as many items as they like.
    """
    if round.contest.state == Contest.State.DRAFT:
        return True
    grows = "propose" in round.verbs or round.method in (Round.Method.PAIRWISE, Round.Method.OPINION)
    return not round.has_begun or (round.is_open and grows)


def may_see(staff: Staff | None, contest: Contest) -> bool:
    """Return whether this viewer may see the contest: staff always, others once it is published."""
    return contest.is_published or has_right(staff, "desk")


def may_see_results(round: Round) -> bool:
    """Return whether anybody may see the round's results; a hidden vote shows none before its count."""
    return round.shows_results


def may_score(juror: Juror, proposal: Proposal, round: Round | None) -> bool:
    """Return whether this juror may score this proposal in the round now."""
    return juror.active and juror.contest_id == proposal.contest_id and round is not None and round.allows("score")
