"""Create and remove passkeys, authenticator apps and recovery codes, stored and checked by django-allauth.

A member of staff has a user. A citizen gets one with their first key; it can do nothing else.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.contrib.auth.models import User
from django.db import transaction

from kesher.accounts.models import Keyring
from kesher.contacts.models import Contact, Merge
from kesher.core.audit import Actor, audit
from kesher.core.http.throttle import allow, uncount_try

TRIES, QUARTER_OF_AN_HOUR, A_DAY = 10, 900, 86_400
APP, PASSKEY, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES


def may_try(user: User, place: str = "") -> bool:
    """Count one try of a second factor and return whether it is allowed: ten in a quarter of an hour.

    ``place``: see `agencies.known_devices`. Counted over all processes, unlike allauth's own limit.
    """
    return allow(f"factor:{user.pk}:{place}", TRIES, QUARTER_OF_AN_HOUR)


def uncount_factor_try(user: User, place: str = "") -> None:
    """Subtract a correct try of a second factor from those that `may_try` counted."""
    uncount_try(f"factor:{user.pk}:{place}", QUARTER_OF_AN_HOUR)


def is_first_use(user: User, code: str) -> bool:
    """Count a use of this authenticator code and return whether it is the first today, over all processes."""
    return allow(f"factor-used:{user.pk}:{code}", 1, A_DAY)


def keys_of(user: User) -> list[Authenticator]:
    """Return a user's second factors (passkeys and apps), without recovery codes."""
    return list(Authenticator.objects.filter(user=user).exclude(type=RECOVERY).order_by("created_at"))


@transaction.atomic
def get_or_create_keyring(contact: Contact) -> Keyring:
    """Return the keyring that holds a contact's second factors; create it with its user if it is missing."""
    root = contact.root()
    found = Keyring.objects.select_related("user").filter(contact=root).first()
    if found is not None:
        return found
    user = User(username=f"contact:{root.key}", is_active=True)
    user.set_unusable_password()
    user.save()
    made = Keyring.objects.create(agency_id=root.agency_id, contact=root, user=user)
    audit("accounts.make_keyring", by=Actor("contact", root.pk, "web"), subject=made)
    return made


def keyrings_of(contact: Contact) -> list[Keyring]:
    """Return the keyrings of a person: of this contact and of those merged with it."""
    return list(Keyring.objects.select_related("user").filter(contact__in=contact.family_ids()).order_by("pk"))


def is_doubtful(key: Authenticator, contact: Contact) -> bool:
    """Return whether this second factor was added while another contact was merged with this person.

    It is unknown which of the two added it, so it must not open anything.
    """
    parted = Merge.objects.filter(kept__in=contact.family_ids(), state=Merge.State.UNDONE)
    return parted.filter(at__lte=key.created_at, decided_at__gte=key.created_at).exists()


@transaction.atomic
def add_app(user: User, secret: str, *, by: Actor) -> None:
    """Store a user's new authenticator app in place of the old one; the form has checked its code."""
    Authenticator.objects.filter(user=user, type=APP).delete()
    TOTP.activate(user, secret)
    audit("accounts.add_app", by=by, user=user.pk)


@transaction.atomic
def add_passkey(user: User, name: str, credential: dict[str, Any], *, by: Actor) -> None:
    """Store a user's new passkey, whose credential the form has checked."""
    WebAuthn.add(user, name[:60], credential)
    audit("accounts.add_passkey", by=by, user=user.pk)


@transaction.atomic
def new_recovery_codes(user: User, *, by: Actor) -> list[str]:
    """Create and return ten new single-use recovery codes of a user; the old ones become invalid."""
    Authenticator.objects.filter(user=user, type=RECOVERY).delete()
    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    audit("accounts.new_recovery_codes", by=by, user=user.pk)
    return codes


def has_recovery_codes(user: User) -> bool:
    """Return whether the user has a set of recovery codes."""
    return bool(Authenticator.objects.filter(user=user, type=RECOVERY).exists())


@transaction.atomic
def remove_key(user: User, pk: int, *, by: Actor) -> bool:
    """Remove a user's second factor and audit it; return False if they have none with this id."""
    gone, _tables = Authenticator.objects.filter(user=user, pk=pk).exclude(type=RECOVERY).delete()
    if gone:
        audit("accounts.remove_key", by=by, user=user.pk)
    return bool(gone)


@transaction.atomic
def forget_factors(user: User, *, by: Actor) -> None:
    """Delete all second factors of a user, who must set up a new one at the next sign-in."""
    Authenticator.objects.filter(user=user).delete()
    audit("accounts.forget_factors", by=by, user=user.pk)


def note_use(authenticator: Authenticator, *, by: Actor) -> None:
    """Record and audit that a second factor was used now."""
    authenticator.record_usage()
    audit("accounts.use_key", by=by, kind=str(authenticator.type))
