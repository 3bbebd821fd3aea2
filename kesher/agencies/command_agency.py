"""Find the public body that a command is about."""

from __future__ import annotations

from django.db import DatabaseError

from kesher.agencies.models import Agency


def find_agency(slug: str = "") -> Agency | None:
    """Return the public body with this slug, the first one for ""; None if there is none, or no database yet."""
    rows = Agency.objects.filter(slug=slug) if slug else Agency.objects.order_by("pk")
    try:
        return rows.first()
    except DatabaseError:
        return None
