"""Signing: one person, one signature, whichever door; and taking it back.

How well a person must be known: whoever writes on a channel that vouches for its senders (WhatsApp, Telegram, SMS) has
shown his address by writing, and counts at once. Everybody else (the web, the web chat, unsigned e-mail, a voice on the
phone) gives an address, and his signature is pending until the code or link that we send there comes back; then it
counts at level 1. A clerk who saw a document or called the number back says so, and that too is level 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypedDict
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff
from kesher.channels.base import Say
from kesher.contacts import services as contacts
from kesher.contacts.models import Consent, Contact, Identity, Proof
from kesher.contacts.services import (
    effective_time,
    find_identity,
    get_or_create_identity,
    prove_identity,
    record_consent,
)
from kesher.conversations.services import confirm_commitment, send_code
from kesher.core.address import Address
from kesher.core.arrival import arrival
from kesher.core.audit import Actor
from kesher.core.errors import Refused
from kesher.core.person_names import NAME_MOST, name_or_empty
from kesher.participation.deadlines import counting_notice, describe_lateness
from kesher.participation.models import Participation
from kesher.participation.services import end_participation, find_participation, record_duplicate, take_part
from kesher.petitions.models import Petition, Signature
from kesher.petitions.rules import may_confirm, may_see, may_sign
from kesher.petitions.services import confirmations
from kesher.petitions.services.notifications import write

SIGN, UNSIGN = "sign", "unsign"
State = Participation.State


class ShownName(TypedDict):
    name: str
    show_name: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of a wish to sign. ``new`` False: this person's signature stood already, and still does."""

    signature: Participation
    new: bool

    @property
    def counts(self) -> bool:
        return self.signature.state == State.COUNTED


@transaction.atomic
def sign(
    petition: Petition,
    identity: Identity,
    *,
    door: str,
    name: str = "",
    show_name: bool = False,
    updates: bool = False,
    area: str = "",
) -> Signed:
    """A person signs from an address. Signing twice is one signature. Counts at the level to which the address is
    proved; from an address that nobody vouches for it is pending, and in no count. Raises Refused where the petition
    may not be signed now."""
    check_open(petition)
    row, new = take_part(
        petition.action,
        identity,
        level=identity.assurance,
        channel=door,
        by=person(identity, door),
        pending=identity.assurance < 1,
        area=area,
        **shown(name, show_name),
    )
    if not new and identity.assurance:
        record_duplicate(row, identity, channel=door)
    if updates and row.state == State.COUNTED:
        agree(identity, door)
    return Signed(row, new)


@transaction.atomic
def sign_on_the_web(
    petition: Petition,
    address: Address,
    *,
    name: str = "",
    show_name: bool = False,
    updates: bool = False,
    area: str = "",
    lang: str = "he",
    door: str = "web",
    by: Actor | None = None,
) -> Identity:
    """Somebody gives an address: a code and a link go there, and the signature waits for them. What is said and done
    is the same whether or not that address had signed, so that nobody learns it. Raises Refused."""
    check_open(petition)
    identity = get_or_create_identity(address, language=lang)
    row, new = take_part(
        petition.action,
        identity,
        level=0,
        channel=door,
        by=by or person(identity, door),
        pending=True,
        area=area,
        **shown(name, show_name),
    )
    if not new:
        # He sent the form again, perhaps with his name corrected; a counted signature stays as it was confirmed.
        Participation.objects.filter(pk=row.pk, state=State.PENDING).update(**shown(name, show_name))
    link = confirmation_link(petition, row, updates=updates)
    send_code(identity, purpose=SIGN, subject=petition.code, lang=lang, link=link)
    return identity


def confirmation_link(petition: Petition, row: Participation, *, updates: bool) -> str:
    """Where the message leads: the receipt names the signature without naming the person. CODE is filled in later."""
    query = {"r": row.receipt, "code": "CODE", **({"u": "1"} if updates else {})}
    path = reverse("petitions:confirm", args=[petition.code])
    return f"{absolute(path)}?{urlencode(query)}"


def confirm_signature(
    petition: Petition,
    identity: Identity | None,
    code: str,
    *,
    updates: bool = False,
    wish: Mapping[str, Any] | None = None,
    door: str = "web",
) -> Signed:
    """The code came back: the address is theirs, and the signature counts at level 1, or at what they proved before.
    ``wish``: the name to show and the area, where whoever confirms was asked; anybody may have written down the ones
    that wait. Raises Refused for a code that is wrong or too old. Not one transaction: a wrong try must stay counted
    although the verb is refused."""
    proof = use_code(petition, identity, code, SIGN)
    assert identity is not None
    with arrival(effective_time(proof, code)):
        done = count_proved(petition, identity, updates=updates, wish=wish, door=door)
    if done.new:
        make = partial(confirmations.signed, petition, done.signature, identity)
        confirm_commitment(identity, make, door=door, forms=confirmations.FORMS, subject=petition.code)
    return done


def use_code(petition: Petition, identity: Identity | None, code: str, purpose: str) -> Proof:
    return contacts.use_code(identity, code, purpose=purpose, subject=petition.code)


@transaction.atomic
def count_proved(
    petition: Petition, identity: Identity, *, updates: bool, wish: Mapping[str, Any] | None = None, door: str
) -> Signed:
    by = person(identity, door)
    if find_participation(petition.action, identity.contact.root()) is None or not may_confirm(petition):
        check_open(petition)  # what was pending when the petition closed may still be confirmed; nothing new begins
    if wish is not None:
        words = {"area": wish.get("area", ""), **shown(wish.get("name", ""), wish.get("show_name", False))}
        family = identity.contact.root().family_ids()
        Participation.objects.filter(action=petition.action, contact__in=family, state=State.PENDING).update(**words)
    proved = prove_identity(identity, level=1, evidence={"code_for": petition.code}, by=by)
    row, new = take_part(petition.action, identity, level=max(1, proved.assurance), channel=door, by=by)
    if not new:
        record_duplicate(row, proved, channel=door)
    if updates:
        agree(identity, door)
    return Signed(row, new)


@transaction.atomic
def sign_for(
    petition: Petition,
    address: Address,
    *,
    staff: Staff,
    name: str = "",
    show_name: bool = False,
    updates: bool = False,
    area: str = "",
    checked: bool = False,
    lang: str = "he",
) -> Signed:
    """A clerk signs for somebody on the phone or at the counter. ``checked``: he saw a document, or called the number
    back; that counts at level 1. Otherwise a code goes to the person, whose signature waits for it. Raises Refused."""
    by = Actor("staff", staff.pk, "desk")
    if not checked:
        identity = sign_on_the_web(
            petition, address, name=name, show_name=show_name, updates=updates, area=area, lang=lang, door="desk", by=by
        )
        row = find_participation(petition.action, identity.contact.root())
        assert row is not None
        return Signed(row, new=row.state == State.PENDING)
    check_open(petition)
    identity = get_or_create_identity(address, language=lang)
    row, new = take_part(petition.action, identity, level=1, channel="desk", by=by, area=area, **shown(name, show_name))
    if updates:
        agree(identity, "desk")
    return Signed(row, new)


@transaction.atomic
def withdraw(petition: Petition, contact: Contact, *, by: Actor) -> bool:
    """A person takes his signature back; False where there was none. He may sign again later."""
    row = find_participation(petition.action, contact.root())
    counted = row is not None and row.state == State.COUNTED
    gone = row is not None and end_participation(row, by=by, reason="asked")
    if row is not None and gone and counted and (identity := row.identity) is not None:
        confirm_commitment(identity, lambda: confirmations.taken_back(petition, row, identity), door=by.door)
    return gone


@transaction.atomic
def withdraw_for(petition: Petition, signature: Signature, *, staff: Staff) -> None:
    """A clerk takes a signature back for its person, who is told. Raises Refused where it does not stand."""
    person = signature.contact.root()
    row = find_participation(petition.action, person)
    if row is None or row.pk != signature.pk:
        raise Refused(_("This signature does not count now, so there is nothing to take back."))
    end_participation(row, by=Actor("staff", staff.pk, "desk"), reason="asked")
    lang = person.language or "he"
    with translation.override(lang):
        words = _(
            "Your signature under “%(title)s” was taken back at our desk. If you did not ask for it, write to us."
        )
        # What nobody may read now has no title here either.
        name = petition.title if may_see(None, petition) else _("Petition number %(code)s") % {"code": petition.code}
        write(person, Say(words % {"title": name}, lang=lang, subject=name))


@transaction.atomic
def ask_to_withdraw(petition: Petition, address: Address, *, lang: str = "he") -> None:
    """Sends a code to an address that signed. Silent where it did not, or got too many codes: nobody learns which."""
    identity = find_identity(address)
    if identity is None or find_participation(petition.action, identity.contact.root()) is None:
        return
    try:
        send_code(identity, purpose=UNSIGN, subject=petition.code, lang=lang)
    except Refused:
        return


def confirm_withdrawal(petition: Petition, address: Address, code: str, *, door: str = "web") -> bool:
    """The code came back: the signature is withdrawn. Raises Refused for a wrong code (a try stays counted)."""
    identity = find_identity(address)
    use_code(petition, identity, code, UNSIGN)
    assert identity is not None
    return withdraw(petition, identity.contact, by=person(identity, door))


@transaction.atomic
def void_signature(signature: Participation, *, staff: Staff, reason: str) -> bool:
    """A signature that is none (forged, a test, a child's game) stops counting; False where it had. The reason is
    kept, and is not shown in public. Raises Refused without one."""
    if not reason.strip():
        raise Refused(_("Say why this signature is void."))
    return end_participation(
        signature, state=State.VOID, by=Actor("staff", staff.pk, "desk"), reason=reason.strip()[:200]
    )


def check_open(petition: Petition) -> None:
    if not may_sign(petition):
        raise Refused(_("This petition takes no signatures now.") + too_late(petition), code="closed")


def too_late(petition: Petition) -> str:
    """Return both times for whoever was late, and whether the rest is still being counted; "" for who was not."""
    words = describe_lateness(petition.ends_at, petition.agency.timezone)
    return f"{words} {counting_notice()}" if words and petition.is_counting else words


def person(identity: Identity, door: str) -> Actor:
    return Actor("contact", identity.contact.root().pk, door)


def shown(name: str, show_name: bool) -> ShownName:
    """A name as it may stand on the page; no name cannot be shown."""
    tidy = name_or_empty(name, NAME_MOST)
    return {"name": tidy, "show_name": show_name and bool(tidy)}


def agree(identity: Identity, door: str) -> None:
    """Writes down that news may be sent. A "no" is not written: it is not a refusal of what was agreed elsewhere."""
    wording = _("Send me news about this petition")
    record_consent(identity, Consent.Purpose.INFORMATION, granted=True, source=door, wording=wording)
