"""Compute how many signatures a petition still needs for each promise (an answer, a hearing …).

Supporters are counted without the author (`services.supporters_of`); a threshold counts the signatures of its level of
proof or better, which may be fewer than have signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.core.db.prepared_query import Prepared
from kesher.core.templatetags.ui import number
from kesher.participation.services import read_tallies, read_tallies_now
from kesher.petitions.models import Milestone, Petition
from kesher.petitions.models.policy import Promise, proof_of
from kesher.petitions.services import count_supporters

Rung = dict[str, Any]
Tallies = Mapping[str, Mapping[str, int]]


def threshold_steps(petition: Petition, levels: Mapping[str, int]) -> list[Rung]:
    """Return a petition's thresholds for display: promise, signatures needed and counted, state. One query.

    ``levels``: the tallies by level of proof.
    """
    total = sum(levels.values())
    rows = query_milestones(petition.pk)
    for row in rows:
        row.petition = petition
    return [
        threshold_step(row, sum(n for level, n in levels.items() if int(level) >= row.level), total) for row in rows
    ]


@Prepared.of(int)
def query_milestones(petition: int) -> QuerySet[Milestone]:
    """Return a queryset of a petition's thresholds in their order."""
    return Milestone.objects.filter(petition=petition)


def threshold_step(row: Milestone, proved: int, total: int) -> Rung:
    """Return one threshold for display: promise, signatures needed and counted, state."""
    kinds = {"ahead": "", "reached": "wait", "done": "good"}
    missed = row.state == Milestone.State.AHEAD and is_over(row.petition)
    return {
        "title": row.title,
        "count": row.count,
        "level": row.level,
        "proof": proof_of(row.level),
        "proved": proved,
        "words": "" if missed else describe_proved(row, proved, total),
        "missed": missed,
        "left": max(row.count - proved, 0),
        "state": row.state,
        "state_title": _("Not reached") if missed else str(Milestone.State(row.state).label),
        "kind": kinds[row.state],
        "due": row.due_at if row.state == Milestone.State.REACHED else None,
        "done": row.done_at,
        "rung": f"{row.kind}-{row.count}",
        "promise": row.kind,
    }


def is_over(petition: Petition) -> bool:
    """Return whether the petition has ended, so that no further threshold can be reached."""
    return petition.is_published and not petition.is_open and not petition.is_counting


def describe_proved(row: Milestone, proved: int, total: int) -> str:
    """Return in words how many signatures count for the threshold and how many signed; "" if all count."""
    if row.level == 1 or row.state == Milestone.State.DONE:
        return ""
    known = {"proved": number(proved), "total": number(total), "count": number(row.count), "proof": proof_of(row.level)}
    return _("%(proved)s of the %(total)s signatures are %(proof)s. This needs %(count)s of them.") % known


def answer_progress(petition: Petition, steps: Sequence[Rung], total: int) -> tuple[int, str]:
    """Return (signatures that count towards the promised answer, how many are missing in words)."""
    first = next((step for step in steps if step["promise"] == Promise.RESPONSE), None)
    counts = first["proved"] if first is not None and first["level"] > 1 else total
    left = petition.threshold - counts
    if first is not None and first["level"] > 1 and left > 0:
        return counts, first["words"]
    words = (
        ngettext("%(count)s more to %(threshold)s", "%(count)s more to %(threshold)s", left)
        if left > 0
        else _("The goal of %(threshold)s was reached")
    )
    return counts, words % {"count": number(max(left, 0)), "threshold": number(petition.threshold)}


def read_figures(petition: Petition, *, now: bool = False) -> Tallies:
    """Return the petition's tallies, read once for all figures of a page or a message.

    ``now``: with what waits to be counted, for a person who signed a moment ago; so too while it looks for supporters,
    who are few and counted as they come.
    """
    return read_tallies_now(petition.action) if now or petition.is_gathering else read_tallies(petition.action)


def supporters_progress(petition: Petition, total: int) -> tuple[int, str]:
    """Return (how many supporters a gathering petition has, how many are missing in words)."""
    has = count_supporters(petition, total)
    known = {"has": number(has), "all": number(petition.supporters)}
    return has, _("%(has)s of %(all)s supporters have signed, besides the author") % known
