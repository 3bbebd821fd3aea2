"""Where the public body of this scope is reached from outside. Each body of an installation may have an address of its
own; a link in a letter, on a poster or behind a QR code must lead to that one."""

from __future__ import annotations

from django.conf import settings

from kesher.agencies.models import Agency
from kesher.core.scope import scoped_agency_id, scoped_row
from kesher.core.unit_of_work import cached_in_unit


def absolute(path: str) -> str:
    """A path of ours as the outside knows it: at the address of the scope's public body, else (none is kept, or no one
    body is in scope) at the installation's. One query at most, none where the scope was opened with the body's row."""
    return base_url() + path


def base_url() -> str:
    row, agency_id = scoped_row(), scoped_agency_id()
    if isinstance(row, Agency):
        kept = row.public_url
    elif agency_id is None:
        kept = ""
    else:
        kept = cached_in_unit(("public_url", agency_id), lambda: address_of(agency_id))
    return (kept or settings.KESHER_PUBLIC_URL).rstrip("/")


def address_of(agency_id: int) -> str:
    return Agency.objects.values_list("public_url", flat=True).get(pk=agency_id)
