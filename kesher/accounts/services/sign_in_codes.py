"""Send and check one-time codes for signing in, for proving more, and for linking another address."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.accounts.code_channels import choose_code_route
from kesher.accounts.models import SignIn
from kesher.accounts.services.sign_in import NewSignIn, raise_sign_in_level, start_sign_in, web_actor
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact, Identity, Proof
from kesher.contacts.rules import CODES_AN_HOUR
from kesher.conversations.models import Route
from kesher.conversations.recycled_numbers import may_have_new_owner
from kesher.conversations.services import TO_LINK, routes_by_preference, send_code
from kesher.conversations.services.outbound import NotNow
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.http.throttle import allow, reset_tries

SIGN_IN, LINK, SECOND = "sign-in", "link", "second"
TO_SIGN_IN = gettext_lazy("to sign in")


@transaction.atomic
def send_sign_in_code(address: Address, *, browser: str, lang: str, by: str = "") -> Identity:
    """Send a sign-in code to an address and return its identity; unknown addresses are treated alike.

    ``browser``: the code is valid in this browser only, so requests by others neither end nor learn it. ``by``: the
    channel that was chosen for a phone; if it cannot bring the code, the default way does, without notice. Raise
    Refused after too many unused codes in an hour, over all channels.
    """
    identity = contacts.get_or_create_identity(address, language=lang)
    if not allow(throttle_key(identity), CODES_AN_HOUR, 3600):
        raise contacts.MessageLimitReached("address")
    target, account = choose_code_route(identity, by)
    try:
        send_code(target, purpose=SIGN_IN, why=TO_SIGN_IN, subject=browser, lang=lang, account=account)
    except NotNow:
        create_decoy_code(target, browser)  # an error here would reveal that the address is known
    except Refused:
        if target.pk == identity.pk:
            raise
        create_decoy_code(target, browser)
    return identity


def create_decoy_code(identity: Identity, browser: str) -> None:
    """Store a code that is not sent to anybody, so that wrong tries are counted and answered as for others."""
    contacts.create_code(identity, purpose=SIGN_IN, subject=browser)


def throttle_key(identity: Identity) -> str:
    """Return the key under which codes sent to this identity's address are counted."""
    return f"enter-code:{identity.pk}"


def find_code_identity(identity: Identity, browser: str) -> Identity:
    """Return the identity that this browser's newest code went to.

    It is the typed one, or another one of the same person whose channel was chosen.
    """
    rows = Proof.objects.filter(identity__contact__in=identity.contact.family_ids(), purpose=SIGN_IN, subject=browser)
    proof = rows.select_related("identity__contact__merged_into").order_by("-id").first()
    return proof.identity if proof is not None else identity


def send_code_to_known(identity: Identity, *, browser: str, lang: str, route: Route | None = None) -> None:
    """Send a code to a signed-in person's own address, over ``route`` if they chose one. Raise Refused."""
    account = route.account if route else None
    try:
        send_code(identity, purpose=SIGN_IN, why=TO_SIGN_IN, subject=browser, lang=lang, account=account)
    except NotNow as refusal:
        raise Refused(_("We cannot write to you there now. Please choose another way.")) from refusal


def open_routes(contact: Contact) -> list[Route]:
    """Return a person's open conversations that can bring a code; not the web chat, which proves nothing."""
    return [route for route in routes_by_preference(contact) if route.identity.scheme != "web" and not route.closed]


def check_code(identity: Identity, code: str, *, purpose: str, subject: str) -> None:
    """Use up a typed code. Raise Refused if it is wrong; the try is counted, so call this before a transaction."""
    contacts.use_code(identity, code, purpose=purpose, subject=subject)


def enter_by_code(
    identity: Identity, code: str, *, browser: str, device: str = "", before: SignIn | None = None
) -> NewSignIn:
    """Sign a person in by the code sent to them: level 2, or 1 and held if the number may have a new owner.

    The address to which the code went is proved. If the same person is signed in here their level is raised; another
    person is signed out. Raise Refused.
    """
    typed, identity = identity, find_code_identity(identity, browser)
    check_code(identity, code, purpose=SIGN_IN, subject=browser)
    reset_tries(throttle_key(typed), 3600)
    return start_proved_sign_in(identity, device=device, before=before)


@transaction.atomic
def start_proved_sign_in(identity: Identity, *, device: str, before: SignIn | None) -> NewSignIn:
    """Sign a person in at level 2 after their code was checked, or held if the number may have a new owner."""
    held = may_have_new_owner(identity)
    if not held:
        contacts.prove_identity(identity, level=2, evidence={"code_for": SIGN_IN}, by=web_actor(identity.contact))
        if before is not None and not before.held and is_same_person(before, identity):
            return raise_sign_in_level(before, level=2, way=SignIn.Way.CODE)
    level = 1 if held else 2
    return start_sign_in(identity, level=level, way=SignIn.Way.CODE, device=device, held=held, before=before)


def is_same_person(sign_in: SignIn, identity: Identity) -> bool:
    """Return whether the identity belongs to the person who is signed in."""
    return sign_in.contact.root().pk == identity.contact.root().pk


@transaction.atomic
def send_link_code(sign_in: SignIn, address: Address, *, lang: str) -> Identity:
    """Send a code to another address that a signed-in person wants to link. Raise Refused."""
    mine = sign_in.contact.root()
    identity = contacts.get_or_create_identity(address, language=lang)
    if identity.contact.root().pk == mine.pk and identity.assurance >= 2:
        raise Refused(_("This address is already linked to you."))
    send_code(identity, purpose=LINK, why=TO_LINK, subject=str(mine.pk), asked_by=mine, lang=lang)
    return identity


def link_by_code(sign_in: SignIn, identity: Identity, code: str) -> Contact:
    """Link an address to the signed-in person if the code sent to it is right; return the contact. Raise Refused."""
    check_code(identity, code, purpose=LINK, subject=str(sign_in.contact.root().pk))
    return link_identity(sign_in, identity, how="code")


@transaction.atomic
def link_identity(sign_in: SignIn, identity: Identity, *, how: str) -> Contact:
    """Link an identity to the signed-in person; if it has another contact, merge the two. Return the contact.

    A number that may have a new owner is linked alone, without the old owner's data.
    """
    mine, by = sign_in.contact.root(), web_actor(sign_in.contact)
    evidence = {"linked_by": how, "from": sign_in.identity_id}
    other = identity.contact.root()
    if other.pk != mine.pk and may_have_new_owner(identity):
        return contacts.change_owner(identity, to=mine, how=how, by=by)
    contacts.prove_identity(identity, level=2, evidence=evidence, by=by)
    if other.pk == mine.pk:
        return mine
    kept, absorbed = sorted((mine, other), key=lambda contact: contact.pk)
    contacts.merge_contacts(kept, absorbed, reason=how, evidence=evidence, by=by)
    return kept
