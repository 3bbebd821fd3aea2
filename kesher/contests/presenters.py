"""Build the contexts of contest pages and the texts of conversations about contests.

Public pages read tallies and counted results, never ballots.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kesher.channels.base import Say
from kesher.contests.counting.standings import current_order, list_numbers, unit_of
from kesher.contests.counting.tie_break import seal_seed
from kesher.contests.models import (
    Contest,
    Decision,
    EarlierDecision,
    Juror,
    JuryScore,
    Outcome,
    Proposal,
    ProposalCredit,
    Round,
)
from kesher.contests.proposal_list import best_first, cards_of, query_cards, query_newest_cards
from kesher.conversations.channel_links import channel_title
from kesher.core.db.prepared_query import Prepared
from kesher.core.i18n.text_truncation import truncate_text
from kesher.core.templatetags.ui import deadline, short_date
from kesher.core.ui.charts import Row, bars
from kesher.initiatives import presenters as initiatives
from kesher.participation.assurance_labels import level_title
from kesher.participation.services import read_tallies, read_total

CARDS, BARS, BARS_IN_SIGHT = 6, 20, 5
Tallies = Mapping[str, Mapping[str, int]]


@Prepared.of(str)
def public_by_code(code: str) -> QuerySet[Contest]:
    """Return a queryset of the published contest with this code."""
    return Contest.objects.published().with_page().with_code(code)


def find_contest(code: str) -> Contest | None:
    """Return the published contest with this code, or None."""
    return next(iter(public_by_code(code[:8])), None)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a vote stands, for the part of a page that updates.

    Only plain values, because it is cached. ``options`` is empty while the results are hidden; ``channels`` and
    ``levels`` each add up to ``voters``.
    """

    code: str
    stream: str
    voters: int
    line: str
    hidden: bool
    over: bool
    counting: bool
    unit: str
    options: tuple[Row, ...]
    channels: tuple[Row, ...]
    levels: tuple[Row, ...]

    @property
    def option_bars(self) -> str:
        """Return the HTML bar chart of votes by proposal, the first ones in sight; the leader's bar is full."""
        return bars(self.options, self.unit, shown=BARS_IN_SIGHT)

    @property
    def channel_bars(self) -> str:
        """Return the HTML bar chart of votes by channel."""
        return bars(self.channels, _("By channel"), top=max(self.voters, 1))

    @property
    def level_bars(self) -> str:
        """Return the HTML bar chart of votes by the voters' level of proof."""
        return bars(self.levels, _("By level of proof"), top=max(self.voters, 1))


def standing_of(round: Round, found: Tallies | None = None, order: list[dict[str, Any]] | None = None) -> Standing:
    """Return how a round's vote stands: by the current tallies (or ``found``), or by its final count.

    ``order``: what `current_order` returned, where it is at hand.
    """
    found = read_tallies(round.action) if found is None else found
    voters = read_total(found)
    return Standing(
        code=round.contest.code,
        stream=round.action.stream,
        voters=voters,
        line=voters_line(round, voters),
        hidden=not round.shows_results,
        over=round.counted_at is not None,
        counting=round.is_counting,
        unit=unit_of(round),
        options=options_of(round, current_order(round, found.get("value", {})) if order is None else order),
        channels=initiatives.breakdown_rows(found.get("channel", {}), channel_title),
        levels=initiatives.breakdown_rows(found.get("level", {}), level_title),
    )


def voters_line(round: Round, voters: int) -> str:
    """Return the words after the number of voters: "people have voted", or "… like proposals so far"."""
    if round.kind == Round.Kind.PROPOSALS:
        return ngettext("person likes a proposal so far", "people like proposals so far", voters)
    return ngettext("person has voted", "people have voted", voters)


def options_of(round: Round, order: list[dict[str, Any]]) -> tuple[Row, ...]:
    """Return (text, votes) of the leading proposals in this order; () while results are hidden."""
    wanted = order[:BARS] if round.shows_results else []
    numbers = [row["number"] for row in wanted]
    titles = {row.number: row.text for row in query_texts(round.contest_id, numbers)}
    return tuple((titles.get(row["number"], ""), row["votes"]) for row in wanted)


@Prepared.of(int, list[int])
def query_texts(contest: int, numbers: list[int]) -> QuerySet[Proposal]:
    """Return a queryset of the texts of a contest's proposals with these numbers."""
    return Proposal.objects.filter(contest=contest, number__in=numbers).only("number", "texts", "language")


def contest_card(contest: Contest) -> dict[str, Any]:
    """Return a contest as components/card.html takes it; its rounds must be prefetched."""
    tag, kind, foot = stage_label(contest, list(contest.rounds.all()))
    return initiatives.card_context(contest, foot, text=truncate_text(contest.brief, 140), tag=tag, tag_kind=kind)


def stage_label(contest: Contest, rounds: list[Round]) -> tuple[str, str, str]:
    """Return what is open in a contest now, as (words, colour of the badge, time left)."""
    if contest.state == Contest.State.FINISHED:
        return _("Decided"), "good", ""
    if contest.state == Contest.State.STOPPED:
        return contest.get_state_display(), "bad", ""
    for round in rounds:
        round.contest = contest
    now = next((round for round in rounds if round.is_open and round.kind != Round.Kind.DECISION), None)
    if now is None:
        ahead = next((round for round in rounds if not round.has_begun), None)
        return (_("Soon"), "", "") if ahead is not None else (_("Waiting for the decision"), "wait", "")
    words = {
        Round.Kind.PROPOSALS: _("Propose now"),
        Round.Kind.JURY: _("The jury reads"),
        Round.Kind.VOTE: _("Vote now"),
        Round.Kind.OPINIONS: _("Say what you think"),
    }[Round.Kind(now.kind)]
    return words, "wait" if now.kind == Round.Kind.JURY else "accent", initiatives.days_left_in_words(now.days_left)


def contests_listed(asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the context of the list page: open or decided contests (see `list_context`)."""
    kinds = {"now": Q(state="published"), "decided": Q(state__in=["finished", "stopped"])}
    titles = {"now": _("Now"), "decided": pgettext("contest", "Decided")}
    tabs = [initiatives.Tab(name, titles[name], Contest.objects.filter(where), where) for name, where in kinds.items()]
    newest = initiatives.Sort(lambda rows: rows.with_page().prefetch_related("rounds").order_by("-published_at", "-id"))
    return initiatives.list_context(asked, tabs, [newest], contest_card)


def step_of(round: Round) -> dict[str, Any]:
    """Return a round's title, icon, dates and promises, for the page's list of rounds."""
    kinds = {Round.Kind.PROPOSALS: "lightbulb", Round.Kind.JURY: "users", Round.Kind.VOTE: "check-circle"}
    return {
        "title": str(Round.Kind(round.kind).label),
        "icon": kinds.get(Round.Kind(round.kind), "flag"),
        "opens": short_date(round.opens_at) if round.opens_at else "",
        "closes": deadline(round.closes_at, "short"),
        "now": round.is_open,
        "done": round.is_over,
        "method": str(Round.Method(round.method).label) if round.method else "",
        "promises": [
            words
            for on, words in (
                (round.results_hidden, _("Results are shown when it is over")),
                (round.anonymous, _("Anonymous: afterwards no vote can be traced to a person")),
            )
            if on
        ],
    }


def words_for(contest: Contest, verb: str) -> str:
    """Return the command to send us to propose or to vote ("vote 123"), in the reader's language."""
    words = _("propose %(code)s") if verb == "propose" else _("vote %(code)s")
    return words % {"code": contest.code}


def page_of(contest: Contest) -> dict[str, Any]:
    """Return the template context of a contest's public page."""
    rounds = rounds_of(contest)
    open_verbs = {verb: round for round in reversed(rounds) if round.is_open for verb in round.verbs}
    shown = vote_shown(rounds)
    verb = next((verb for verb in ("propose", "vote") if verb in open_verbs), "")
    numbers = list_numbers(contest.pk)
    found = read_tallies(shown.action) if shown is not None else {}
    standing = current_order(shown, found.get("value", {}), numbers) if shown is not None else []
    first = first_proposals(contest, numbers, standing)
    return {
        "contest": contest,
        "steps": [step_of(round) for round in rounds],
        "verb": verb,
        "both": {"vote", "propose"} <= open_verbs.keys(),
        "round": open_verbs.get(verb),
        "shown": shown,
        "standing": standing_of(shown, found, standing) if shown is not None else None,
        "seal": seal_seed(shown.seed) if shown is not None else "",
        "proposals": cards_of(contest, first, shown, standing) if contest.kind != "poll" else [],
        "how_many": len(numbers),
        "jury": query_jurors(contest.pk),
        **decision_context(contest),
        "outcomes": outcomes_of(contest),
        **initiatives.share_context(contest, words_for(contest, verb) if verb else "", is_open=bool(verb)),
        "live_streams": [contest.action.stream, *([shown.action.stream] if shown is not None else [])],
    }


@Prepared.of(int)
def query_jurors(contest: int) -> QuerySet[Juror]:
    """Return a queryset of a contest's jurors."""
    return Juror.objects.filter(contest=contest, active=True).order_by("id")


def first_proposals(contest: Contest, numbers: list[int], standing: list[dict[str, Any]]) -> list[Proposal]:
    """Return the few of these proposals that the page shows: the leading ones, or the newest if unknown."""
    if not standing:
        return query_newest_cards(contest.pk)[:CARDS]
    wanted = best_first(numbers, standing)[:CARDS]
    found = {row.number: row for row in query_cards(contest.pk, wanted)}
    return [found[number] for number in wanted if number in found]


@Prepared.of(int)
def rounds_in_order(contest: int) -> QuerySet[Round]:
    """Return a queryset of a contest's rounds in order, with their relations."""
    return Round.objects.filter(contest=contest).select_related("action")


def rounds_of(contest: Contest) -> list[Round]:
    """Return a contest's rounds as a list in order, each with its contest set."""
    found = rounds_in_order(contest.pk)
    for round in found:
        round.contest = contest
    return found


def vote_shown(rounds: Iterable[Round]) -> Round | None:
    """Return the round with a vote that a page shows: the open one, else the last that began."""
    begun = [round for round in rounds if round.method and round.has_begun]
    return next((round for round in begun if round.is_open), begun[-1] if begun else None)


def decision_of(contest: Contest) -> Decision | None:
    """Return the contest's decision with the chosen proposal, or None."""
    if contest.state != Contest.State.FINISHED:
        return None
    return Decision.objects.select_related("proposal").filter(contest=contest).first()


def decision_context(contest: Contest) -> dict[str, Any]:
    """Return the decision and its earlier, corrected versions, the newest first."""
    found = decision_of(contest)
    return {"decision": found, "corrections": corrections_of(contest) if found is not None else []}


def corrections_of(contest: Contest) -> list[EarlierDecision]:
    """Return the earlier versions of the contest's decision, the newest first."""
    return list(contest.earlier_decisions.select_related("proposal").order_by("-id"))


def outcomes_of(contest: Contest) -> list[dict[str, Any]]:
    """Return timeline entries of what was done since the decision, or why the contest was stopped."""
    found = query_outcomes(contest.pk)
    title = _("Why it was stopped") if contest.state == Contest.State.STOPPED else _("What we did")
    return [{"title": title, "at": row.at, "text": row.text, "icon": "megaphone"} for row in found]


@Prepared.of(int)
def query_outcomes(contest: int) -> QuerySet[Outcome]:
    """Return a queryset of what was done since a contest's decision, newest first."""
    return Outcome.objects.filter(contest=contest).order_by("-id")[:20]


def credits_of(proposals: Iterable[Proposal]) -> dict[int, list[dict[str, Any]]]:
    """Return {proposal number: its credited people, the first first}; names only where given."""
    known = {row.pk: row.number for row in proposals}
    found: dict[int, list[dict[str, Any]]] = {number: [] for number in known.values()}
    mine = Q(proposal__in=known) | Q(proposal__merged_into__in=known)
    credits = ProposalCredit.objects.filter(mine).select_related("proposal").order_by("at", "id")
    for row in credits:
        root = row.proposal.merged_into_id or row.proposal_id
        name = "" if row.proposal.unread else row.name
        found[known[root]].append(
            {
                "name": name or _("A resident"),
                "named": bool(name),
                "channel": channel_title(row.channel),
                "at": row.at,
                "text": row.proposal.text if row.proposal.merged_into_id and not row.proposal.unread else "",
            }
        )
    return found


def scores_of(proposal: Proposal) -> dict[str, Any]:
    """Return the jury's scores of a proposal with reasons, conflicts of interest, and the average."""
    scores = list(proposal.scores.filter(juror__active=True).select_related("juror").order_by("juror_id"))
    given = [row.score for row in scores if row.score is not None]
    return {"scores": scores, "average": sum(given) / len(given) if given else None}


def averages(contest: Contest) -> dict[int, tuple[float | None, int]]:
    """Return {proposal id: (the jury's average, number of scores)} of the contest."""
    rows = JuryScore.objects.filter(proposal__contest=contest, juror__active=True)
    found = rows.values("proposal").annotate(average=Avg("score"), n=Count("score"))
    return {row["proposal"]: (row["average"], row["n"]) for row in found}


def describe_closed_contest(contest: Contest) -> Say:
    """Return a chat message on the state of a contest that nobody can take part in now."""
    page = ((_("More"), contest.page_url),)
    decision = getattr(contest, "decision", None)
    if decision is not None and decision.proposal is not None:
        words = _("“%(title)s” is decided: %(text)s.")
        return Say(words % {"title": contest.title, "text": decision.proposal.text}, links=page)
    if contest.state == Contest.State.STOPPED and (why := contest.outcomes.order_by("-id").first()) is not None:
        return Say(_("“%(title)s” was stopped: %(why)s") % {"title": contest.title, "why": why.text}, links=page)
    return Say(_("“%(title)s” takes neither proposals nor votes now.") % {"title": contest.title}, links=page)
