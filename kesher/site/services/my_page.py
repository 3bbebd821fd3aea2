"""Log the exports of personal data, and carry out or refuse an erasure, with the message to the person."""

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
    """Record in the audit log that a person's data was exported."""
    audit("site.export", by=Actor("contact", contact.pk, "web"), subject=contact)


@transaction.atomic
def decide_erasure(row: Erasure, *, erasing: bool, note: str, by: Actor) -> None:
    """Erase a person's data, or refuse and send them the note, as staff decided. Raise Refused.

    A refusal is sent to the person and shown on their page.
    """
    contacts.decide_erasure(row, erasing=erasing, note=note, by=by)
    if not erasing:
        send_refusal(row.contact.root(), note.strip())


def send_refusal(contact: Contact, note: str) -> None:
    """Send a person the reason why their erasure was refused; their page shows it in any case."""
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
