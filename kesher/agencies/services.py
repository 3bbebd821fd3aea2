"""Create agencies, change their staff, teams, places and settings, and draw the next case number."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.emergency_numbers import country_of, statutory_days_of
from kesher.agencies.models import Agency, Place, Role, Sequence, Staff, StaffSignIn, Team
from kesher.agencies.place_files import PlaceChanges, PlaceFile, compare_places
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import current_agency_id, everywhere, scope
from kesher.core.db.batch import CachedInBatch, save
from kesher.core.db.ids import unused_slug
from kesher.core.errors import Refused


def staff_actor(staff: Staff | None) -> Actor:
    """Return who acted, for the audit: this member of staff, or the system for None."""
    return Actor("staff", staff.pk, "desk") if staff else SYSTEM


@transaction.atomic
def create_agency(*, slug: str, names: dict[str, str], **fields: Any) -> Agency:
    """Create an agency with the counter of its case numbers and its country's time for an answer, and audit it."""
    agency = Agency(slug=slug, names=names, **fields)
    if "statutory_days" not in fields:
        agency.statutory_days = statutory_days_of(country_of(agency))
    agency.save(force_insert=True)
    with scope(agency):
        Sequence.objects.create(agency=agency, name="case", value=agency.numbers.get("case", 1000))
        audit("agencies.create", by=SYSTEM, subject=None, slug=slug)
    return agency


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


@transaction.atomic
def set_limits(agency: Agency, *, unproved_a_day: int, countries: list[str], answers_a_day: int, by: Actor) -> None:
    """Store the agency's daily limits on codes to unproved addresses and on automatic answers, and audit them.

    ``countries``: those whose phones get codes; [] for the agency's own.
    """
    wanted = {"unproved_a_day": unproved_a_day, "countries": countries, "answers_a_day": answers_a_day}
    before = {name: getattr(agency, name) for name in wanted}
    for name, value in wanted.items():
        setattr(agency, name, value)
    agency.save(update_fields=list(wanted))
    audit("agencies.set_limits", by=by, before=before, after=wanted)


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


@transaction.atomic
def save_team(team: Team | None, *, names: dict[str, str], members: Iterable[Staff], by: Actor) -> Team:
    """Store a team with its members; None creates one, with a slug made from its name."""
    taken = set(Team.objects.values_list("slug", flat=True))
    slug = unused_slug(names.get("en", ""), taken, default="team")
    saved = team or Team(agency_id=current_agency_id(), slug=slug)
    saved.names = names
    saved.save()
    saved.members.set(members)
    audit("agencies.save_team", by=by, subject=saved, names=names, members=saved.members.count())
    return saved


@transaction.atomic
def remove_team(team: Team, *, by: Actor) -> None:
    """Delete a team. Raise Refused if topics or cases are assigned to it."""
    audit("agencies.remove_team", by=by, subject=team, names=team.names)
    team.members.clear()
    try:
        with transaction.atomic():
            team.delete()
    except ProtectedError as error:
        raise Refused(_("This team has topics or requests. Give them to another team first.")) from error


@transaction.atomic
def set_hours(
    agency: Agency, *, hours: dict[str, list[list[str]]], quiet: dict[str, str], reopen_days: int, by: Actor
) -> None:
    """Store opening hours, quiet hours, and for how many days an answer reopens a solved case.

    ``hours`` is {weekday: [[opens, closes], …]} (0 is Monday, local "HH:MM"), ``quiet`` {"from", "to"}. Due times that
    were set before do not change.
    """
    before = {"hours": agency.hours, "quiet": agency.quiet, "reopen_days": agency.reopen_days}
    agency.hours, agency.quiet, agency.reopen_days = hours, quiet, reopen_days
    agency.save(update_fields=["hours", "quiet", "reopen_days"])
    audit("agencies.set_hours", by=by, subject=None, before=before, hours=hours, quiet=quiet, reopen_days=reopen_days)


def set_emergency_numbers(agency: Agency, numbers: str, *, by: Actor) -> None:
    """Store the agency's emergency numbers: "Police 100, Ambulance 101"; "" for the country's."""
    before = agency.contact.get("emergency", "")
    if before == numbers:
        return
    agency.contact = {**agency.contact, "emergency": numbers}
    agency.save(update_fields=["contact"])
    audit("agencies.set_emergency_numbers", by=by, before=before, numbers=numbers)


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


def next_number(name: str) -> int:
    """Return the next number of the agency's counter `name`; each number is given out once."""
    with transaction.atomic(savepoint=False):
        row = locked_sequence(current_agency_id(), name)
        row.value += 1
        save(row, "value")
        return row.value


@CachedInBatch
def locked_sequence(agency_id: int, name: str) -> Sequence:
    """Return the counter `name` of the agency in scope, locked until the transaction ends; create it if missing."""
    found = Sequence.objects.select_for_update(no_key=True).filter(name=name).first()
    if found is None:
        Sequence.objects.get_or_create(agency_id=agency_id, name=name, defaults={"value": 1000})
        found = Sequence.objects.select_for_update(no_key=True).get(name=name)
    return found


@transaction.atomic
def save_place(place: Place | None, *, by: Actor, code: str = "", **fields: Any) -> Place:
    """Save a street, area or landmark and return it; None creates one.

    A new one has ``code``, else one made from its English name. ``fields``: kind, names and other_names. Raise Refused
    for a code that another place has.
    """
    if place is None:
        taken = set(Place.objects.values_list("code", flat=True))
        if code in taken:
            raise Refused(_("Another place has this code."))
        place = Place(
            agency_id=current_agency_id(),
            code=code or unused_slug(fields["names"].get("en", ""), taken, default="place"),
        )
    for name, value in fields.items():
        setattr(place, name, value)
    place.changed_at = timezone.now()
    place.save()
    audit("agencies.save_place", by=by, subject=place, code=place.code)
    return place


@transaction.atomic
def remove_place(place: Place, *, by: Actor) -> None:
    """Delete a place from the agency's list."""
    audit("agencies.remove_place", by=by, subject=place, code=place.code)
    place.delete()


@transaction.atomic
def import_places(file: PlaceFile, *, by: Actor) -> PlaceChanges:
    """Store the places of a file and return what changed; those that it does not have stay.

    Raise Refused, with nothing written, if any line of the file is wrong.
    """
    if file.errors:
        raise Refused(_("The file has errors. Nothing was stored."))
    found = compare_places(file.rows)
    now, agency = timezone.now(), current_agency_id()
    here = {place.code: place for place in Place.objects.filter(code__in=[row.code for row in found.changed])}
    for row in found.changed:
        place = here[row.code]
        place.kind, place.names, place.other_names, place.changed_at = row.kind, row.names, row.other_names, now
    Place.objects.bulk_update(here.values(), ["kind", "names", "other_names", "changed_at"], batch_size=200)
    Place.objects.bulk_create(
        [
            Place(
                agency_id=agency, code=row.code, kind=row.kind, names=row.names, other_names=row.other_names,
                changed_at=now,
            )
            for row in found.new
        ],
        batch_size=500,
    )  # fmt: skip
    audit("agencies.import_places", by=by, subject=None, new=len(found.new), changed=len(found.changed))
    return found
