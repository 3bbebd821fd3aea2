"""Signed tokens in our mails: the reply address that names a thread, and the unsubscribe link.

They are signed because anyone who has them can use them. An answer from another mailbox of the person enters their
thread as unproved words; the reply goes to the address that we know.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from hashlib import sha256

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from kesher.agencies.base_url import absolute
from kesher.channels.base import Event
from kesher.channels.models import Account
from kesher.contacts import services as contacts
from kesher.contacts.addresses import normalize_address
from kesher.contacts.models import Identity
from kesher.conversations.models import Route
from kesher.core.audit import Actor
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import scope
from kesher.core.db.batch import flush
from kesher.core.db.ids import is_number

SALT = "kesher.stop"
MAC = 20  # hex digits: an address has 64 characters before its @; 80 bits cannot be guessed by mail


def reply_token(route: Route) -> str:
    """Return the signed token for the Reply-To of mails on this route, by which answers find it.

    Lower-case letters and digits: servers may change the case.
    """
    if route.pk is None:
        flush()
    return f"{route.pk}x{sign_route(route.pk)}"


def sign_route(number: int) -> str:
    """Return the HMAC that signs a route's primary key in a reply token."""
    key = f"{settings.SECRET_KEY}:kesher.thread".encode()
    return hmac.new(key, str(number).encode(), sha256).hexdigest()[:MAC]


def find_route(token: str, account: Account) -> Route | None:
    """Return the route that a reply token names; None if it is forged or not one of this account's."""
    number, _x, given = token.lower().partition("x")
    if not (is_number(number) and hmac.compare_digest(given, sign_route(int(number)))):
        return None
    return Route.objects.select_related("identity").filter(pk=int(number), account=account).first()


def enter_thread(account: Account, event: Event) -> Event:
    """Return a mail event with the sender whose signed reply address it was sent to.

    ``written_from`` is then the address that it came from.
    """
    token = str(event.data.get("thread_token", ""))
    if not token or event.sender is None:
        return event
    with scope(account.agency_id):
        route = find_route(token, account)
    if route is None or normalize_address(event.sender).address == route.identity.address:
        return event
    known = Address(route.identity.scheme, route.identity.address, event.sender.display)
    # The signature of the author's domain proves nothing about the address under which it is stored.
    data = {**event.data, "written_from": event.sender.address, "authenticated": False}
    return replace(event, sender=known, data=data)


def stop_url(identity: Identity) -> str:
    """Return a link by which this person refuses messages without signing in (RFC 8058)."""
    token = signing.dumps(identity.pk, salt=SALT)
    return absolute(reverse("conversations:stop", args=[token]))


def find_stop_identity(token: str) -> Identity | None:
    """Return the identity that an unsubscribe link was made for; None if the link is not ours."""
    try:
        number = int(signing.loads(token, salt=SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return Identity.objects.select_related("contact__merged_into").filter(pk=number).first()


@transaction.atomic
def stop_by_link(identity: Identity) -> None:
    """Refuse updates on every channel for the person of an unsubscribe link, as the word "stop" does."""
    contact = identity.contact.root()
    contacts.refuse_messages(
        identity.contact, everything=False, source="email", by=Actor("contact", contact.pk, "email")
    )
