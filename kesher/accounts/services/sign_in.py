"""Sign citizens in and out, and raise the level of proof of a sign-in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.accounts.models import SignIn
from kesher.accounts.rules import SEEN_EVERY, may_sign_in
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact, Identity
from kesher.core.audit import Actor, audit
from kesher.core.db.ids import token_digest
from kesher.core.errors import Refused

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewSignIn:
    """A sign-in and its token, which only the browser stores."""

    sign_in: SignIn
    token: str


def web_actor(contact: Contact) -> Actor:
    """Return the contact as the audit log's actor, acting on the web."""
    return Actor("contact", contact.root().pk, "web")


@transaction.atomic
def start_sign_in(
    identity: Identity, *, level: int, way: str, device: str = "", held: bool = False, before: SignIn | None = None
) -> NewSignIn:
    """Create a sign-in at a proof level, with a new token for the browser's cookie; ``before``, its former one, ends.

    Raise Refused for a contact that may not sign in.
    """
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
    """Raise the proof level of a sign-in, with a new token, so that a stolen old one gains nothing."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    sign_in.digest, sign_in.level, sign_in.way = token_digest(token), level, way
    sign_in.held, sign_in.proved_at = False, timezone.now()
    sign_in.save(update_fields=["digest", "level", "way", "held", "proved_at", "contact"])
    audit("accounts.strengthen", by=web_actor(sign_in.contact), subject=sign_in, level=level, way=way)
    return NewSignIn(sign_in, token)


@transaction.atomic
def enter_by_key(identity: Identity, *, way: str, device: str = "", before: SignIn | None = None) -> NewSignIn:
    """Sign a person in by a passkey or authenticator app, at proof level 2.

    In a browser where they are signed in the level is raised, also if their number was in question: a new owner does
    not have their device.
    """
    if before is None or before.contact.root().pk != identity.contact.root().pk:
        return start_sign_in(identity, level=2, way=way, device=device, before=before)
    if before.held:
        contacts.confirm_owner(before.identity, level=2, how=way, by=web_actor(before.contact))
    return raise_sign_in_level(before, level=2, way=way)


def main_identity(contact: Contact) -> Identity:
    """Return the best proved identity (address) of a contact."""
    found = Identity.objects.select_related("contact__merged_into").filter(contact__in=contact.family_ids())
    return found.order_by("-assurance", "pk")[0]


@transaction.atomic
def end_sign_in(sign_in: SignIn, *, by: Actor) -> bool:
    """End a sign-in and audit it; return False if it had ended already."""
    ended = mark_ended(sign_in)
    if ended:
        audit("accounts.leave", by=by, subject=sign_in)
    return ended


def mark_ended(sign_in: SignIn) -> bool:
    """Store that a sign-in ends now; return False if it had ended already."""
    return bool(SignIn.objects.open().filter(pk=sign_in.pk).update(ended_at=timezone.now()))


@transaction.atomic
def end_all_sign_ins(contact: Contact, *, by: Actor) -> int:
    """End all of a person's sign-ins, in every browser; return how many there were."""
    rows = SignIn.objects.open().filter(contact__in=contact.family_ids())
    count = rows.update(ended_at=timezone.now())
    audit("accounts.leave_everywhere", by=by, subject=contact.root(), count=count)
    return count


def note_seen(sign_in: SignIn, now: datetime) -> None:
    """Store that a signed-in browser was seen now, at most every ten minutes."""
    if sign_in.seen_at < now - SEEN_EVERY:
        SignIn.objects.filter(pk=sign_in.pk).update(seen_at=now)


def delete_old_sign_ins(before: datetime) -> int:
    """Delete sign-ins that ended before this moment; the audit still has them."""
    over = SignIn.objects.filter(ended_at__lt=before) | SignIn.objects.filter(seen_at__lt=before)
    return over.delete()[0]
