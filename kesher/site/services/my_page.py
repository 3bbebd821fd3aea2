"""What happens on a person's own pages that no lower floor does alone."""

from __future__ import annotations

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kesher.channels.base import Say
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact, Erasure
from kesher.conversations.services import NotNow, best_route, conversation_of, writing
from kesher.conversations.services.outbound import say
from kesher.core.audit import Actor, audit


def note_export(contact: Contact) -> None:
    """All that is held of somebody left the house: a line in the trail, as he himself will want to know of it."""
    audit("site.export", by=Actor("contact", contact.pk, "web"), subject=contact)


@transaction.atomic
def decide_erasure(row: Erasure, *, erasing: bool, note: str, by: Actor) -> None:
    """Staff decides about a person who wants to be forgotten. A refusal is written to him where he reads us; it stands
    on his page besides. Raises Refused."""
    contacts.decide_erasure(row, erasing=erasing, note=note, by=by)
    if not erasing:
        tell(row.contact.root(), note.strip())


def tell(contact: Contact, note: str) -> None:
    """Says why his data stays. Where nothing can be sent now, his page says it alone."""
    route = best_route(contact)
    if route is None:
        return
    with translation.override(contact.language or "he"):
        words = _("You asked us to erase your data. For now it stays: %(note)s") % {"note": note}
    try:
        with writing(conversation_of(contact)) as writer:
            say(writer, route, Say(words, lang=contact.language or "he"))
    except NotNow:
        return
