"""The states of an incident, and the transitions between them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.core.errors import Refused
from kesher.incidents.models import Incident

State = Incident.State

# (state, transition) → state. Nothing else is allowed.
TRANSITIONS: dict[tuple[str, str], str] = {
    (State.SUSPECTED, "open"): State.OPEN,
    (State.SUSPECTED, "dismiss"): State.DISMISSED,
    (State.OPEN, "dismiss"): State.DISMISSED,
    (State.OPEN, "end"): State.OVER,
    (State.DISMISSED, "reconsider"): State.SUSPECTED,
    (State.DISMISSED, "reopen"): State.OPEN,
}


def changes_of(incident: Incident, transition: str, staff: Staff) -> dict[str, Any]:
    """Return the values (state, who, when) that a transition sets. Raise Refused where it is not allowed."""
    after = TRANSITIONS.get((incident.state, transition))
    if after is None or incident.merged_into_id is not None:
        raise Refused(_("The incident has changed meanwhile. Reload the page to see where it stands."))
    now = timezone.now()
    changes: dict[str, Any] = {"state": after, "dismissed_by": None, "dismissed_at": None}
    if transition == "open":
        return changes | {"opened_by": staff, "opened_at": now}
    if transition == "dismiss":
        return changes | {"dismissed_by": staff, "dismissed_at": now}
    if transition == "end":
        return changes | {"over_by": staff, "over_at": now}
    return changes
