"""Passkeys, authenticator apps and recovery codes: django-allauth keeps and checks them, for a user.

A member of staff has a user; a citizen gets one when he first adds a key, and that user can do nothing else.
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
from kesher.core.throttle import allow, uncount_try

TRIES, QUARTER_OF_AN_HOUR, A_DAY = 10, 900, 86_400
APP, PASSKEY, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES


def may_try(user: User, place: str = "") -> bool:
    """Within ten wrong tries of a second factor in a quarter of an hour, from this place (`agencies.known_networks`)?
    Counted over all processes, unlike allauth's own."""
    return allow(f"factor:{user.pk}:{place}", TRIES, QUARTER_OF_AN_HOUR)


def uncount_factor_try(user: User, place: str = "") -> None:
    """The second factor was right: that try counts no longer."""
    uncount_try(f"factor:{user.pk}:{place}", QUARTER_OF_AN_HOUR)


def is_first_use(user: User, code: str) -> bool:
    """Is this the first time today that this code opens something? allauth remembers it in one process only."""
    return allow(f"factor-used:{user.pk}:{code}", 1, A_DAY)


def keys_of(user: User) -> list[Authenticator]:
    """What this user can show besides a password; recovery codes stand in for these and are none."""
    return list(Authenticator.objects.filter(user=user).exclude(type=RECOVERY).order_by("created_at"))


@transaction.atomic
def get_or_create_keyring(contact: Contact) -> Keyring:
    """The keyring of a person, made at first need."""
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
    """Those of everybody who turned out to be this person."""
    return list(Keyring.objects.select_related("user").filter(contact__in=contact.family_ids()).order_by("pk"))


def is_doubtful(key: Authenticator, contact: Contact) -> bool:
    """Was this key added while somebody else was taken for this person? Nobody can tell which of the two added it, so
    it opens nothing."""
    parted = Merge.objects.filter(kept__in=contact.family_ids(), state=Merge.State.UNDONE)
    return parted.filter(at__lte=key.created_at, decided_at__gte=key.created_at).exists()


@transaction.atomic
def add_app(user: User, secret: str, *, by: Actor) -> None:
    """An authenticator app, instead of the one before. The code that it shows was checked by the form."""
    Authenticator.objects.filter(user=user, type=APP).delete()
    TOTP.activate(user, secret)
    audit("accounts.add_app", by=by, user=user.pk)


@transaction.atomic
def add_passkey(user: User, name: str, credential: dict[str, Any], *, by: Actor) -> None:
    """A passkey; the form checked what the browser says about it."""
    WebAuthn.add(user, name[:60], credential)
    audit("accounts.add_passkey", by=by, user=user.pk)


@transaction.atomic
def new_recovery_codes(user: User, *, by: Actor) -> list[str]:
    """Ten codes that each open the door once; those before are worth nothing now. They are shown once."""
    Authenticator.objects.filter(user=user, type=RECOVERY).delete()
    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    audit("accounts.new_recovery_codes", by=by, user=user.pk)
    return codes


def has_recovery_codes(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type=RECOVERY).exists())


@transaction.atomic
def remove_key(user: User, pk: int, *, by: Actor) -> bool:
    """Removes one key; False where there is none with this number."""
    gone, _tables = Authenticator.objects.filter(user=user, pk=pk).exclude(type=RECOVERY).delete()
    if gone:
        audit("accounts.remove_key", by=by, user=user.pk)
    return bool(gone)


@transaction.atomic
def forget_factors(user: User, *, by: Actor) -> None:
    """Everything besides the password is forgotten: the next sign-in sets a second factor up anew."""
    Authenticator.objects.filter(user=user).delete()
    audit("accounts.forget_factors", by=by, user=user.pk)


def note_use(authenticator: Authenticator, *, by: Actor) -> None:
    """One line for each time that a key opened something."""
    authenticator.record_usage()
    audit("accounts.use_key", by=by, kind=str(authenticator.type))
