"""What follows each step of a petition: a row in its history, and a message to its author."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.channels.base import Say
from kesher.contacts.models import Contact
from kesher.conversations.models import Delivery
from kesher.conversations.services import NotNow, best_route, conversation_of, say, writing
from kesher.conversations.services.identity_linkage import can_reach, write_to
from kesher.core.errors import Refused
from kesher.petitions.author_messages import author_message
from kesher.petitions.models import Milestone, Petition, PetitionEvent

EventKind = PetitionEvent.Kind


def append_event(
    petition: Petition,
    kind: str,
    *,
    staff: Staff | None = None,
    public: bool = True,
    words: Mapping[str, str] | None = None,
    at: datetime | None = None,
    **data: Any,
) -> PetitionEvent:
    """Append an event to a petition's timeline; ``data`` are the details that belong to its kind."""
    return PetitionEvent.objects.create(
        agency_id=petition.agency_id,
        petition=petition,
        verb=kind,
        at=at or timezone.now(),
        by=staff,
        public=public,
        words=dict(words or {}),
        data=data,
    )


def tell_author(petition: Petition, step: str, *, milestone: Milestone | None = None, note: str = "") -> bool:
    """Send the petition's author the message of this step; return False if there is none or no way to write."""
    if petition.author is None:
        return False
    contact = petition.author.root()
    lang = contact.language or petition.language
    with translation.override(lang):
        text = author_message(petition, step, milestone, note)
        if not text:
            return False
        own = petition.author_url
        links = ((_("Your petition"), own),)
        return write(contact, Say(text, lang=lang, links=links, subject=petition.title, secrets=(own,)))


@transaction.atomic
def write(contact: Contact, what: Say) -> bool:
    """Send a message by the route that this person used last, else where we may write first; return whether it went."""
    route = best_route(contact)
    try:
        if route is not None:
            with writing(conversation_of(contact)) as writer:
                say(writer, route, what, lane=Delivery.Lane.STATUS)
            return True
        for identity in contact.identities.filter(assurance__gte=1).order_by("-assurance", "id"):
            if can_reach(identity.scheme):
                write_to(identity, what, lane=Delivery.Lane.STATUS)
                return True
    except (NotNow, Refused):
        return False
    return False
