"""What contests contribute to other apps: the desk, a person's own page, open data, share picture, personal data.

Open data of hidden results: nothing. While a vote runs: its sums. Once it is counted: its ballots. Rows of an anonymous
vote say how people took part (channel, level), and nothing of the choice; other rows say what was chosen, and nothing
of the voter. Ballots may be voided until the vote is over; what was counted stays. The fraud desk never shows what was
chosen, whether or not the results are hidden.
"""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.accounts.my_page import MyPageSection, Thing
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Agency
from kesher.contacts.models import Contact
from kesher.contacts.privacy_registry import Holding
from kesher.contests.api import round_data
from kesher.contests.models import Ballot, Choice, Contest, Decision, Proposal, ProposalCredit, Round
from kesher.contests.presenters import decision_of, find_contest, rounds_of, vote_shown
from kesher.contests.services.anonymise import erase_credits
from kesher.core.output.share_image import HIGH
from kesher.initiatives.desk import describe_watched
from kesher.initiatives.registrations import Feature
from kesher.initiatives.share_image import ShareCard
from kesher.participation.action_kinds import Kind, PublicData
from kesher.participation.fraud_desk import Watched
from kesher.participation.models import Action

PANEL_MOST = 5
KINDS = {"published": "good", "rejected": "bad", "merged": "info", "withdrawn": ""}
RUN = (Contest.State.PUBLISHED, Contest.State.FINISHED)
# With fewer, comparing results before and after would show how one person voted.
FEWEST = 5


def describe_person(contact: Contact) -> dict[str, Any] | None:
    """Return what the desk's panel shows: a person's proposals, newest first; None for none. Votes are not shown."""
    rows = Proposal.objects.filter(credits__contact__in=contact.family_ids()).select_related("contest__action")
    found = list(rows.order_by("-id")[:PANEL_MOST])
    return {"proposals": found} if found else None


def list_own_things(contact: Contact, most: int) -> list[Thing]:
    """Return a person's proposals, newest first, then their votes without choices, at most ``most`` of each.

    Three queries, and one for the person's merged contacts.
    """
    ids = contact.family_ids()
    rows = Proposal.objects.filter(credits__contact__in=ids).select_related("contest__action").order_by("-id")
    found = [
        Thing(
            row.text,
            row.get_absolute_url(),
            row.contest.title,
            str(row.get_state_display()),
            KINDS.get(row.state, "wait"),
            row.created,
        )
        for row in rows[:most]
    ]
    votes = Ballot.objects.counted().filter(contact__in=ids, action__in=Round.objects.values("action"))
    ballots = list(votes.order_by("-id")[:most])
    rounds = Round.objects.filter(action__in=[row.action_id for row in ballots]).select_related("contest__action")
    voted = {round.action_id: round.contest for round in rounds}
    for ballot in ballots:
        contest = voted.get(ballot.action_id)
        if contest is not None:
            words, state = _now("You voted. Receipt %(receipt)s") % {"receipt": ballot.receipt}, _now("Counted")
            found.append(Thing(contest.title, contest.get_absolute_url(), words, state, "good", ballot.created))
    return found[:most]


def round_of_action(action: Action) -> Round | None:
    """Return the round whose votes belong to this action, or None."""
    return Round.objects.select_related("action", "contest__action").filter(action=action).first()


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
        return _now(
            "This vote is over, and what was counted stays. What you found out belongs into the decision's reasons."
        )
    if round.anonymous and round.shows_results and rows < FEWEST:
        return _now("This vote is anonymous: fewer than %(fewest)s at once would show how they voted.") % {
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


def watched_round(code: str, position: int) -> Watched:
    """Return what the fraud desk watches in this round: its action and how votes are named. Raise Http404."""
    rounds = Round.objects.exclude(method="").select_related("action", "contest__action")
    round = get_object_or_404(rounds, contest__action__code=code[:8], position=position)
    return describe_watched(round.contest, round.action, position, part=str(round.get_kind_display()))


def render_card(agency: Agency, contest: Contest) -> bytes:
    """Return the share picture as PNG: the chosen proposal in large letters, or how to take part."""
    decision = decision_of(contest)
    chosen = decision.proposal if decision is not None else None
    big = chosen.text if chosen is not None else contest.title
    card = ShareCard(agency, contest, big)
    card.line(heading_of(contest, decision), 128, 36, pale=True)
    size = 120 if len(big) < 11 else 84 if len(big) < 22 or not card.has_picture else 56
    card.headline(big, 196, size, spacing=1.3)
    small = contest.title if chosen is not None else _now("Propose and vote: number %(code)s") % {"code": contest.code}
    card.line(small, HIGH - 106, 34, pale=True)
    return card.sheet.png()


def heading_of(contest: Contest, decision: Decision | None) -> str:
    """Return the line above the large words of the share picture: the kind of contest, or "Chosen …"."""
    if decision is None or decision.proposal is None:
        return contest.get_kind_display()
    return _now("Chosen") if decision.differs else _now("Chosen by the public")


CONTESTS = Feature(
    name="contests",
    title=_("Contests"),
    icon="lightbulb",
    order=30,
    panel=describe_person,
    section=MyPageSection(
        "contests",
        _("My proposals and votes"),
        "lightbulb",
        list_own_things,
        empty=_("You have proposed nothing yet."),
        more=("contests:list", _("All contests")),
        order=40,
    ),
    kinds=(
        Kind("contest", counted_action=vote_action_of),
        Kind("contest_vote", public_data=public_data_of, refusal=voiding_refusal, ended=has_ended),
    ),
    holdings=(
        Holding(
            "proposals",
            _("What you proposed"),
            ("contests.proposalcredit",),
            lambda ids: ProposalCredit.objects.filter(contact__in=ids),
            {
                "at": _("When"),
                "proposal__contest__action__code": _("Contest"),
                "proposal__texts": _("Proposal"),
                "proposal__meanings": _("What it means"),
                "name": _("Name"),
            },
            erase=erase_credits,
            keeps=_("The proposal, without your name: others have voted on it."),
            order=22,
        ),
        # A ballot is a participation, registered there; its choices hang on it.
        Holding(
            "choices",
            _("How you voted"),
            ("contests.choice",),
            lambda ids: Choice.objects.filter(ballot__contact__in=ids),
            {
                "at": _("When"),
                "round__contest__action__code": _("Contest"),
                "proposal__texts": _("Proposal"),
                "value": _("Choice"),
                "rank": _("Place"),
            },
            keeps=_("The vote in the count; it leads to nobody."),
            order=23,
        ),
    ),
    find=find_contest,
    draw=render_card,
    counted=vote_of,
    watched=watched_round,
    watch="<slug:code>/round/<int:position>/watch/",
    public=Contest.objects.published,
    verbs=lambda _contest: ("contests.vote", "contests.propose", "contests.unvote", "contests.unpropose"),
    everything=_("All contests and votes"),
    listed=Contest.objects.published,
)
