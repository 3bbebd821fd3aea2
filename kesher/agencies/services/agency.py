"""Create an agency; change its teams, hours, limits and emergency numbers; draw the next case number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from kesher.agencies.emergency_numbers import country_of, statutory_days_of
from kesher.agencies.models import Agency, Sequence, Staff, Team
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import current_agency_id, scope
from kesher.core.db.batch import CachedInBatch, save
from kesher.core.db.ids import unused_slug
from kesher.core.errors import Refused


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
