"""Who may do what with a petition: pure predicates over `kesher.agencies.rules`."""

from __future__ import annotations

from kesher.agencies.models import Staff
from kesher.agencies.rules import may
from kesher.petitions.models import Petition


def may_see(staff: Staff | None, petition: Petition) -> bool:
    """The public sees what is published; whoever works at the desk sees all."""
    return petition.is_published or may(staff, "desk")


def may_sign(petition: Petition) -> bool:
    """Anybody may sign what is open: there is no age, no list and no membership. One person is one signature."""
    return petition.is_open


def may_edit(staff: Staff | None) -> bool:
    """Writing, publishing, closing, answering and voiding."""
    return may(staff, "moderate")


def may_write_to_signers(staff: Staff | None) -> bool:
    return may(staff, "broadcast")


def may_sign_for(staff: Staff | None) -> bool:
    """Signing for somebody on the phone or at the counter."""
    return may(staff, "log_call")
