"""Build the moderators' queue of petitions with its due dates, and what one decision needs to see."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.core.templatetags.ui import deadline, number, since
from kesher.participation.services import count_open_alerts
from kesher.petitions.forms.moderation import ChangesForm, ExtendForm, NoteForm, RefusalForm, UpdateDecisionForm
from kesher.petitions.models import Milestone, Petition, PetitionUpdate
from kesher.petitions.presenters import build_count
from kesher.petitions.rejection_reasons import reason_of
from kesher.petitions.rules import is_held
from kesher.petitions.similar_petitions import find_similar
from kesher.petitions.states import find_transition
from kesher.petitions.threshold_progress import read_figures, threshold_steps
from kesher.petitions.timeline import build_timeline

MOST = 50


def list_waiting() -> dict[str, Any]:
    """Return the desk's tables of what waits: reviews, promises that are due, authors' news. Three queries."""
    now = timezone.now()
    reviews = list(Petition.objects.in_review().select_related("action", "held_by")[:MOST])
    promises = Milestone.objects.filter(state=Milestone.State.REACHED).order_by("due_at", "id")
    owed = list(promises.select_related("petition__action")[:MOST])
    news = PetitionUpdate.objects.filter(state=PetitionUpdate.State.WAITING).order_by("id")
    return {
        "reviews": [review_row(row) for row in reviews],
        "owed": [
            [title_cell(row.petition), row.title, {"text": number(row.count), "number": True}, clock_cell(row.due_at)]
            for row in owed
        ],
        "news": [
            [title_cell(row.petition), row.text[:80], since(row.at)]
            for row in news.select_related("petition__action")[:MOST]
        ],
        "review_head": [_("Petition"), _("Waits since"), _("Review due"), _("In hand")],
        "owed_head": [_("Petition"), _("What we promise"), _("Signed"), _("To be kept by")],
        "news_head": [_("Petition"), _("Text"), _("Waits since")],
        "late": sum(row.is_overdue for row in reviews),
        "late_answers": sum(bool(row.due_at and row.due_at <= now) for row in owed),
    }


def review_row(petition: Petition) -> list[Any]:
    """Return a petition in review as a row of cells (components/table.html)."""
    held = petition.held_by.name if petition.held_by and is_held_now(petition) else ""
    return [title_cell(petition), since(petition.submitted_at), clock_cell(petition.review_due), held or "—"]


def is_held_now(petition: Petition) -> bool:
    """Return whether a moderator has the petition reserved for review now."""
    return petition.held_until is not None and petition.held_until > timezone.now()


def title_cell(petition: Petition) -> dict[str, Any]:
    """Return the table cell with the petition's title, linked to its desk page."""
    return {"text": petition.title, "url": petition.desk_path}


def clock_cell(due: Any) -> dict[str, Any]:
    """Return the table cell that says when something is due, coloured if that is past or today."""
    if due is None:
        return {"text": "—"}
    left = due - timezone.now()
    kind = "bad" if left.total_seconds() <= 0 else "wait" if left.days < 1 else "plain"
    day = deadline(due, "short")
    return {"text": f"{_('Late')} · {day}" if kind == "bad" else day, "badge": kind}


def review_context(petition: Petition, staff: Staff) -> dict[str, Any]:
    """Return the template context of all that a moderator needs to decide about a petition."""
    found = read_figures(petition)
    steps = threshold_steps(petition, found.get("level", {}))
    count = build_count(petition, found, steps)
    reviewed = petition.moderation == Petition.Moderation.SUBMITTED
    title, demand = " ".join(petition.titles.values()), " ".join(petition.demands.values())
    alike = find_similar(title, demand, besides=petition) if reviewed else []
    nearest = next((one.petition.code for one in alike if one.petition.is_published), "")
    return {
        "story": build_timeline(petition, everything=True),
        "count": count,
        "ladder": steps,
        "reviewed": reviewed,
        "clock": clock_cell(petition.review_due) if reviewed else None,
        "held": petition.held_by if is_held(petition, staff) else None,
        "mine": petition.held_by_id == staff.pk and is_held_now(petition),
        "alike": alike,
        "missing": max(petition.supporters - count.counts, 0) if petition.is_gathering else 0,
        "reason": reason_of(petition.reason),
        "refusal": RefusalForm(auto_id="refusal-%s", initial={"same_as": nearest}),
        "changes": ChangesForm(auto_id="changes-%s"),
        "note": NoteForm(auto_id="note-%s"),
        "extension": ExtendForm(initial={"closes_at": petition.closes_at}, auto_id="extend-%s"),
        "why_not": UpdateDecisionForm(auto_id="news-%s"),
        "can": {
            name: find_transition(petition, name) is not None
            for name in ("ask_changes", "reject", "take_down", "close")
        },
        "alerts": count_open_alerts([petition.action]),
        "proposals": petition.updates.filter(state=PetitionUpdate.State.WAITING),
    }
