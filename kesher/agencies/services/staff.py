"""Add and change staff, set their passwords, and write their sign-in log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from kesher.agencies.models import Role, Staff, StaffSignIn, Team
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import current_agency_id, everywhere
from kesher.core.errors import Refused


def staff_actor(staff: Staff | None) -> Actor:
    """Return who acted, for the audit: this member of staff, or the system for None."""
    return Actor("staff", staff.pk, "desk") if staff else SYSTEM


@transaction.atomic
def add_staff(
    *, username: str, name: str, password: str, role: str = Role.CLERK, teams: tuple[Team, ...] = (), by: Actor = SYSTEM
) -> Staff:
    """Add a member of staff with a user of the given name; an existing user keeps their password."""
    user = User.objects.filter(username=username).first() or User.objects.create_user(username, password=password)
    staff = Staff.objects.create(agency_id=current_agency_id(), user=user, name=name, role=role)
    staff.teams.set(teams)
    audit("agencies.add_staff", by=by, subject=staff, role=role)
    return staff


@transaction.atomic
def change_staff(staff: Staff, *, by: Actor, role: str, teams: Any = (), **more: Any) -> None:
    """Change role, teams and other values of a member of staff. Raise Refused if no administrator would be left."""
    # All administrators are locked, so that two of them cannot demote each other at the same time.
    admins = Staff.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk")
    if role != Role.ADMIN and [row.pk for row in admins] == [staff.pk]:
        raise Refused(_("Somebody has to stay administrator. Make somebody else one first."))
    before = {"role": staff.role}
    for field, value in {**more, "role": role}.items():
        setattr(staff, field, value)
    staff.save(update_fields=[*more, "role"])
    staff.teams.set(teams)
    audit("agencies.change_staff", by=by, subject=staff, before=before, after={"role": role})


def serves_elsewhere(staff: Staff) -> bool:
    """Return whether the same user also works for another agency."""
    with everywhere("does this user serve another agency?"):
        return Staff.objects.filter(user_id=staff.user_id).exclude(agency_id=staff.agency_id).exists()


@transaction.atomic
def set_password(user: User, new: str, *, by: Actor) -> None:
    """Set a user's new password, which the form has checked, and audit that."""
    user.set_password(new)
    user.save(update_fields=["password"])
    audit("agencies.set_password", by=by, user=user.pk)


def note_sign_in(user: User, network: str = "") -> None:
    """Audit a member of staff's sign-in, with a keyed hash of the network."""
    staff = Staff.objects.get(user=user)
    audit("agencies.sign_in", by=Actor("staff", staff.pk, "desk"), subject=staff, network=network)


def record_sign_in(
    outcome: StaffSignIn.Outcome, staff: Staff | None, *, network: str = "", browser: str = ""
) -> StaffSignIn:
    """Append an entry to the sign-in log; ``staff`` None for a name that nobody here has."""
    return StaffSignIn.objects.create(
        agency_id=current_agency_id(), staff=staff, outcome=outcome, network=network, browser=browser
    )


def delete_old_log_entries(before: datetime) -> int:
    """Delete the sign-in log's entries of before this moment, and return how many."""
    return StaffSignIn.objects.filter(at__lt=before).delete()[0]
