"""Sign a person in by the national login (OpenID Connect), the highest level of proof (3)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from kesher.accounts.models import NationalLogin, SignIn
from kesher.accounts.rules import may_link
from kesher.accounts.services.oidc.provider_values import set_provider_values
from kesher.accounts.services.recycled_numbers import confirm_held_sign_in
from kesher.accounts.services.sign_in import NewSignIn, raise_sign_in_level, start_sign_in, web_actor
from kesher.accounts.services.sign_in_codes import is_same_person
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact, Identity
from kesher.core.audit import Actor, audit
from kesher.core.contact_address import Address

SCHEME = "idp"


@transaction.atomic
def save_national_login(*, key: str, client_secret: str, by: Actor, **fields: Any) -> NationalLogin:
    """Create or change an identity provider that this agency trusts; an empty ``client_secret`` leaves the old one.

    Raise Refused if the old one would go to another provider.
    """
    row = NationalLogin.objects.filter(key=key).first() or NationalLogin(key=key)
    set_provider_values(row, client_secret, **fields)
    row.save()
    audit("accounts.set_up_national", by=by, subject=row, issuer=row.issuer, is_active=row.is_active)
    return row


def national_address(login: NationalLogin, subject: str) -> Address:
    """Return the address under which a person at an identity provider is stored: a keyed digest of their subject."""
    return Address(SCHEME, f"{login.key}:{login.digest(subject)}")


@transaction.atomic
def enter_by_national(
    login: NationalLogin, subject: str, *, name: str = "", device: str = "", before: SignIn | None = None
) -> NewSignIn:
    """Sign in a person whom the identity provider confirmed, at level 3. Raise Refused if they may not.

    A new person becomes the one who is signed in here, if that one proved an address not long ago. A known person is
    merged with them.
    """
    address = national_address(login, subject)
    identity = contacts.find_identity(address)
    if before is not None and before.held:
        return sign_in_held_number(before, identity, address, name, device)
    if before is not None and may_link(before, timezone.now()):
        identity = join_contacts(before, identity, address, login)
    identity = identity or contacts.get_or_create_identity(Address(address.scheme, address.address, name))
    contacts.prove_identity(identity, level=3, evidence={"provider": login.key}, by=web_actor(identity.contact))
    if before is not None and is_same_person(before, identity):
        return raise_sign_in_level(before, level=3, way=SignIn.Way.NATIONAL)
    return start_sign_in(identity, level=3, way=SignIn.Way.NATIONAL, device=device, before=before)


def join_contacts(before: SignIn, identity: Identity | None, address: Address, login: NationalLogin) -> Identity | None:
    """Merge the provider's person with the one signed in here, unless that one has another identity there."""
    mine = before.contact.root()
    if identity is not None and is_same_person(before, identity):
        return identity
    if has_other_name(mine, login):
        return identity
    if identity is None:
        return contacts.create_identity(address, contact=mine)
    kept, absorbed = sorted((mine, identity.contact.root()), key=lambda contact: contact.pk)
    contacts.merge_contacts(kept, absorbed, reason="national", evidence={"provider": login.key}, by=web_actor(mine))
    identity.contact.refresh_from_db()
    before.contact.refresh_from_db()
    return identity


def has_other_name(contact: Contact, login: NationalLogin) -> bool:
    """Return whether this person is linked to an account at this provider already; a person has only one."""
    rows = Identity.objects.filter(contact__in=contact.family_ids(), scheme=SCHEME)
    return rows.filter(address__startswith=f"{login.key}:").exists()


def sign_in_held_number(
    before: SignIn, identity: Identity | None, address: Address, name: str, device: str
) -> NewSignIn:
    """Sign in by the identity provider in a browser whose phone number may have a new owner.

    If the provider's person is the old owner, the number is theirs. Else they are signed in as themselves, and the
    number stays in question.
    """
    if identity is not None and is_same_person(before, identity):
        return confirm_held_sign_in(before, how="national", way=SignIn.Way.NATIONAL, level=3)
    identity = identity or contacts.get_or_create_identity(Address(address.scheme, address.address, name))
    contacts.prove_identity(
        identity, level=3, evidence={"provider": address.address.partition(":")[0]}, by=web_actor(identity.contact)
    )
    return start_sign_in(identity, level=3, way=SignIn.Way.NATIONAL, device=device, before=before)
