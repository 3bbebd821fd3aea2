"""Settle who owns a telephone number that may have passed to somebody else since."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.accounts.models import SignIn
from kesher.accounts.services.sign_in import NewSignIn, raise_sign_in_level, web_actor
from kesher.accounts.services.sign_in_codes import SECOND, check_code
from kesher.contacts import services as contacts
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import register_answer, request_for_address
from kesher.conversations.services import send_code
from kesher.core.contact_address import Address
from kesher.core.errors import Refused

TO_CONFIRM_NUMBER = gettext_lazy("to confirm that your phone number is still yours")


def find_second_address(sign_in: SignIn, address: Address) -> Identity | None:
    """Return the identity of another proved address of the person who owned this number; None if it is not theirs."""
    found = contacts.find_identity(address)
    if found is None or found.pk == sign_in.identity_id or found.assurance < 1:
        return None
    return found if found.contact.root().pk == sign_in.contact.root().pk else None


def ask_for_second_code(sign_in: SignIn, address: Address, *, lang: str) -> None:
    """Let the worker send a code to an address if it is the number's old owner's: the caller must not learn whether."""
    request_for_address("accounts.second", str(sign_in.pk), Call(door="web", lang=lang, address=address))


def send_second_code(subject: str, call: Call) -> None:
    """Send a code to another address of the old owner of a held sign-in's number. Raise Refused over the limit."""
    sign_in = SignIn.objects.filter(pk=subject).select_related("identity__contact", "contact").first()
    identity = find_second_address(sign_in, call.address) if sign_in is not None and call.address is not None else None
    if identity is not None:
        send_code(identity, purpose=SECOND, why=TO_CONFIRM_NUMBER, subject=subject, lang=call.lang)


register_answer("accounts.second", send_second_code)


def confirm_second(sign_in: SignIn, address: Address, code: str) -> NewSignIn:
    """Check the code from another address, which proves that the number is still the old owner's. Raise Refused."""
    identity = find_second_address(sign_in, address)
    if identity is None:
        raise contacts.WrongCode
    check_code(identity, code, purpose=SECOND, subject=str(sign_in.pk))
    return confirm_held_sign_in(sign_in, how=SECOND, way=SignIn.Way.CODE, level=2)


@transaction.atomic
def confirm_held_sign_in(sign_in: SignIn, *, how: str, way: str, level: int) -> NewSignIn:
    """Record that the number is still the old owner's, and give the sign-in this proof level."""
    contacts.confirm_owner(sign_in.identity, level=2, how=how, by=web_actor(sign_in.contact))
    return raise_sign_in_level(sign_in, level=level, way=way)


@transaction.atomic
def begin_anew(sign_in: SignIn) -> NewSignIn:
    """Move the number to a new contact, signed in, who sees nothing of the old owner's."""
    if not sign_in.held:
        raise Refused(_("This number is yours already."))
    contacts.change_owner(sign_in.identity, to=None, how="begin_anew", by=web_actor(sign_in.contact))
    sign_in.contact = sign_in.identity.contact
    return raise_sign_in_level(sign_in, level=2, way=SignIn.Way.CODE)
