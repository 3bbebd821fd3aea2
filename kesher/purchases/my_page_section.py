"""Section of a person's own page with the group purchases that they joined or organise."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kesher.accounts.my_page import MyPageSection, Thing, register
from kesher.contacts.models import Contact
from kesher.purchases.magic_links import organiser_path, own_path
from kesher.purchases.models import Allotment, Pledge, Purchase

KINDS = {"in": "good", "held": "good", "waiting": "wait", "offered": "accent"}


def register_all() -> None:
    """Register the purchases section of a person's own page; called once, when the apps are ready."""
    register(
        MyPageSection(
            "purchases",
            gettext_lazy("My group purchases"),
            "cart",
            list_things,
            empty=gettext_lazy("You have pledged nothing yet."),
            more=("purchases:list", gettext_lazy("All group purchases")),
            news=gettext_lazy("News of purchases that interest me"),
            order=50,
        )
    )


def list_things(contact: Contact, most: int) -> list[Thing]:
    """Return the purchases that a person organises, then their pledges, newest first."""
    ids = contact.family_ids()
    led = Purchase.objects.filter(organiser__in=ids).select_related("action").order_by("-id")[:most]
    found = [
        Thing(row.title, organiser_path(row), _("You organise it"), str(row.get_state_display()), "info", row.created)
        for row in led
    ]
    lines = Pledge.objects.joined().filter(participation__contact__in=ids)
    rows = lines.select_related("purchase__action", "participation__allotment").order_by("-id")[:most]
    for line in rows:
        share: Allotment | None = getattr(line.participation, "allotment", None)
        has = share or line  # the share, once it is known
        units = ngettext("%(count)s unit", "%(count)s units", has.quantity) % {"count": has.quantity}
        state = str(share.get_state_display() if share else line.get_standing_display())
        kind = KINDS.get(share.state if share else line.standing, "")
        found.append(Thing(line.purchase.title, own_path(line.participation), units, state, kind, line.at))
    return found[:most]
