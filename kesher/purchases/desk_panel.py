"""Panel with a person's group purchases beside their conversation on the staff's page, and the menu's link."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from kesher.cases import desk_panels
from kesher.contacts.models import Contact
from kesher.purchases.models import Pledge

TEMPLATE = "purchases/_desk_person.html"
MOST = 5


def register() -> None:
    """Register the desk's panel of a person's pledges, and the menu link to purchases."""
    desk_panels.register("purchases", TEMPLATE, context, about="contact", order=40)
    desk_panels.register_link(gettext_lazy("Group purchases"), "purchases:desk", icon="cart", order=40)


def context(contact: Contact) -> dict[str, Any] | None:
    """Return the template context of a person's pledges, newest first; None for none."""
    lines = Pledge.objects.joined().filter(participation__contact__in=contact.family_ids())
    lines = lines.select_related("purchase__action")
    rows = [
        {
            "title": line.purchase.title,
            "url": reverse("purchases:desk-purchase", args=[line.purchase.code]),
            "quantity": line.quantity,
            "standing": line.get_standing_display(),
        }
        for line in lines.order_by("-id")[:MOST]
    ]
    return {"rows": rows} if rows else None
