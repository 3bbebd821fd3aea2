"""Setting a public body up, and its sequences."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from kesher.agencies.models import Agency, Role, Sequence, Staff, Team
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.scope import current_agency_id, scope


@transaction.atomic
def create_agency(*, slug: str, names: dict[str, str], **fields: Any) -> Agency:
    """A new public body with its sequences."""
    agency = Agency.objects.create(slug=slug, names=names, **fields)
    with scope(agency):
        Sequence.objects.create(agency=agency, name="case", value=agency.numbers.get("case", 1000))
        audit("agencies.create", by=SYSTEM, subject=None, slug=slug)
    return agency


@transaction.atomic
def add_staff(
    *, username: str, name: str, password: str, role: str = Role.CLERK, teams: tuple[Team, ...] = (), by: Actor = SYSTEM
) -> Staff:
    """A member of staff with a user of the same name; an existing user keeps his password."""
    user = User.objects.filter(username=username).first() or User.objects.create_user(username, password=password)
    staff = Staff.objects.create(agency_id=current_agency_id(), user=user, name=name, role=role)
    staff.teams.set(teams)
    audit("agencies.add_staff", by=by, subject=staff, role=role)
    return staff


def next_number(name: str) -> int:
    """The next number of a sequence of this agency. Two callers never get the same one."""
    agency_id = current_agency_id()
    with transaction.atomic():
        if not Sequence.objects.filter(name=name).update(value=F("value") + 1):
            Sequence.objects.get_or_create(agency_id=agency_id, name=name, defaults={"value": 1000})
            Sequence.objects.filter(name=name).update(value=F("value") + 1)
        return Sequence.objects.values_list("value", flat=True).get(name=name)
