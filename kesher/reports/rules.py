"""Which of the staff may export problem reports to a file.

Anybody may report, and ask for the state of a number, without signing in. Staff pages check `kesher.agencies.rules` in
their decorators; this module holds what is checked inside a page.
"""

from __future__ import annotations

from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right


def may_export(staff: Staff | None) -> bool:
    """Return whether this staff member may export reports to a file: managers only, as it holds people's words."""
    return has_right(staff, "overview")
