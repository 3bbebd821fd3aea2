"""Receive incoming events: store each message once in its conversation, and answer it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.models import Agency
from kesher.channels.base import Capabilities, Event, Kind, Location, Say
from kesher.channels.models import Account
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import SEALED
from kesher.conversations.contact_language import choose_language
from kesher.conversations.message_interpretation import find_notice, keep_meaning, understand_message
from kesher.conversations.message_routing import AWAITS_TRANSCRIPT, awaits_transcript, is_for_clerk, pauses_for_danger
from kesher.conversations.models import Conversation, Message, Route
from kesher.conversations.services.automatic_replies import (
    MANY,
    answer_limit,
    count_answer,
    emergency_numbers,
    flood_answer,
    is_emergency,
    is_flooding,
    is_refusal,
    limit_notice,
    mark_danger,
    possible_danger_note,
    waiting_note,
)
from kesher.conversations.services.conversation_writer import Writer, conversation_of, writing
from kesher.conversations.services.erasure import FORM_SENT, TEXT_MAX, remove_codes
from kesher.conversations.services.events.lookups import get_or_create_sender, is_stored, stored_as
from kesher.conversations.services.events.message_threads import find_thread
from kesher.conversations.services.events.provider_events import (
    AMENDED,
    SPEECH,
    apply_parked,
    is_own_message,
    receive_echo,
    record_event,
    restore_event_kind,
)
from kesher.conversations.services.events.received_files import attach_files
from kesher.conversations.services.events.unreadable_messages import (
    UNREAD,
    add_text,
    answer_unread,
    carried_data,
    is_encrypted,
    is_unread,
)
from kesher.conversations.services.outbound import NotNow, find_route_of, merge_adjacent_messages, reassign_route, say
from kesher.conversations.services.public_messages.responses import respond_in_public
from kesher.conversations.services.public_messages.single_use_links import take_start_key, use_invitation
from kesher.core import hooks
from kesher.core.db.batch import save
from kesher.core.errors import Refused
from kesher.core.http.client_ip import caused_by, current_cause
from kesher.core.i18n.text_variants import reading_aloud
from kesher.dialogues import services as dialogues
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.services.prompts import offer_options
from kesher.language import detect


@transaction.atomic(savepoint=False)
def receive(account: Account, event: Event, *, received: datetime, intake: UUID | None = None) -> Message | None:
    """Store a provider's event once; return the message that the bot should answer, None if there is none.

    None for a redelivery, a receipt, an event without a sender, an echo of our own answer, or a public message that
    its author has deleted by now. ``intake``: the raw request of the event.
    """
    if event.kind not in SPEECH or event.sender is None or (event.kind == Kind.ECHO and not is_own_message(event)):
        record_event(account, restore_event_kind(event), intake=intake)
        return None
    if is_stored(*stored_as(account, event)):
        return None
    is_stored.fill({stored_as(account, event): True})
    info = account.info()
    event = add_text(account.adapter.assess(event, info), account.agency)
    event, invitation = take_start_key(event) if event.kind == Kind.STARTED else (event, "")
    capabilities = account.adapter.capabilities(info)
    level = sender_assurance(event, capabilities)
    found = get_or_create_sender(account.agency_id, event, level)
    if event.kind == Kind.ECHO:
        echo = receive_echo(account, event, found, received=received, intake=intake)
        if echo is not None:
            attach_files(echo, account, event)
        return None
    with writing(conversation_of(found.contact.root())) as writer:
        claimed = level < 1 and not capabilities.hosted
        message = write_inbound(writer, account, found, event, received, claimed=claimed, intake=intake)
        touch_route(writer.conversation, found, account, event, received)
    if invitation:
        with suppress(Refused):  # it was used before, or is too old: then this is an ordinary beginning
            use_invitation(invitation, found)
    if apply_parked(account, message.external_id):
        message.refresh_from_db(fields=AMENDED)
    return None if message.public and message.deleted_at is not None else message


def sender_assurance(event: Event, capabilities: Capabilities) -> int:
    """Return how well the channel proves who sent this event, from 0; a mail needs a valid signature."""
    if event.data.get("written_from") or event.data.get("claimed"):
        return 0
    return 1 if event.data.get("authenticated") else capabilities.assurance


def write_inbound(
    writer: Writer,
    account: Account,
    identity: Identity,
    event: Event,
    received: datetime,
    *,
    claimed: bool = False,
    intake: UUID | None = None,
) -> Message:
    """Append a person's received message to their conversation, and return it."""
    message = writer.add(
        "in",
        received=received,
        account=account,
        identity=identity,
        channel=account.channel,
        intake=intake,
        thread=find_thread(account, event),
        **message_columns(event, identity, claimed=claimed),
    )
    message.network = str(event.data.get("network", ""))
    message.typed = event.text if message.content.get("secret") else ""
    attach_files(message, account, event)
    return message


def message_columns(event: Event, identity: Identity, *, claimed: bool) -> dict[str, Any]:
    """Return {column: value} for the message that an event becomes, with codes removed."""
    event = remove_codes(event, identity.contact)
    return {
        "text": event.text[:TEXT_MAX],
        "said_at": event.at,
        "dedup_key": event.dedup_key[:180],
        "external_id": event.external_id[:200],
        "reply_to": event.reply_to[:200],
        "public": event.is_public,
        "lang": event.lang or detect(event.text) or identity.contact.language or "",
        "state": UNREAD if is_unread(event) else "received",
        "content": event_content(event, claimed=claimed),
    }


def event_content(event: Event, *, claimed: bool) -> dict[str, Any]:
    """Return what a message stores beside its text; ``claimed``: nothing proves who sent it."""
    content: dict[str, Any] = {"claimed": True} if claimed else {}
    if event.location:
        content["place"] = asdict(event.location)
    if event.choice_id:
        content["choice"] = event.choice_id
    if event.data.get("full_text"):
        content["full_text"] = event.data["full_text"][:TEXT_MAX]
    if event.data.get("written_from"):
        content["from"] = str(event.data["written_from"])[:254]
    if event.data.get("url"):
        content["url"] = str(event.data["url"])[:500]
    if event.data.get("subject"):
        content["subject"] = str(event.data["subject"])[:300]
    if event.content:
        content["holds"] = str(event.content)
    if event.kind != Kind.MESSAGE:
        content["kind"] = event.kind
    if event.data.get("secret"):
        content["secret"] = event.data["secret"]
    if event.media:
        content["files"] = len(event.media)
    if beside := carried_data(event):
        content["carried"] = beside
    return content


def touch_route(
    conversation: Conversation,
    identity: Identity,
    account: Account,
    event: Event,
    received: datetime,
) -> None:
    """Record that the person wrote on this route now, creating it if it is new."""
    thread = {k: event.data[k] for k in ("subject", "references", "call_id", "room") if event.data.get(k)}
    if event.data.get("subject") is not None or thread:
        thread["reply_to"] = event.external_id
    route = find_route_of(identity.pk, account.pk)
    if route is None:
        route = Route(agency_id=account.agency_id, conversation=conversation, identity=identity, account=account)
        find_route_of.fill({(identity.pk, account.pk): route})
    moved = reassign_route(route, conversation)
    if route.last_in_at is not None and route.last_in_at > received:
        return  # read late: the route was used since
    route.last_in_at, route.closed = received, False
    route.thread = thread or route.thread
    save(route, *{"last_in_at", "closed", "thread", *moved})


@transaction.atomic(savepoint=False)
def respond(message: Message, *, wants_answer: bool = True) -> list[Message]:
    """Answer a message, unless it is for a clerk, automatic, blocked or a flood; return the sent messages."""
    if message.public:
        return respond_in_public(message)
    identity, account = message.identity, message.account
    assert identity is not None
    assert account is not None
    contact = identity.contact.root()
    if contact.status == Contact.Status.BLOCKED:
        return []
    if wants_answer and awaits_transcript(message):
        message.state = AWAITS_TRANSCRIPT  # `transcripts` answers it
        save(message, "state")
        return []
    machine = message.content.get("kind") == Kind.AUTO_REPLY
    session = dialogues.active_session(contact)
    capabilities = account.capabilities()
    understood = None if machine else understand_message(message, contact, session)
    if understood is not None:
        keep_meaning(message, understood)
        save(message, "content")
    danger = is_emergency(message, understood)
    ask = wants_answer and not machine and not danger
    notice = find_notice(message, contact, session, understood) if ask else None
    silent = (
        machine
        or not wants_answer
        or (notice is None and not is_encrypted(message) and is_for_clerk(message, session, understood))
    )
    waits = silent and wants_answer and not machine and not danger
    note = waiting_note(message, contact.language or "he") if waits else []
    if silent and not note and not (danger and wants_answer):
        return run_inbound_hooks(message, danger, wants_person=not machine)
    limit = answer_limit(message, identity, account.agency, capabilities)
    if limit and not silent:
        message.content["unanswered"] = limit
        save(message, "content")
    if (limit not in ("", MANY) and not is_refusal(message)) or (limit and note):
        return run_inbound_hooks(message, danger, wants_person=True)
    turn = replace(make_turn(message, contact, identity, capabilities), understood=understood)
    asked_for = session is not None and session.step == "code"
    if message.typed and (asked_for or message.content["secret"] == FORM_SENT):
        turn = replace(turn, text=message.typed.strip())  # only the bot sees it
    aloud = reading_aloud() if capabilities.voice else nullcontext()
    with translation.override(turn.lang), caused_by(rate_limit_key(turn, message)), aloud:
        limited_by = account.agency if limit else None
        says = note if silent else choose_replies(message, turn, session, limited_by, danger=danger, notice=notice)
        said = send_replies(
            message,
            account,
            identity,
            contact,
            says,
            capabilities,
            first=emergency_numbers(message, turn.lang, understood) if danger else (),
        )
    wants_person = silent or message.is_for_person or (bool(limit) and not is_refusal(message))
    run_inbound_hooks(message, danger, wants_person=wants_person)
    return said


def run_inbound_hooks(message: Message, danger: bool, *, wants_person: bool) -> list[Message]:
    """Tell other apps of a message that gets no answer; return []."""
    hooks.inbound(message=message, wants_person=wants_person or danger)
    mark_danger(message, sure=danger)
    return []


def choose_replies(
    message: Message,
    turn: Turn,
    session: DialogueSession | None,
    limited_by: Agency | None,
    *,
    danger: bool,
    notice: Say | None = None,
) -> list[Say]:
    """Return what the bot replies to a message; ``limited_by``: the agency whose daily limit is reached."""
    if limited_by is not None:
        if not is_refusal(message):
            return limit_notice(message, limited_by)
        dialogues.take_turn(turn, session)
        return []
    if message.is_for_person:
        return answer_unread(message)
    if is_flooding(message):
        return flood_answer(message)
    if danger and pauses_for_danger(message, session):
        return dialogues.hand_to_person(turn, session, reason="free_text")
    says = dialogues.take_turn(turn, session) if notice is None else [offer_options(turn, notice)]
    form = session is not None and bool(session.skill)
    return [*says, *possible_danger_note(message, turn, form=form)]


def rate_limit_key(turn: Turn, message: Message) -> str:
    """Return the key under which messages caused by this turn are limited: the contact, or their network.

    Else it is their network; if that is unknown, everybody at this door shares a key, since a new identity costs
    nothing.
    """
    if turn.assurance:
        return f"contact:{turn.contact.pk}"
    return f"{SEALED}{message.network}" if message.network else current_cause() or f"door:{turn.door}"


def make_turn(message: Message, contact: Contact, identity: Identity, capabilities: Capabilities) -> Turn:
    """Return a message as input for the dialogue engine, in the language that the person uses with us."""
    lang = choose_language(message, contact)
    if lang != contact.language:
        contact.language = lang
        contacts.set_language(contact, lang, address_of=identity.contact)
    place = message.content.get("place")
    return Turn(
        contact=contact,
        door=message.channel,
        lang=contact.language,
        identity=identity,
        text=message.text.strip(),
        choice=message.content.get("choice", ""),
        location=to_location(place) if place else None,
        attachments=tuple(message.attachments.all()) if message.content.get("files") else (),
        capabilities=capabilities,
        seq=message.seq,
        claimed=bool(message.content.get("claimed")),
        opening=message.content.get("kind") == Kind.STARTED,
    )


def to_location(place: dict[str, Any]) -> Location:
    """Return a stored place (a dict) as a `Location`."""
    return Location(float(place["lat"]), float(place["lon"]), place.get("label", ""), place.get("address", ""))


def send_replies(
    message: Message,
    account: Account,
    identity: Identity,
    contact: Contact,
    says: list[Say],
    capabilities: Capabilities,
    first: Sequence[Say] = (),
) -> list[Message]:
    """Send the bot's replies on this route and return the messages; the first ever with the privacy notice."""
    if says and contact.noticed_at is None:
        says = add_privacy_notice(says, aloud=capabilities.voice)
        contacts.record_privacy_notice(contact, address_of=identity.contact)
    says = [*first, *says]
    if not says:
        return []
    says = merge_adjacent_messages(says) if capabilities.joined else says
    route = find_route_of(identity.pk, account.pk)
    assert route is not None  # the person wrote on it
    route.identity, route.account = identity, account
    conversation = message.conversation
    conversation.contact = contact
    route.conversation = conversation
    said = []
    with writing(conversation) as writer:
        for what in says:
            try:
                said.append(say(writer, route, what, capabilities=capabilities, answering=True))
            except NotNow:
                break
        if said and not capabilities.hosted:
            count_answer(writer, message)
    return said


def add_privacy_notice(says: list[Say], *, aloud: bool) -> list[Say]:
    """Return the replies with the privacy notice before them."""
    link = absolute(reverse("site:privacy"))
    notice = _("We keep what you write here in order to handle it. Your rights: %(link)s") % {"link": link}
    if aloud:
        notice = _("We keep what you say here in order to handle it.")
    first = Say(notice, lang=says[0].lang)
    return [first, *says]
