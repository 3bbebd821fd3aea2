"""A petition's story as pages and the API show it: what happened and when, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from kesher.core.templatetags.look import number
from kesher.petitions.models import Milestone, Petition, PetitionEvent
from kesher.petitions.models.policy import Promise
from kesher.petitions.standards import reason_of

Verb = PetitionEvent.Verb
# verb → (picture, colour)
LOOKS: dict[str, tuple[str, str]] = {
    Verb.STARTED: ("edit", ""),
    Verb.SUPPORTED: ("users", "good"),
    Verb.SUBMITTED: ("arrow-end", ""),
    Verb.CHANGES: ("undo", "wait"),
    Verb.PUBLISHED: ("globe", "good"),
    Verb.REJECTED: ("x", "bad"),
    Verb.TAKEN_DOWN: ("x", "bad"),
    Verb.LAPSED: ("clock", ""),
    Verb.REACHED: ("star", "good"),
    Verb.LOST: ("undo", "wait"),
    Verb.EDITED: ("edit", "wait"),
    Verb.UPDATE: ("megaphone", ""),
    Verb.RESPONSE: ("check-circle", "good"),
    Verb.DISCUSSED: ("message", "good"),
    Verb.EXTENDED: ("calendar", ""),
    Verb.CLOSED: ("lock", ""),
    Verb.REOPENED: ("refresh", ""),
    Verb.NOTE: ("edit", ""),
    Verb.ANONYMISED: ("lock", ""),
}


def story_of(petition: Petition, *, everything: bool = False) -> list[dict[str, Any]]:
    """The timeline, newest first; ``everything`` is the desk's, with its notes. One query."""
    rows = petition.events.order_by("-at", "-id")
    if everything:
        return [line(petition, row) | {"author": row.by.name if row.by else ""} for row in rows.select_related("by")]
    return [line(petition, row) for row in rows.filter(public=True)]


def line(petition: Petition, row: PetitionEvent) -> dict[str, Any]:
    """One item for components/timeline.html."""
    icon, kind = LOOKS.get(row.verb, ("check", ""))
    return {
        "title": title_of(petition, row),
        "text": petition.words(row.words),
        "at": row.at,
        "icon": icon,
        "kind": kind,
    }


def title_of(petition: Petition, row: PetitionEvent) -> str:
    """What happened, in a few words."""
    data = row.data
    if row.verb in (Verb.REACHED, Verb.LOST):
        words = _("%(count)s signatures") if row.verb == Verb.REACHED else _("Below %(count)s signatures again")
        return words % {"count": number(data.get("count", 0))}
    if row.verb == Verb.UPDATE:
        return _("News from the author") if data.get("by") == "author" else _("News from us")
    if row.verb == Verb.EDITED and row.words:
        return _("The words were corrected. Before:")
    if row.verb == Verb.RESPONSE:
        return _("The answer was changed") if data.get("again") else _("The answer was published")
    if row.verb == Verb.DISCUSSED:
        return str(Promise(data["promise"]).label) if data.get("promise") in Promise.values else _("Discussed")
    if row.verb in (Verb.REJECTED, Verb.TAKEN_DOWN) and (reason := reason_of(petition.reason)):
        return f"{row.get_verb_display()}: {reason.title}"
    if row.verb == Verb.CLOSED and petition.closed_by:
        return str(petition.get_closed_by_display())
    return str(row.get_verb_display())


def ladder(petition: Petition, levels: dict[str, int]) -> list[dict[str, Any]]:
    """The thresholds as steps: what is promised, at how many of which proof, how many there are, and where it stands.
    ``levels``: the tallies by level of proof. One query."""
    return [rung(row, sum(n for level, n in levels.items() if int(level) >= row.level)) for row in rungs(petition)]


def rungs(petition: Petition) -> Iterable[Milestone]:
    return petition.milestones.all()


def rung(row: Milestone, proved: int) -> dict[str, Any]:
    kinds = {"ahead": "", "reached": "wait", "done": "good"}
    return {
        "title": row.title,
        "count": row.count,
        "level": row.level,
        "proof": proof_of(row.level),
        "proved": proved,
        "left": max(row.count - proved, 0),
        "state": row.state,
        "state_title": str(row.get_state_display()),
        "kind": kinds[row.state],
        "due": row.due_at if row.state == Milestone.State.REACHED else None,
        "done": row.done_at,
        "rung": f"{row.kind}-{row.count}",
        "promise": row.kind,
    }


def proof_of(level: int) -> str:
    """Which signatures a threshold counts, in words."""
    return {
        1: "",
        2: _("of people who proved two addresses, or logged in"),
        3: _("of people who logged in with the national login"),
    }[level]
