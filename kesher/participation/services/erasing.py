"""Taking a person out of what he took part in; the counts stay."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kesher.core.audit import SYSTEM, audit
from kesher.core.ids import token
from kesher.participation.models import Participation


@transaction.atomic
def erase_parts(ids: Sequence[int]) -> None:
    """The name, the address and the person's key go; area, level and channel stay, so the counts do, too."""
    rows = list(Participation.objects.filter(contact__in=ids))
    for row in rows:
        row.name, row.show_name, row.identity, row.net = "", False, None, ""
        row.person_key = token(32).encode()[:32]
    Participation.objects.bulk_update(rows, ["name", "show_name", "identity", "net", "person_key"], batch_size=500)
    audit("participation.erase_parts", by=SYSTEM, people=len(ids))
