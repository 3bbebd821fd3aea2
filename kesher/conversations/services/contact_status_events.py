"""Apply a provider's report about a person: opt-out, opt-in, or a telephone number with a new owner."""

from __future__ import annotations

from django.utils import timezone, translation

from kesher.channels.base import Event, Kind
from kesher.channels.models import Account
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import Route
from kesher.conversations.services.conversation_writer import conversation_of, writing
from kesher.conversations.services.outbound import NotNow, routes_by_preference, say
from kesher.dialogues import services as dialogues
from kesher.dialogues.dialogue_turn import Turn


def apply_person_event(event: Event, account: Account) -> bool:
    """Apply a provider's opt-out, opt-in or change of a number's owner; return whether anything changed."""
    assert event.sender is not None
    identity = contacts.get_or_create_identity(event.sender)
    contact = identity.contact.root()
    if event.kind == Kind.OPT_OUT:
        contacts.refuse_messages(
            identity.contact, everything=False, source=account.channel, by=Turn(contact, account.channel).actor
        )
        return True
    if event.kind == Kind.OPT_IN:
        return apply_opt_in(account, identity, contact)
    identity.assurance = 0
    identity.evidence = {"changed": str(timezone.now().date())}
    identity.save(update_fields=["assurance", "evidence"])
    return True


def apply_opt_in(account: Account, identity: Identity, contact: Contact) -> bool:
    """Undo a person's opt-out and reopen their route, and send them what they will get; return if it changed."""
    opened = Route.objects.filter(identity=identity, account=account, closed=True).update(closed=False)
    lang = contact.language or "he"
    with translation.override(lang):
        said = dialogues.start(Turn(contact, account.channel, lang, identity))
        route = next(
            (way for way in routes_by_preference(contact) if (way.identity, way.account) == (identity, account)), None
        )
        if said and route is not None:
            with writing(conversation_of(contact)) as writer:
                try:
                    for what in said:
                        say(writer, route, what, answering=True)
                except NotNow:
                    pass  # the opt-out is taken back all the same
    return bool(said or opened)
