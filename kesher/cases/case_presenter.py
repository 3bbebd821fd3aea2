"""Build what the staff's page shows of a case: state, remaining time, possible transitions and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kesher.agencies.models import Agency, Staff
from kesher.cases.models import Case, CaseEvent
from kesher.cases.services import state_notice
from kesher.cases.states import CLOCK_STOPS, ENDED, TRANSITIONS, transitions_from
from kesher.core.db.agency_scope import scoped_row

State = Case.State
KINDS = {State.NEW: "info", State.OPEN: "wait", State.PENDING: "", State.ON_HOLD: "", State.SOLVED: "good"}
# Clerks read about the person; the state's own label addresses them.
STATES: dict[str, Promise] = {State.PENDING: gettext_lazy("Waiting for the person")}
TRANSITION_LABELS: dict[str, tuple[Promise, str]] = {
    "start": (gettext_lazy("Start work"), "activity"),
    "ask": (gettext_lazy("Wait for the person"), "help"),
    "hold": (gettext_lazy("Put on hold"), "clock"),
    "solve": (gettext_lazy("Solved"), "check-circle"),
    "close": (gettext_lazy("Close"), "x"),
    "reopen": (gettext_lazy("Open again"), "undo"),
}
# What a clerk does most stands first.
ORDER = ("start", "solve", "ask", "hold", "close", "reopen")
TOLD_BY_DEFAULT = frozenset({"ask", "solve"})
HISTORY = 40


@dataclass(frozen=True, slots=True)
class Step:
    """A transition that a clerk may make now. ``news`` is what the person would be told, in their language.

    ``tell``: they are told unless the clerk says otherwise. Whoever reported something was promised news of it.
    """

    transition: str
    title: str
    icon: str
    news: str
    tell: bool
    direct: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """How much of a case's time has passed: ``used`` in percent, and as text.

    ``state`` is "", "running", "late" or "stopped".
    """

    due: datetime | None
    used: int
    words: str
    state: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything that the desk shows of one case."""

    case: Case
    state: str
    kind: str
    clock: Clock
    steps: tuple[Step, ...]
    history: tuple[dict[str, Any], ...]
    mine: bool
    statutory_due: datetime | None


def make_case_view(case: Case, staff: Staff) -> CaseView:
    """Return a case as the desk's case pane renders it for this clerk. Reads only the case's history."""
    return CaseView(
        case=case,
        state=state_label(case.state),
        kind=KINDS.get(State(case.state), ""),
        clock=make_clock(case),
        steps=tuple(make_step(case, name) for name in sorted(transitions_from(case.state), key=ORDER.index)),
        history=case_history(case),
        mine=case.assignee_id == staff.pk,
        statutory_due=find_statutory_due(case),
    )


def find_statutory_due(case: Case) -> datetime | None:
    """Return until when the law wants an answer; None for a case that was answered or ended, or without such a law."""
    agency = scoped_row()
    days = agency.statutory_days if isinstance(agency, Agency) else 0
    return case.opened_at + timedelta(days=days) if days and not case.answered_at and case.state not in ENDED else None


def state_label(state: str) -> str:
    """Return the translated label of a case's state, as clerks see it."""
    return str(STATES.get(state) or State(state).label)


def make_step(case: Case, transition: str) -> Step:
    """Return the view of one state transition of a case: the button that the desk shows for it."""
    title, icon = TRANSITION_LABELS[transition]
    return Step(
        transition,
        str(title),
        icon,
        state_notice(case, TRANSITIONS[case.state, transition]),
        transition in TOLD_BY_DEFAULT or (transition == "start" and case.kind == Case.Kind.REPORT),
        transition == "start",
    )


def make_clock(case: Case) -> Clock:
    """Return the countdown of a case: to when its first answer is due, then to when its end is due."""
    due = case.done_due if case.answered_at or case.answer_due is None else case.answer_due
    if case.state in ENDED or due is None:
        return final_clock(case)
    now = timezone.now()
    whole = max((due - case.opened_at).total_seconds(), 1)
    used = min(100, max(0, round((now - case.opened_at).total_seconds() / whole * 100)))
    if case.state in CLOCK_STOPS:
        return Clock(due, used, _("The clock stands still"), "stopped")
    if now > due:
        return Clock(due, 100, _("%(span)s late") % {"span": format_duration(now - due)}, "late")
    words = _("%(span)s left to answer") if due == case.answer_due and not case.answered_at else _("%(span)s left")
    return Clock(due, used, words % {"span": format_duration(due - now)}, "running")


def final_clock(case: Case) -> Clock:
    """Return the clock of a case that is closed or solved: whether it ended in time."""
    end = case.solved_at or case.closed_at
    if end is None or case.done_due is None:
        return Clock(None, 0, "", "")
    if case.solved_at is None and case.answered_at is None:
        return Clock(None, 0, _("Closed without an answer"), "")
    if end <= case.done_due:
        return Clock(case.done_due, 0, _("Done within the standard time"), "")
    return Clock(
        case.done_due,
        100,
        _("Done %(span)s after the standard time") % {"span": format_duration(end - case.done_due)},
        "",
    )


def format_duration(length: timedelta) -> str:
    """Return a length of time as translated text in one unit: days from 48 hours on, hours, or minutes."""
    hours = int(length.total_seconds()) // 3600
    if hours >= 48:
        return ngettext("%(count)d day", "%(count)d days", hours // 24) % {"count": hours // 24}
    if hours >= 1:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    minutes = max(1, int(length.total_seconds()) // 60)
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def case_history(case: Case) -> tuple[dict[str, Any], ...]:
    """Return the newest events of a case, newest first, as dicts for the timeline template."""
    rows = CaseEvent.objects.filter(case=case).select_related("by").order_by("-id")[:HISTORY]
    return tuple(make_history_line(row) for row in rows)


def make_history_line(row: CaseEvent) -> dict[str, Any]:
    """Return one event of a case's history as a dict for the timeline template."""
    titles = {
        "open": _("Opened"),
        "assign": _("Now with %(name)s") % {"name": row.after} if row.after else _("With nobody now"),
        "topic": _("Topic: %(topic)s") % {"topic": row.after},
    }
    icons = {"open": "inbox", "assign": "user", "topic": "tag"}
    moved = row.after in State.values and row.verb not in titles
    title = state_label(row.after) if moved else titles.get(row.verb, row.verb)
    picture = TRANSITION_LABELS[row.verb][1] if row.verb in TRANSITION_LABELS else icons.get(row.verb, "refresh")
    kind = "good" if row.after == State.SOLVED else "wait" if row.after == State.OPEN else ""
    return {"title": title, "at": row.at, "icon": picture, "kind": kind, "text": row.by.name if row.by else ""}


def choose_case(cases: Sequence[Case], number: str) -> Case | None:
    """Return the case with this number, else the newest open case, else the newest; None without cases."""
    asked = next((case for case in cases if str(case.number) == number), None)
    return asked or next((case for case in cases if case.closed_at is None), None) or next(iter(cases), None)
