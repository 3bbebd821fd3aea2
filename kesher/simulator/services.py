"""Load the demo behind the fake providers, store the messages that these received, and reset the simulator."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from kesher.accounts.services.oidc import national_address
from kesher.agencies.models import Agency
from kesher.channels.base import Json
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import create_identity, find_identity, get_or_create_identity, prove_identity
from kesher.conversations.models import Conversation
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import current_agency_id, scope
from kesher.core.files.attachments import store_attachment, store_bytes
from kesher.core.live.live_events import publish
from kesher.demo.people import PEOPLE
from kesher.demo.services import load_demo as load_municipality
from kesher.demo.services import set_national_login
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.services import end_session
from kesher.simulator.models import SimulatedMessage
from kesher.site.webhook_client import HOST, own_address

STREAM = "simulator"
PROVIDERS = "/simulator/provider"


def mail_port() -> int:
    """Return the port of the simulator's mail server: KESHER_MAIL_PORT, else the web server's port + 1."""
    return int(os.environ.get("KESHER_MAIL_PORT") or (urlsplit(own_address()).port or 8000) + 1)


@transaction.atomic
def load_demo(address: str) -> tuple[Agency, bool]:
    """Return the demo agency with all its data, and whether it was created now.

    ``address`` is this server's URL for the fake providers; it is set at every start, because the port may change.
    """
    agency, made = load_municipality()
    with scope(agency):
        point_accounts(address)
        point_national(address)
    return agency, made


@transaction.atomic
def point_accounts(address: str) -> None:
    """Set the URLs of the demo accounts to the fake providers at this address."""
    for account in Account.objects.all():
        set_webhook_of_demo(account)
        values = provider_settings(account.channel, address)
        if values.items() <= account.settings.items():
            continue
        account.settings = {**account.settings, **values}
        account.save(update_fields=["settings"])


def set_webhook_of_demo(account: Account) -> None:
    """Set a demo account's webhook at its fake provider, as if an administrator had done it."""
    if account.channel in ("telegram", "whatsapp"):
        url = account.info(account.agency.public_url).public_url
        store_setting(account, "webhook", {"url": url, "secret_token": next(iter(account.info().secrets), "")})


def provider_settings(channel: str, address: str) -> dict[str, Any]:
    """Return the settings that lead an account of this channel to its fake provider at this address."""
    if channel == "email":
        return {"smtp_host": HOST, "smtp_port": mail_port(), "smtp_tls": "none", "allow_private": True}
    return {} if channel == "webchat" else {"api": f"{address}{PROVIDERS}/{channel}"}


def settings_of_stand_in(channel: str) -> dict[str, Any]:
    """Return what an account that is connected now needs to reach its fake provider; {} where the simulator is off."""
    return provider_settings(channel, own_address()) if settings.KESHER_SIMULATOR else {}


@transaction.atomic
def point_national(address: str) -> None:
    """Set the URL of the demo's national login to the fake identity provider at this address, which knows everybody."""
    row = set_national_login(f"{address}{PROVIDERS}/nation")
    if row is None:
        return
    for person in PEOPLE.values():
        theirs = national_address(row, person.key)
        if find_identity(theirs) is None:
            contact = get_or_create_identity(person.address("tel"), assurance=1, language=person.lang).contact.root()
            prove_identity(create_identity(theirs, contact=contact), level=3, evidence={"provider": row.key})


@transaction.atomic
def record_message(channel: str, address: str, payload: Json, *, mine: bool = False) -> SimulatedMessage:
    """Store a message on a simulated phone, which shows it at once; `mine`: the phone's owner sent it."""
    row = SimulatedMessage.objects.create(
        agency_id=current_agency_id(), channel=channel, address=address, payload=payload, mine=mine
    )
    publish(STREAM, ref=channel)
    return row


@transaction.atomic
def store_setting(account: Account, kind: str, values: Json) -> None:
    """Store what an account's owner set at the provider, such as a webhook; each kind once."""
    rows = SimulatedMessage.objects.filter(channel=account.channel, address=f"{kind}:{account.key}")
    rows.delete()
    SimulatedMessage.objects.create(
        agency_id=account.agency_id, channel=account.channel, address=f"{kind}:{account.key}", mine=True, payload=values
    )


def find_setting(account: Account, kind: str) -> Json:
    """Return what an account's owner set at the provider; {} if nothing."""
    row = SimulatedMessage.objects.filter(channel=account.channel, address=f"{kind}:{account.key}").first()
    return dict(row.payload) if row else {}


@transaction.atomic
def store_receipt_count(row: SimulatedMessage, receipts: int) -> None:
    """Store how many delivery receipts were sent for this simulated message."""
    SimulatedMessage.objects.filter(pk=row.pk).update(told=receipts)


@transaction.atomic
def reset_phones(addresses: tuple[str, ...]) -> None:
    """Clear these people's simulated phones, end their dialogues, and give their chats back to the bot.

    The messages stay in the inbox: conversations are permanent.
    """
    SimulatedMessage.objects.filter(address__in=addresses).delete()
    contacts = [row.contact.root() for row in Identity.objects.select_related("contact").filter(address__in=addresses)]
    states = (DialogueSession.State.ACTIVE, DialogueSession.State.PARKED)
    for session in DialogueSession.objects.filter(contact__in=contacts, state__in=states):
        end_session(session, DialogueSession.State.CANCELLED)
    for conversation in Conversation.objects.filter(contact__in=contacts, held=True):
        # Not a clerk's operation, so without the service that audits clerks.
        Conversation.objects.filter(pk=conversation.pk).update(held=False)
        publish("inbox", conversation.stream)
    audit("site.begin_anew", by=SYSTEM, phones=len(addresses))
    publish(STREAM)


def keep_photo(content: bytes, name: str) -> tuple[str, str]:
    """Store a photo sent from a simulated phone; return (digest for fake providers, attachment key for our chat).

    Raise BadFile.
    """
    attachment = store_attachment(content, name=name)
    return store_bytes(content), attachment.key
