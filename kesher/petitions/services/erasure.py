"""Erase the author of a petition: name and key, and the texts of petitions that are not public."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kesher.core.audit import SYSTEM, audit
from kesher.core.db.ids import token
from kesher.core.files.attachments import forget_attachments
from kesher.petitions.models import Petition


@transaction.atomic
def erase_author(ids: Sequence[int]) -> None:
    """Erase these contacts as authors: name and key, and the texts and picture of petitions that are not public."""
    for petition in Petition.objects.filter(author__in=ids).select_related("picture"):
        petition.author_name, petition.author_key, petition.asked = "", token(), ""
        if not petition.is_published:
            if petition.picture is not None:
                forget_attachments([petition.picture])
            petition.titles = petition.demands = {petition.language: "…"}
            petition.hidden = True
            petition.backgrounds, petition.picture = {}, None
            petition.keys.all().delete()
        petition.save()
    audit("petitions.erase_author", by=SYSTEM, people=len(ids))
