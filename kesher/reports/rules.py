"""Who may do what with reports. Reporting, and asking for a number's state, is everybody's: no sign-in, no address. The
staff's pages ask `kesher.agencies.rules` by verb; what is asked inside a page stands here."""

from __future__ import annotations

from kesher.agencies.models import Staff
from kesher.agencies.rules import has_right


def may_export(staff: Staff | None) -> bool:
    """A file of people's words leaves the house: a manager's decision."""
    return has_right(staff, "overview")
