"""Context processor of citizens' pages: the notices that are said now."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest

from kesher.core.db.agency_scope import scoped_agency_id
from kesher.incidents.notice_cache import Notice, active_notices

STAFF_PAGES = "/desk/"


def notices(request: HttpRequest) -> dict[str, Any]:
    """Return the notices for the banner; read once in some seconds, and only where a page shows them."""
    return {"notices": lambda: find_notices(request)}


def find_notices(request: HttpRequest) -> tuple[Notice, ...]:
    """Return the agency's notices; none on staff's pages, and while the database is down."""
    if scoped_agency_id() is None or request.path.startswith(STAFF_PAGES):
        return ()
    try:
        return active_notices()
    except DatabaseError:
        return ()  # the error page uses this processor, too
