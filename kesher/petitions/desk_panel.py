"""Panel with a person's petitions beside their conversation on the staff's page, and the menu's link."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from kesher.cases import desk_panels
from kesher.contacts.models import Contact
from kesher.petitions.models import Petition, Signature

TEMPLATE = "petitions/_desk_person.html"
MOST = 5


def register() -> None:
    """Register the petitions' panel beside a contact, and the desk's menu link; called at start-up."""
    desk_panels.register("petitions", TEMPLATE, context, about="contact", order=20)
    desk_panels.register_link(gettext_lazy("Petitions"), "petitions:desk", icon="pen", order=20)


def context(contact: Contact) -> dict[str, Any] | None:
    """Return the panel's context: what this person signed, and what a clerk may sign for them; None if nothing."""
    states = [Signature.State.COUNTED, Signature.State.PENDING]
    rows = Signature.objects.filter(contact__in=contact.family_ids(), state__in=states).order_by("-id")[:MOST]
    signed = list(rows.select_related("action"))
    titles = {row.action_id: row for row in Petition.objects.filter(action__in=[row.action_id for row in signed])}
    others = Petition.objects.open().exclude(action__in=titles).newest().select_related("action")[:MOST]
    may_sign = [
        (row.title, f"{reverse('petitions:desk-sign-for', args=[row.code])}?contact={contact.key}") for row in others
    ]
    if not signed and not may_sign:
        return None
    found = [(titles[row.action_id], row) for row in signed if row.action_id in titles]
    return {"signed": found, "may_sign": may_sign}
