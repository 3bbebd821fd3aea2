"""Create and redeem one-time links sent in a chat: to open "my page", or to link the chat to a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.accounts.models import SignIn
from kesher.accounts.rules import may_link
from kesher.accounts.services.sign_in import NewSignIn, start_sign_in
from kesher.accounts.services.sign_in_codes import check_code, is_same_person, link_identity
from kesher.agencies.base_url import absolute
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact, Identity
from kesher.conversations.recycled_numbers import may_have_new_owner
from kesher.core.errors import Refused
from kesher.core.http.throttle import allow

ENTER = "enter"
SALT = "kesher.accounts.link"
LINKS_AN_HOUR = 10


@dataclass(frozen=True, slots=True)
class PageLink:
    """A private link, and until when it is valid."""

    url: str = field(repr=False)
    until: datetime


@transaction.atomic
def link_to_page(identity: Identity) -> PageLink:
    """Return a link that signs the person in once, within a quarter of an hour. Raise Refused over the limit."""
    if not allow(f"enter-link:{identity.pk}", LINKS_AN_HOUR, 3600):
        raise Refused(_("Too many links were sent. Please try again in an hour."))
    proof, code = contacts.create_code(identity, purpose=ENTER)
    key = signing.dumps([identity.pk, code], salt=SALT, compress=True)
    return PageLink(absolute(reverse("accounts:enter", args=[key])), proof.expires)


def read_link(key: str) -> tuple[Identity, str] | None:
    """Return (identity, code) that are signed in a link's key, or None; the code may be used or too old."""
    try:
        pk, code = signing.loads(key, salt=SALT, max_age=3600)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = Identity.objects.select_related("contact__merged_into").filter(pk=pk).first()
    return (found, str(code)) if found else None


def enter_by_link(identity: Identity, code: str, *, device: str = "", before: SignIn | None = None) -> NewSignIn | None:
    """Sign a person in by a link that they confirmed, at level 1, as links can be passed on; None if it is invalid.

    Return None if this person is signed in here already: a link refreshes no proof. Raise Refused if it was used or is
    too old.
    """
    use_link(identity, code)
    if before is not None and not before.held and is_same_person(before, identity):
        return None
    held = may_have_new_owner(identity)
    return start_sign_in(identity, level=1, way=SignIn.Way.LINK, device=device, held=held, before=before)


def link_by_link(sign_in: SignIn, identity: Identity, code: str) -> Contact:
    """Link the identity that a link was sent to to the person who is signed in. Raise Refused."""
    if not may_link(sign_in, timezone.now()):
        raise Refused(_("Please confirm first that it is you."), code="level")
    use_link(identity, code)
    return link_identity(sign_in, identity, how="link")


def use_link(identity: Identity, code: str) -> None:
    """Mark the code of a sign-in link as used. Raise Refused if it was used or is too old."""
    try:
        check_code(identity, code, purpose=ENTER, subject="")
    except Refused as refusal:
        raise Refused(
            _("This link has been used or has expired. Write “my page” again for a new one."), code="code"
        ) from refusal
