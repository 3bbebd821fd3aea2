"""Publish a vote's results as open data, and say when its ballots may be voided in bulk.

Hidden results: nothing. While the vote runs: its sums. Once it is counted: its ballots. Rows of an anonymous vote say
how people took part (channel, level), and nothing of the choice; other rows say what was chosen, and nothing of the
voter. Ballots may be voided until the vote is over; what was counted stays.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from kesher.agencies.middleware import AgencyRequest
from kesher.contests.api import round_data
from kesher.contests.models import Contest, Round
from kesher.contests.presenters import rounds_of, vote_shown
from kesher.contests.views.contests import find_contest
from kesher.participation import open_data
from kesher.participation.action_kinds import Kind, PublicData, register
from kesher.participation.models import Action

# With fewer, comparing results before and after would show how one person voted.
FEWEST = 5


def round_of_action(action: Action) -> Round | None:
    """Return the round whose votes belong to this action, or None."""
    return Round.objects.select_related("action", "contest__action").filter(action=action).first()


RUN = (Contest.State.PUBLISHED, Contest.State.FINISHED)


def public_data_of(action: Action) -> PublicData | None:
    """Return the open data of the vote of this action; None while nothing of it is public."""
    round = round_of_action(action)
    if round is None or round.contest.state not in RUN or not round.method or not round.has_begun:
        return None
    if not round.shows_results:
        return None
    contest, counted = round.contest, round.counted_at is not None
    about = {"action": contest.title, "background": contest.brief, "titles": contest.titles, "state": contest.state}
    return PublicData({**about, **round_data(round)}, rows=counted, chosen=counted and not round.anonymous)


def voiding_refusal(action: Action, rows: int) -> str:
    """Return why ``rows`` ballots may not be voided now; "" where they may."""
    round = round_of_action(action)
    if round is None:
        return ""
    if round.is_over or round.contest.state != Contest.State.PUBLISHED:
        return _(
            "This vote is over, and what was counted stays. What you found out belongs into the decision's reasons."
        )
    if round.anonymous and round.shows_results and rows < FEWEST:
        return _("This vote is anonymous: fewer than %(fewest)s at once would show how they voted.") % {
            "fewest": FEWEST
        }
    return ""


def has_ended(action: Action) -> bool:
    """Return whether the vote of this action is over."""
    round = round_of_action(action)
    return round is not None and (round.is_over or round.contest.state in ("finished", "stopped"))


def vote_action_of(action: Action) -> Action | None:
    """Return the action of a contest's open vote, else of its last begun one, or None.

    People give the contest's number and mean its vote.
    """
    contest = Contest.objects.select_related("action").filter(action=action).first()
    round = vote_shown(rounds_of(contest)) if contest is not None else None
    return round.action if round is not None else None


def register_all() -> None:
    """Register contests and votes for open data; called once, when the apps are ready."""
    register(Kind("contest", counted_action=vote_action_of))
    register(Kind("contest_vote", public_data=public_data_of, refusal=voiding_refusal, ended=has_ended))


def vote_of(request: AgencyRequest, code: str) -> Action | None:
    """Return the action of the requested vote: round ``?round=2``, else the one shown on the page."""
    found = find_contest(code)
    if found is None or found.state == Contest.State.STOPPED:
        return None  # a stopped vote is never counted
    wanted = request.GET.get("round", "")
    rounds = rounds_of(found)
    if wanted:
        return next((row.action for row in rounds if str(row.position) == wanted and row.method), None)
    round = vote_shown(rounds)
    return round.action if round is not None else None


counts, rows = open_data.build_views(vote_of)
