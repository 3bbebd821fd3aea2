"""Tables of the staff's pages: contests with their states, proposals with credits and similar ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.contests.duplicate_proposals import CLOSE, closeness
from kesher.contests.models import Contest, Proposal, ProposalCredit, Round
from kesher.contests.presenters import averages, stage_label
from kesher.initiatives.desk import WithActions
from kesher.language import keys

STATE = {"draft": "plain", "published": "good", "finished": "accent", "stopped": "bad"}
PROPOSAL = {"submitted": "wait", "published": "good", "rejected": "bad", "merged": "plain", "withdrawn": "plain"}
LOOKED_AT, SHOWN = 400, 6


def contest_heads() -> list[Any]:
    """Return the column titles for `contest_rows`."""
    return [_("Contest"), _("Number"), _("Kind"), _("State"), _("Now"), {"text": _("To review"), "number": True}]


def find_contests(actions: Collection[int]) -> WithActions:
    """Return the contests with rounds of these actions, each with the actions of those rounds."""
    found: dict[Contest, list[int]] = {}
    for row in Round.objects.filter(action__in=actions).select_related("contest__action"):
        found.setdefault(row.contest, []).append(row.action_id)
    return found.items()


def contest_rows(found: list[Contest]) -> list[list[Any]]:
    """Return the contests as rows for components/table.html."""
    rows = Proposal.objects.waiting().filter(contest__in=found).values("contest").annotate(n=Count("id"))
    waiting = {row["contest"]: row["n"] for row in rows.order_by()}
    return [
        [
            {"text": row.title, "url": row.desk_path},
            {"text": row.code, "number": True},
            {"text": row.get_kind_display()},
            {"text": row.get_state_display(), "badge": STATE[row.state]},
            {"text": stage_label(row, list(row.rounds.all()))[0]},
            {"text": waiting.get(row.pk, 0), "number": True},
        ]
        for row in found
    ]


def proposal_state_tabs(contest: Contest, current: str) -> list[dict[str, Any]]:
    """Return a tab for each state of proposals, with how many of the contest are in it."""
    counted = Proposal.objects.filter(contest=contest).order_by().values_list("state").annotate(n=Count("id"))
    known: dict[str, int] = dict(counted) | {"submitted": Proposal.objects.waiting().filter(contest=contest).count()}
    return [
        {"title": label, "url": f"?state={value}", "current": value == current, "count": known.get(value, 0)}
        for value, label in Proposal.State.choices
    ]


def proposal_heads() -> list[Any]:
    """Return the column titles for `proposal_rows`."""
    return [
        {"text": _("No."), "number": True},
        _("Proposal"),
        _("State"),
        _("Joined with"),
        {"text": _("Jury"), "number": True},
    ]


def proposal_rows(contest: Contest, proposals: Sequence[Proposal]) -> list[list[Any]]:
    """Return the proposals as rows for components/table.html."""
    scores = averages(contest)
    return [
        [
            {"text": row.number, "number": True},
            {"text": row.text, "url": reverse("contests:desk-proposal", args=[contest.code, row.number])},
            {"text": row.get_state_display(), "badge": PROPOSAL[row.state]},
            {"text": row.merged_into.text if row.merged_into else _("Shortlist") if row.shortlisted else ""},
            {"text": format_points(scores.get(row.pk)), "number": True},
        ]
        for row in proposals
    ]


def format_points(found: tuple[float | None, int] | None) -> str:
    """Return the jury's average points and the number of scores in words; "" for none."""
    return f"{found[0]:.1f} ({found[1]})" if found and found[0] is not None else ""


def credits_on(proposal: Proposal) -> list[ProposalCredit]:
    """Return the credits of all who made this proposal or one merged into it, the earliest first."""
    mine = Q(proposal=proposal) | Q(proposal__merged_into=proposal)
    return list(ProposalCredit.objects.filter(mine).select_related("contact").order_by("at", "id"))


def similar_to(proposal: Proposal) -> list[Proposal]:
    """Return the contest's proposals whose text is close to this one, the closest first.

    A few hundred that share a key or a beginning are compared.
    """
    text = proposal.texts.get(proposal.language, "")
    others = Proposal.objects.filter(contest=proposal.contest_id, state__in=["submitted", "published"])
    others = others.exclude(pk=proposal.pk).order_by("-pk")
    shared = [row for key in sorted(keys(text))[:6] for row in others.filter(search_keys__contains=f" {key} ")[:50]]
    near = list(others.filter(folded__startswith=proposal.folded[:2])[:LOOKED_AT])
    scored = {row.pk: (closeness(text, row.texts.get(row.language, "")), row) for row in (*shared, *near)}
    best = sorted((pair for pair in scored.values() if pair[0] >= CLOSE), key=lambda pair: -pair[0])
    return [row for _score, row in best[:SHOWN]]
