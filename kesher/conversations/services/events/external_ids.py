"""Find messages and deliveries by the provider's id."""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet

from kesher.conversations.models import Delivery, Message

# An account belongs to one agency. Filtering by agency, too, would make SQLite use the agency's index: all rows.
OF_AN_ACCOUNT: Final = "what an event of an account speaks of"


def filter_by_external_id[M: Message | Delivery](rows: QuerySet[M], external_id: str) -> QuerySet[M]:
    """Return those of ``rows`` that have this provider's id.

    The partial index leaves out rows without one, and SQLite uses it only if the query excludes them explicitly.
    """
    return rows.filter(external_id=external_id).exclude(external_id="")
