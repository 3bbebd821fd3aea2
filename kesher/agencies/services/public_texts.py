"""Write an agency's house rules and service charter."""

from __future__ import annotations

from django.db import transaction

from kesher.agencies.models import Agency, PublicText
from kesher.core.audit import Actor, audit


@transaction.atomic
def save_public_text(agency: Agency, kind: str, texts: dict[str, str], *, by: Actor) -> None:
    """Store an agency's house rules or service charter by language; without any text it has no page."""
    row, _created = PublicText.objects.get_or_create(agency=agency, kind=kind)
    if row.texts == texts:
        return  # it is in force since the day of its last change
    row.texts = texts
    row.save()
    list_public_texts(agency)
    audit("agencies.save_public_text", by=by, subject=row, kind=kind)


@transaction.atomic
def add_public_texts(agency: Agency, texts: dict[str, dict[str, str]], *, by: Actor) -> int:
    """Store the texts of the kinds of which the agency has none; return how many."""
    known = list_public_texts(agency)
    missing = {kind: words for kind, words in texts.items() if kind not in known}
    for kind, words in missing.items():
        save_public_text(agency, kind, words, by=by)
    return len(missing)


def list_public_texts(agency: Agency) -> list[str]:
    """Return the kinds of public texts that the agency has, and store them for the footer of every page."""
    kinds = [row.kind for row in PublicText.objects.order_by("-kind") if row.texts]
    if agency.public_texts != kinds:
        agency.public_texts = kinds
        agency.save(update_fields=["public_texts"])
    return kinds
