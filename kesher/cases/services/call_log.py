"""Log a telephone call, a visit or a wish to be called: the person, what was said, and the case for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from kesher.agencies.models import Staff
from kesher.cases.models import Case, Topic
from kesher.cases.services.cases import hold_for_clerk, move_case, open_case, record_answer
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import Route
from kesher.conversations.services import conversation_of, reassign_route, writing
from kesher.conversations.services.identity_linkage import find_account_for
from kesher.core.audit import Actor, audit
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.batch import save

PHONE, COUNTER = "phone", "counter"


@dataclass(frozen=True, slots=True)
class Call:
    """What a clerk wrote down about a call.

    ``way`` is PHONE or COUNTER; a person may have no address and no name; ``answer`` is what they were told at once;
    ``settled``: nothing is left to do.
    """

    way: str
    said: str
    address: Address | None = None
    name: str = ""
    language: str = ""
    topic: Topic | None = None
    answer: str = ""
    settled: bool = False


@transaction.atomic
def log_call(call: Call, *, staff: Staff, contact: Contact | None = None) -> Case:
    """Store a call in the person's conversation, and open and return a case for it.

    The case waits for a clerk, is in progress if the call was answered, or solved if it was settled.

    ``contact``: the person, if the clerk had their page open.
    """
    by = Actor("staff", staff.pk, "desk")
    contact, identity = (contact.root(), None) if contact else find_caller(call, by)
    conversation = conversation_of(contact)
    with writing(conversation) as writer:
        said: dict[str, Any] = {"channel": call.way, "identity": identity, "author": staff, "state": "said"}
        said_it = writer.add("in", text=call.said, lang=call.language, **said)
        if call.answer:
            writer.add("out", text=call.answer, lang=call.language, **said)
    conversation.refresh_from_db()
    waits = not (call.answer or call.settled)
    case = open_case(
        conversation,
        kind=Case.Kind.CALL,
        topic=call.topic,
        title=call.said,
        channel=call.way,
        by=by,
        waiting=waits,
        address_of=identity.contact if identity else None,
    )
    audit("cases.log_call", by=by, subject=case, way=call.way)
    if not call.settled:
        hold_for_clerk(conversation, case.conversation.contact if identity is None else identity.contact)
    if not waits:
        record_answer(conversation, staff=staff, message=said_it)
        case.refresh_from_db()
    return move_case(case, "solve", staff=staff) if call.settled else case


@transaction.atomic
def request_call_back(number: str, matter: str, *, language: str) -> Case:
    """Store a person's wish to be called at a number (E.164), and open and return the case that waits for it.

    Whoever types a number need not own it: it is kept as a caller's, nothing is sent to it, and the bot goes on serving
    who calls from it. Each wish is a case of its own: the number of an earlier one is not told to somebody else.
    """
    by = Actor("contact", None, "web")
    identity = contacts.get_or_create_identity(Address("call", number), language=language)
    conversation = conversation_of(identity.contact.root())
    with writing(conversation) as writer:
        writer.add("in", text=matter, lang=language, channel="web", identity=identity, state="said")
    conversation.refresh_from_db()
    case = open_case(conversation, kind=Case.Kind.CALL, title=matter, channel="web", by=by, address_of=identity.contact)
    audit("cases.request_call_back", by=by, subject=case)
    return case


def find_caller(call: Call, by: Actor) -> tuple[Contact, Identity | None]:
    """Return the contact and identity of the address on a call; both are created if they are new.

    Without an address it is a new contact, who can be called back only if the number is in the text.
    """
    if call.address is None:
        contact = Contact.objects.create(agency_id=current_agency_id(), name=call.name, language=call.language)
        return contact, None
    identity = contacts.get_or_create_identity(
        Address(call.address.scheme, call.address.address, call.name), language=call.language
    )
    contact = identity.contact.root()
    if call.name and not contact.name:
        contacts.rename_contact(contact, call.name, by=by)
    open_route(contact, identity)
    return contact, identity


def open_route(contact: Contact, identity: Identity) -> None:
    """Create a route to an address given on a call, if an account may write there first.

    The call is no message on that account, so the route has no last use.
    """
    account = find_account_for(identity.scheme)
    if account is not None:
        conversation = conversation_of(contact)
        route, _created = Route.objects.get_or_create(
            identity=identity,
            account=account,
            defaults={"agency_id": identity.agency_id, "conversation": conversation},
        )
        if changed := reassign_route(route, conversation):
            save(route, *changed)
