"""Page that explains how a round was counted: instant runoff, Schulze, pairs or opinion groups.

The worker counts (`services/result_snapshots.py`); the page reads what it stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from kesher.agencies.middleware import AgencyRequest
from kesher.contests.counting.opinion_groups import VOTES_MIN
from kesher.contests.counting.opinion_map import GROUP_MIN, PEOPLE_MIN
from kesher.contests.counting.tie_break import seal_seed
from kesher.contests.models import Contest, Proposal, Round, Snapshot
from kesher.contests.presenters import find_contest, rounds_of, vote_shown
from kesher.contests.services.result_snapshots import DRAWN
from kesher.contests.views.contests import render_unknown
from kesher.contests.views.opinion_map_svg import key_mark, letter, opinion_picture
from kesher.core.templatetags.ui import number

Method = Round.Method
Names = Mapping[int, str]


@require_GET
def how(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the page with the standing of a contest's vote and how it was counted."""
    found = find_contest(code)
    if found is None:
        return render_unknown(request)
    round = vote_shown(rounds_of(found))
    if round is None or round.method not in DRAWN:
        return redirect(found)
    return render(request, "contests/how.html", result_context(found, round))


def result_context(contest: Contest, round: Round) -> dict[str, Any]:
    """Return the context of the result page; without numbers while they are hidden or not counted."""
    snapshot = Snapshot.objects.filter(round=round).first() if round.shows_results else None
    data: dict[str, Any] = round.result if round.counted_at and round.method != Method.OPINION else {}
    if not data and snapshot is not None:
        data = snapshot.data
    rows = {row.number: row for row in Proposal.objects.filter(contest=contest).exclude(state="submitted")}
    names = {number: row.text for number, row in rows.items()}
    explain = {
        Method.IRV: irv_context,
        Method.SCHULZE: schulze_context,
        Method.PAIRWISE: pairs_context,
        Method.OPINION: opinion_context,
    }[Method(round.method)]
    return {
        "contest": contest,
        "round": round,
        "at": snapshot.at if snapshot is not None else round.counted_at,
        "hidden": not round.shows_results,
        "ballots": data.get("ballots", 0),
        "lot": data.get("lot", False),
        "seal": seal_seed(round.seed),
        "seed": round.seed if round.counted_at else "",
        **(explain(data, names) if data.get("ballots") else {"empty": True}),
    }


def irv_context(data: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return the context of an instant-runoff count: one table, and each stage in words."""
    stages = data["stages"]
    order = [row["number"] for row in data["order"]]
    return {
        "winner": names.get(order[0], ""),
        "head": list(range(1, len(stages) + 1)),
        "table": [
            {"name": names.get(one, ""), "cells": [cell_of(stages, at, one) for at in range(len(stages))]}
            for one in order
        ],
        "exhausted": [stage["exhausted"] for stage in stages],
        "stages": [stage_of(stages, at, names) for at in range(len(stages))],
    }


def cell_of(stages: list[dict[str, Any]], at: int, one: int) -> dict[str, Any] | None:
    """Return a candidate's votes at one runoff stage and the gain since the last; None once eliminated."""
    votes = dict(map(tuple, stages[at]["votes"]))
    if one not in votes:
        return None
    before = dict(map(tuple, stages[at - 1]["votes"])) if at else {}
    return {
        "votes": votes[one],
        "gain": votes[one] - before[one] if at else 0,
        "leaves": one in stages[at]["leaving"],
    }


def stage_of(stages: list[dict[str, Any]], at: int, names: Names) -> dict[str, Any]:
    """Return one stage of an instant runoff, as the template shows it."""
    stage = stages[at]
    leaving = [names.get(one, "") for one in stage["leaving"]]
    standing = [one for one, _votes in stage["votes"]]
    return {
        "number": at + 1,
        "bars": [
            {"name": names.get(one, ""), "votes": votes, "leaves": one in stage["leaving"]}
            for one, votes in stage["votes"]
        ],
        "top": max((votes for _one, votes in stage["votes"]), default=1) or 1,
        "words": why_these_leave(stage, names, standing, leaving),
        "moves": [
            {
                "source": names.get(move["source"], ""),
                "to": names.get(move["to"], "") if move["to"] is not None else "",
                "n": move["n"],
            }
            for move in stage["moves"]
        ],
    }


def why_these_leave(stage: Mapping[str, Any], names: Names, standing: list[int], leaving: list[str]) -> str:
    """Return in words why these candidates are eliminated at this stage."""
    staying = [one for one in standing if one not in stage["leaving"]]
    who = _(" and ").join(quoted(name) for name in leaving)
    above = quoted(names.get(staying[-1], ""))
    if len(staying) == 1:
        votes = dict(map(tuple, stage["votes"]))
        values = {"winner": above, "votes": number(votes[staying[0]]), "total": number(sum(votes.values()))}
        text = _("%(winner)s has %(votes)s of the %(total)s ballots that still count: half of them or more, and wins.")
        text = text % values
    elif len(leaving) > 1:
        text = _("%(who)s drop out: together they have no more ballots than %(above)s alone.")
        text = text % {"who": who, "above": above}
    else:
        text = _("%(who)s is last and drops out.") % {"who": who}
    ties = {
        "choices": _("Two were equal; more people named the other one as their next choice."),
        "lot": _("Two were equal in everything, so the lot decided, as was said before the vote."),
    }
    return " ".join(part for part in (text, ties.get(stage["broke"], "")) if part)


def schulze_context(data: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return the context of a Schulze count: the matrix, and the winner compared in words."""
    at = {one: index for index, one in enumerate(data["candidates"])}
    order = [row["number"] for row in data["order"]]
    wins, paths = data["wins"], data["paths"]
    first = order[0]
    return {
        "winner": names.get(first, ""),
        "names": [{"place": place, "name": names.get(one, "")} for place, one in enumerate(order, 1)],
        "matrix": [
            {
                "place": place,
                "name": names.get(one, ""),
                "cells": [
                    matrix_cell(wins[at[one]][at[other]], wins[at[other]][at[one]], one == other) for other in order
                ],
            }
            for place, one in enumerate(order, 1)
        ],
        "duels": [compare_in_words(first, other, at, wins, paths, names) for other in order[1:]],
    }


def matrix_cell(mine: int, theirs: int, same: bool) -> dict[str, Any]:
    """Return one cell of the Schulze matrix: votes, and whether the row won, lost or tied."""
    kind = "" if same else "won" if mine > theirs else "lost" if mine < theirs else "even"
    return {"votes": None if same else mine, "kind": kind}


def compare_in_words(first: int, other: int, at: Mapping[int, int], wins: Any, paths: Any, names: Names) -> str:
    """Return a sentence that compares the Schulze winner with one other candidate."""
    mine, theirs = wins[at[first]][at[other]], wins[at[other]][at[first]]
    values = {
        "winner": quoted(names.get(first, "")),
        "other": quoted(names.get(other, "")),
        "mine": number(mine),
        "theirs": number(theirs),
        "chain": number(paths[at[first]][at[other]]),
        "back": number(paths[at[other]][at[first]]),
    }
    if mine > theirs:
        return _("%(winner)s is preferred to %(other)s by %(mine)s people, the other way round by %(theirs)s.") % values
    if paths[at[first]][at[other]] > paths[at[other]][at[first]]:
        return (
            _(
                "%(other)s is ahead of %(winner)s by %(theirs)s to %(mine)s; but over others %(winner)s is stronger:"
                " its weakest link has %(chain)s people, the way back only %(back)s."
            )
            % values
        )
    return _("%(winner)s and %(other)s are equal, so the lot decided, as was said before the vote.") % values


def pairs_context(data: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return how likely each proposal is preferred to an average one, as context."""
    order = data["order"]
    return {
        "winner": names.get(order[0]["number"], ""),
        "comparisons": data["comparisons"],
        "strengths": [
            {
                "name": names.get(row["number"], ""),
                "chance": round(100 / (1 + exp(-row["strength"]))),
                "votes": row["votes"],
                "shown": row["shown"],
            }
            for row in order
        ],
        "rough": data["comparisons"] * 2 < 17 * len(order),
    }


def opinion_context(data: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return the opinion map, the statements that mark each group, and those that all share."""
    drawn = data.get("map")
    statements = [
        {
            "name": names.get(row["number"], ""),
            "agree": row["votes"],
            "disagree": row["disagree"],
            "passed": row["passed"],
            "total": row["votes"] + row["disagree"] + row["passed"],
        }
        for row in data["order"]
        if row["votes"] + row["disagree"] + row["passed"] >= GROUP_MIN
    ]
    if drawn is None:
        return {"statements": statements, "few": True, "people_min": PEOPLE_MIN, "votes_min": VOTES_MIN}
    return {
        "statements": statements,
        "picture": opinion_picture(drawn),
        "people": drawn["people"],
        "voters": drawn["voters"],
        "groups": [
            {
                "letter": letter(at),
                "key": key_mark(at),
                "index": at,
                "size": group["size"],
                "people": ngettext("%(count)s person", "%(count)s people", group["size"])
                % {"count": number(group["size"])},
                "marks": [mark_context(mark, names) for mark in group["marks"]],
            }
            for at, group in enumerate(drawn["groups"])
        ],
        "common": [common_context(one, names) for one in drawn["common"]],
        "votes_min": VOTES_MIN,
        "group_min": GROUP_MIN,
    }


def mark_context(mark: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return a statement that sets a group apart, in words and percents."""
    words = (
        _("%(share)s agree; elsewhere %(elsewhere)s")
        if mark["agrees"]
        else _("%(share)s disagree; elsewhere %(elsewhere)s")
    )
    return {
        "name": names.get(mark["number"], ""),
        "agrees": mark["agrees"],
        "words": words % {"share": percent(mark["share"]), "elsewhere": percent(mark["elsewhere"])},
        "share": round(mark["share"] * 100),
        "elsewhere": round(mark["elsewhere"] * 100),
    }


def common_context(one: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return a statement that all groups share, in words and percents."""
    words = (
        _("%(share)s agree; in every group at least %(least)s")
        if one["agrees"]
        else _("%(share)s disagree; in every group at least %(least)s")
    )
    return {
        "name": names.get(one["number"], ""),
        "agrees": one["agrees"],
        "words": words % {"share": percent(one["share"]), "least": percent(one["least"])},
        "share": round(one["share"] * 100),
    }


def quoted(name: str) -> str:
    """Return a name in the reader's quotation marks."""
    return _("“%(name)s”") % {"name": name}


def percent(share: float) -> str:
    """Return a share from 0 to 1 as text in whole percents."""
    return f"{localize(round(share * 100))}%"
