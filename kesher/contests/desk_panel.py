"""Panel with a person's proposals (never their votes) beside their conversation on the staff's page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from kesher.cases import desk_panels
from kesher.contacts.models import Contact
from kesher.contests.models import Proposal

TEMPLATE = "contests/_desk_person.html"
MOST = 5


def register() -> None:
    """Register the desk's panel of a person's proposals, and the menu link to contests."""
    desk_panels.register("contests", TEMPLATE, proposals_context, about="contact", order=30)
    desk_panels.register_link(gettext_lazy("Contests"), "contests:desk", icon="lightbulb", order=30)


def proposals_context(contact: Contact) -> dict[str, Any] | None:
    """Return the context of a person's proposals, newest first; None for none. Votes are not shown."""
    rows = Proposal.objects.filter(credits__contact__in=contact.family_ids()).select_related("contest__action")
    found = list(rows.order_by("-id")[:MOST])
    return {"proposals": found} if found else None
