"""Signing in, proving more, and signing out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.accounts.models import SignIn
from kesher.accounts.rules import SEEN_EVERY, may_sign_in
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact, Identity
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewSignIn:
    """A sign-in and the token that its browser keeps; nobody else ever has the token."""

    sign_in: SignIn
    token: str


def token_digest(token: str) -> str:
    """What stands in the table. The token is random enough (256 bits) to need no salt."""
    return sha256(token.encode()).hexdigest()


def web_actor(contact: Contact) -> Actor:
    return Actor("contact", contact.root().pk, "web")


@transaction.atomic
def start_sign_in(
    identity: Identity, *, level: int, way: str, device: str = "", held: bool = False, before: SignIn | None = None
) -> NewSignIn:
    """A person is signed in from now on, in a browser that gets a new token whatever it brought. ``before``: who was
    signed in there ends. Raises Refused for whoever may not come in."""
    contact = identity.contact.root()
    if not may_sign_in(contact):
        raise Refused(_("This address cannot sign in here. Please write or call us."), code="blocked")
    if before is not None:
        mark_ended(before)
    token, now = secrets.token_urlsafe(TOKEN_BYTES), timezone.now()
    row = SignIn.objects.create(
        agency_id=identity.agency_id,
        contact=contact,
        identity=identity,
        digest=token_digest(token),
        level=level,
        way=way,
        held=held,
        device=device[:80],
        proved_at=now,
        seen_at=now,
    )
    audit("accounts.enter", by=web_actor(contact), subject=row, level=level, way=way, held=held)
    return NewSignIn(row, token)


@transaction.atomic
def raise_sign_in_level(sign_in: SignIn, *, level: int, way: str) -> NewSignIn:
    """More was proved in the same browser; it gets a new token, so that nobody who saw the old one rises with it."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    sign_in.digest, sign_in.level, sign_in.way = token_digest(token), level, way
    sign_in.held, sign_in.proved_at = False, timezone.now()
    sign_in.save(update_fields=["digest", "level", "way", "held", "proved_at", "contact"])
    audit("accounts.strengthen", by=web_actor(sign_in.contact), subject=sign_in, level=level, way=way)
    return NewSignIn(sign_in, token)


@transaction.atomic
def enter_by_key(identity: Identity, *, way: str, device: str = "", before: SignIn | None = None) -> NewSignIn:
    """A passkey or an app of this person: level 2, no higher, whatever was proved when it was added. In a browser where
    he is signed in he rises, also where his number was in doubt: a new owner of the number has not his device."""
    if before is None or before.contact.root().pk != identity.contact.root().pk:
        return start_sign_in(identity, level=2, way=way, device=device, before=before)
    if before.held:
        contacts.confirm_owner(before.identity, level=2, how=way, by=web_actor(before.contact))
    return raise_sign_in_level(before, level=2, way=way)


def main_identity(contact: Contact) -> Identity:
    """The best proved address of a person, for what names one."""
    found = Identity.objects.select_related("contact__merged_into").filter(contact__in=contact.family_ids())
    return found.order_by("-assurance", "pk")[0]


@transaction.atomic
def end_sign_in(sign_in: SignIn, *, by: Actor) -> bool:
    """Signs out of one browser; False where it was out."""
    ended = mark_ended(sign_in)
    if ended:
        audit("accounts.leave", by=by, subject=sign_in)
    return ended


def mark_ended(sign_in: SignIn) -> bool:
    return bool(SignIn.objects.open().filter(pk=sign_in.pk).update(ended_at=timezone.now()))


@transaction.atomic
def end_all_sign_ins(contact: Contact, *, by: Actor) -> int:
    """Signs a person out of every browser; returns of how many."""
    rows = SignIn.objects.open().filter(contact__in=contact.family_ids())
    count = rows.update(ended_at=timezone.now())
    audit("accounts.leave_everywhere", by=by, subject=contact.root(), count=count)
    return count


def note_seen(sign_in: SignIn, now: datetime) -> None:
    """At most every ten minutes: a page is read more often than it needs to be written down."""
    if sign_in.seen_at < now - SEEN_EVERY:
        SignIn.objects.filter(pk=sign_in.pk).update(seen_at=now)


def delete_old_sign_ins(before: datetime) -> int:
    """Drops sign-ins that were over before this moment; the trail keeps that they were."""
    over = SignIn.objects.filter(ended_at__lt=before) | SignIn.objects.filter(seen_at__lt=before)
    return over.delete()[0]
