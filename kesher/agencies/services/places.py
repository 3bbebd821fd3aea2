"""Write the list of streets, areas and landmarks."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Place
from kesher.agencies.place_files import PlaceChanges, PlaceFile, compare_places
from kesher.core.audit import Actor, audit
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.ids import unused_slug
from kesher.core.errors import Refused


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
