"""Build absolute URLs on the domain of the agency that the request or job is about.

Each agency of an installation may have its own URL, and a link in a message, on a poster or in a QR code must lead to
that one.
"""

from __future__ import annotations

import re
from typing import Final

from django.conf import settings

from kesher.agencies.models import Agency
from kesher.core.db.agency_scope import scoped_agency_id, scoped_row
from kesher.core.db.batch import CachedInBatch

SITE_URL: Final = re.compile(r"https?://([\w.-]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?")


def is_site_url(text: str) -> bool:
    """Return whether a text is a URL of a site: http or https, a host, perhaps a port, and nothing else."""
    return SITE_URL.fullmatch(text) is not None


def absolute(path: str) -> str:
    """Return the absolute URL of a path on the site of the agency in scope.

    Without one it is the installation's. One query at most, none where the scope was opened with the agency's row.
    """
    return base_url() + path


def base_url() -> str:
    """Return the public URL of the agency in scope, else of the installation, without a slash at the end."""
    row, agency_id = scoped_row(), scoped_agency_id()
    if isinstance(row, Agency):
        kept = row.public_url
    elif agency_id is None:
        kept = ""
    else:
        kept = public_url_of(agency_id)
    return (kept or settings.KESHER_PUBLIC_URL).rstrip("/")


@CachedInBatch
def public_url_of(agency_id: int) -> str:
    """Return the public URL that the row of the agency with this id has, "" if none."""
    return Agency.objects.values_list("public_url", flat=True).get(pk=agency_id)
