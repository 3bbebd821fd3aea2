"""Who may do what: one table of roles and verbs, asked by every staff door."""

from __future__ import annotations

from kesher.agencies.models import Role, Staff

CLERK = frozenset({Role.CLERK, Role.MANAGER, Role.ADMIN})
MANAGER = frozenset({Role.MANAGER, Role.ADMIN})
ADMIN = frozenset({Role.ADMIN})

MAY: dict[str, frozenset[Role]] = {
    "desk": CLERK,
    "reply": CLERK,
    "note": CLERK,
    "assign": CLERK,
    "move": CLERK,
    "merge": CLERK,
    "block": CLERK,
    "log_call": CLERK,
    "see_channels": CLERK,
    "overview": MANAGER,
    "broadcast": MANAGER,
    "moderate": MANAGER,
    "change_channels": ADMIN,
    "change_staff": ADMIN,
}


def may(staff: Staff | None, verb: str) -> bool:
    """True where this member of staff's role has the verb. An unknown verb is a programming error (KeyError)."""
    roles = MAY[verb]
    return staff is not None and staff.is_active and Role(staff.role) in roles
