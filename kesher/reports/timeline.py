"""Build the public history of a report: a title and an icon for each change of its case."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from kesher.cases.models import Case
from kesher.reports.services import Step

State = Case.State


class Part(NamedTuple):
    """How one transition is shown: title, icon, and the colour of its dot."""

    title: Any
    icon: str
    kind: str = ""


STEPS: dict[str, Part] = {
    "open": Part(_("Received"), "inbox"),
    "start": Part(_("In work"), "activity"),
    "wake": Part(_("In work again"), "activity"),
    "ask": Part(_("We asked for something more"), "help", "wait"),
    "hold": Part(State.ON_HOLD.label, "clock", "wait"),
    "solve": Part(State.SOLVED.label, "check-circle", "good"),
    "close": Part(State.CLOSED.label, "check", "good"),
    "reopen": Part(_("Opened again"), "refresh", "wait"),
}
BADGES = {"new": "info", "open": "accent", "pending": "wait", "on_hold": "wait", "solved": "good"}


def render_step(step: Step) -> dict[str, Any]:
    """Return one step in the life of a report as a row for the timeline template."""
    part = STEPS.get(step.verb, Part(step.state, "activity"))
    return {"title": str(part.title), "at": step.at, "icon": part.icon, "kind": part.kind}
