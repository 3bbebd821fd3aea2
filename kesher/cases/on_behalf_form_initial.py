"""Initial values of staff forms that are filled in for a caller or visitor."""

from __future__ import annotations

from kesher.contacts.models import Contact


def initial_person(key: str) -> dict[str, str]:
    """Return the name and first phone or e-mail address of the contact with this key; {} for none."""
    contact = Contact.objects.filter(key=key).first() if key else None
    if contact is None:
        return {}
    first = contact.identities.filter(scheme__in=["tel", "mailto"]).order_by("-assurance", "id").first()
    return {"name": contact.name, "address": first.address if first else ""}
