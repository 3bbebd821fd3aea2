"""The standings of a vote by its counting method, as pages, messages, the API and open data show them.

Once a round is counted, this is its result. While it runs, sums come from the tallies; an order that only the ballots
tell (runoff, Schulze, pairs) comes from the last snapshot, and without one nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.contests.models import Proposal, Round, Snapshot
from kesher.core.db.prepared_query import Prepared
from kesher.core.templatetags.ui import number as shown
from kesher.participation.services import read_tallies

Method = Round.Method
RANKED = (Method.IRV, Method.SCHULZE)
Row = dict[str, Any]


def current_order(
    round: Round, values: Mapping[str, int] | None = None, numbers: Sequence[int] | None = None
) -> list[Row]:
    """Return the proposals as {number, votes, …}, best first; [] while results are hidden or unknown.

    ``values``: the tally of the round's values, and ``numbers``: what `list_numbers` returns, where they are at hand.
    """
    if not round.shows_results:
        return []
    if "order" in round.result:
        return list(round.result["order"])
    if round.method == Method.PAIRWISE:
        return drawn_order(round)
    sums = {
        key: max(n, 0) for key, n in (read_tallies(round.action).get("value", {}) if values is None else values).items()
    }
    if round.stands == Round.Stands.SHORTLIST:
        standing: Sequence[int] = [number for (number,) in query_shortlist(round.contest_id)]
    else:
        standing = list_numbers(round.contest_id) if numbers is None else numbers
    if round.method == Method.OPINION:
        rows = [opinion_row(number, sums) for number in standing]
        return sorted(rows, key=lambda row: row["disagree"] - row["votes"])
    rows = [{"number": number, "votes": sums.get(str(number), 0)} for number in standing]
    if round.method not in RANKED:
        return sorted(rows, key=lambda row: -row["votes"])
    place = {row["number"]: at for at, row in enumerate(drawn_order(round))}
    return sorted(rows, key=lambda row: place.get(row["number"], len(place)))


def list_numbers(contest: int) -> list[int]:
    """Return the numbers of a contest's published proposals in their order."""
    return [number for (number,) in query_numbers(contest)]


@Prepared.of(int)
def query_numbers(contest: int) -> QuerySet[Proposal, tuple[int]]:
    """Return a queryset of the numbers of a contest's published proposals in their order."""
    return Proposal.objects.shown().filter(contest=contest).order_by("position", "number").values_list("number")


@Prepared.of(int)
def query_shortlist(contest: int) -> QuerySet[Proposal, tuple[int]]:
    """Return a queryset of the numbers of a contest's published proposals on the shortlist, in their order."""
    rows = Proposal.objects.shown().filter(contest=contest, shortlisted=True)
    return rows.order_by("position", "number").values_list("number")


def drawn_order(round: Round) -> list[Row]:
    """Return the order of proposals in the round's last stored snapshot, or []."""
    snapshot = Snapshot.objects.filter(round=round).first()
    return list(snapshot.data.get("order", [])) if snapshot is not None else []


def opinion_row(number: int, sums: Mapping[str, int]) -> Row:
    """Return one statement's number with how many agreed, disagreed and passed."""
    votes, disagree, passed = (sums.get(f"{number}{sign}", 0) for sign in "+-=")
    return {"number": number, "votes": votes, "disagree": disagree, "passed": passed}


def sums_of(rows: list[Row], method: str) -> dict[str, int]:
    """Return vote counts keyed as in the tallies: "7" for a proposal; "7+", "7-" and "7=" for a statement."""
    signs = {"+": "votes", "-": "disagree", "=": "passed"} if method == Method.OPINION else {"": "votes"}
    return {f"{row['number']}{sign}": row[name] for row in rows for sign, name in signs.items() if row[name]}


def unit_of(round: Round) -> str:
    """Return the label of what a round's numbers count, such as "Votes" or "First choices"."""
    return {
        Method.IRV: _("First choices"),
        Method.SCHULZE: _("First choices"),
        Method.PAIRWISE: _("Times preferred"),
        Method.OPINION: _("People who agree"),
    }.get(Method(round.method), _("Votes"))


def votes_in_words(round: Round, row: Row | None) -> str:
    """Return a proposal's votes in words with their unit, such as "12 first choices"; "" for no row."""
    if row is None:
        return ""
    n = row["votes"]
    if round.method == Method.OPINION:
        agree = ngettext("%(shown)s agrees", "%(shown)s agree", n) % {"shown": shown(n)}
        against = ngettext("%(shown)s disagrees", "%(shown)s disagree", row["disagree"])
        return f"{agree}, {against % {'shown': shown(row['disagree'])}}"
    if round.method == Method.PAIRWISE:
        words = ngettext("preferred %(shown)s time", "preferred %(shown)s times", n)
    elif round.method in RANKED:
        words = ngettext("%(shown)s first choice", "%(shown)s first choices", n)
    else:
        words = ngettext("%(shown)s vote", "%(shown)s votes", n)
    return words % {"shown": shown(n)}
