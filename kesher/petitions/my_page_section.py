"""Section of a person's own page with the petitions that they started or signed."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.accounts.my_page import MyPageSection, Thing, register
from kesher.contacts.models import Contact
from kesher.petitions.models import Petition, Signature

KINDS = {"published": "good", "rejected": "bad", "lapsed": ""}


def register_all() -> None:
    """Register the petitions' section of a person's own page; called at start-up."""
    register(
        MyPageSection(
            "petitions",
            gettext_lazy("My petitions"),
            "pen",
            list_own_things,
            empty=gettext_lazy("You have signed and started nothing yet."),
            more=("petitions:list", gettext_lazy("All petitions")),
            news=gettext_lazy("News of petitions that I signed"),
            order=30,
        )
    )


def list_own_things(contact: Contact, most: int) -> list[Thing]:
    """Return the petitions that this person started, then those they signed, newest first, as page entries.

    Two queries besides the family's.
    """
    ids = contact.family_ids()
    rows = Petition.objects.filter(author__in=ids).select_related("action").order_by("-id")
    found = [
        Thing(
            petition.title,
            reverse("petitions:author", args=[petition.code, petition.author_key]),
            _("You started it"),
            str(petition.get_moderation_display()),
            KINDS.get(petition.moderation, "wait"),
            petition.created,
        )
        for petition in rows[:most]
    ]
    states = [Signature.State.COUNTED, Signature.State.PENDING]
    signed = Signature.objects.filter(contact__in=ids, state__in=states, action__petition__isnull=False)
    for row in signed.select_related("action__petition__action").order_by("-id")[:most]:
        petition, counted = row.action.petition, row.state == Signature.State.COUNTED
        words = _("You signed. Receipt %(receipt)s") % {"receipt": row.receipt}
        state = _("Counted") if counted else _("Waits for your code")
        kind = "good" if counted else "wait"
        found.append(Thing(petition.title, petition.get_absolute_url(), words, state, kind, row.created))
    return found[:most]
