"""Sign a petition once a person, confirm the signature, and withdraw it.

How well a person must be known: a channel that vouches for its senders (WhatsApp, Telegram, SMS) has proved the
address, so that the signature counts at once. Through the other doors (the web, the web chat, unsigned e-mail, a voice
call) a person gives an address, and the signature is pending until the code or the link that is sent there comes back;
then it counts at level 1. A clerk who saw a document or called the number back says so, and that too is level 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff
from kesher.channels.base import Say
from kesher.contacts import services as contacts
from kesher.contacts.addresses import normalize_address
from kesher.contacts.models import Consent, Contact, Identity, Proof
from kesher.contacts.service_caller import Call
from kesher.contacts.services import (
    count_message_or_refuse,
    create_identity,
    effective_time,
    find_identity,
    prove_identity,
    record_consent,
    register_answer,
    request_for_address,
)
from kesher.conversations.services import NotNow, confirm_commitment, send_code
from kesher.conversations.services.confirmations import SILENT_DOORS
from kesher.conversations.services.identity_linkage import write_to
from kesher.core.audit import Actor
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrival
from kesher.core.i18n.person_names import NAME_MOST, name_or_empty
from kesher.dialogues.services import close_code_question, is_completing
from kesher.participation.deadlines import counting_notice, describe_lateness
from kesher.participation.models import CodeDue, Participation
from kesher.participation.participation_origin import net_of
from kesher.participation.services import (
    add_participation,
    change_details,
    end_participation,
    find_participation,
    record_duplicate,
)
from kesher.petitions.area_map import known_areas
from kesher.petitions.models import Petition
from kesher.petitions.rules import may_change_signature, may_confirm, may_see, may_sign
from kesher.petitions.services import confirmations
from kesher.petitions.services.events import write

SIGN, UNSIGN = "sign", "unsign"
TO_SIGN = gettext_lazy('to sign "%(title)s"')
TO_WITHDRAW = gettext_lazy('to take your signature under "%(title)s" back')
State = Participation.State
WRITE_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature, and whether it is ``new``: False where this person had signed before.

    ``own``: the signer themselves asked, from an address that is theirs, so that they may add to it there. ``news``:
    they agreed to get news just now.
    """

    petition: Petition
    signature: Participation
    new: bool
    own: bool = False
    news: bool = False

    @property
    def counts(self) -> bool:
        """Return whether the signature is counted now (it may be pending)."""
        return self.signature.state == State.COUNTED


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What came of withdrawing a signature: ``done`` is False where the person had none."""

    petition: Petition
    done: bool


def sign_petition(
    petition: Petition,
    call: Call,
    *,
    name: str = "",
    show_name: bool = False,
    updates: bool = False,
    area: str = "",
    as_written: bool = False,
) -> Signed:
    """Sign a petition for the caller, counted or pending; if they signed before, that signature stands.

    At level 1 or better the signature counts at once. Below, it is pending, and a code and a link go to the address:
    what is done and shown is the same whether or not that address had signed. ``call.confirmed``: the code came back,
    which also counts after the petition closed. ``as_written``: leave the name and area of a pending signature as they
    are. Raise Refused where the petition may not be signed now.
    """
    named = shown(name, show_name)

    def write(*, first: bool) -> Signed:
        """Return the caller's signature, written now or before; a pending one gets its code queued."""
        identity, fresh = find_or_meet(call)
        person = identity.contact.root()
        if not call.confirmed or find_participation(petition.action, person) is None or not may_confirm(petition):
            check_open(petition)
        by, level = call.actor(person), call.level
        if call.confirmed:
            if not as_written:
                rows = Participation.objects.filter(action=petition.action, contact__in=person.family_ids())
                rows.filter(state=State.PENDING).update(area=area, **named)
            identity = prove_identity(identity, level=1, evidence={"code_for": petition.code}, by=by)
            level = max(level, identity.assurance)
        row, new = add_participation(
            petition.action,
            identity,
            level=level,
            channel=call.door,
            by=by,
            area=area,
            pending=level < 1,
            net=net_of(petition.action, call.ip),
            alone=first and (call.alone or fresh),  # not again: a new address may be an erased person's
            confirm_in=call.lang if call.door == "web" and not (call.confirmed or is_completing()) else "",
            **named,
        )
        if level < 1:
            if not new and not as_written:
                hide_other_name(row, named)
            due = CodeDue(agency_id=row.agency_id, row=row, lang=call.lang, updates=updates)
            ask_for_code(petition, identity, due, fresh=fresh, again=as_written)
            return Signed(petition, row, new)
        if not new and identity.assurance:
            record_duplicate(row, identity, channel=call.door)
        if updates:
            agree(identity, call.door)
        if new and call.staff is not None:
            tell_signed(petition, row, identity, call.lang)
        return Signed(petition, row, new, own=call.staff is None and not call.confirmed, news=updates)

    return write_in_turn(write)


def tell_signed(petition: Petition, row: Participation, identity: Identity, lang: str) -> None:
    """Send a person the receipt of the signature that a clerk wrote down for them, if a channel reaches them."""
    with translation.override(lang), suppress(Refused, NotNow), transaction.atomic():
        write_to(identity, confirmations.signature_confirmation(petition, row, identity))


def hide_other_name(row: Participation, named: Mapping[str, Any]) -> None:
    """Remove the name of a pending signature if it is not ``named``, which comes with the same unproved address.

    Anybody may write that address: a name is shown only if both requests say the same, or the code brings it.
    """
    Participation.objects.filter(pk=row.pk, state=State.PENDING).exclude(**named).update(name="", show_name=False)


def find_or_meet(call: Call) -> tuple[Identity, bool]:
    """Return (identity of the caller's address, whether it was created now). Raise IntegrityError on a race."""
    if call.identity is not None:
        return call.identity, False
    assert call.address is not None
    found = find_identity(call.address)
    if found is not None:
        return found, False
    return create_identity(normalize_address(call.address), language=call.lang), True


def write_in_turn(write: Callable[..., Signed]) -> Signed:
    """Run ``write(first=True)`` in a transaction; after a race that it lost, again with ``first=False``."""
    try:
        with write_lock(), transaction.atomic():
            return write(first=True)
    except IntegrityError:
        with write_lock(), transaction.atomic():
            return write(first=False)


def write_lock() -> AbstractContextManager[object]:
    """Return a lock that queues this process's writers before SQLite, so that none starves in a crowd."""
    return WRITE_LOCK if connection.vendor == "sqlite" and not connection.in_atomic_block else nullcontext()


def ask_for_code(petition: Petition, identity: Identity, due: CodeDue, *, fresh: bool, again: bool) -> None:
    """Queue the code of a pending signature for the worker to send. Raise Refused after too many codes."""
    row = due.row
    if row.identity_id != identity.pk:  # the person signed from another of their addresses: the note would go there
        link = confirmation_link(petition, "", updates=due.updates)
        send_signing_code(petition, identity, lang=due.lang, link=link)
    elif fresh or not CodeDue.objects.filter(row=row).exists():
        count_message_or_refuse(identity, is_code=True, fresh=fresh)
        CodeDue.objects.bulk_create([due], ignore_conflicts=True)
    elif again:
        raise Refused(_("A code is on its way already. It can take a minute."))


def send_signing_code(petition: Petition, identity: Identity, *, lang: str, link: str, admitted: bool = False) -> None:
    """Send the code that confirms a signature; ``admitted``: the limits were checked before. Raise Refused."""
    title, code = partial(confirmations.public_title, petition), petition.code
    send_code(identity, purpose=SIGN, why=TO_SIGN, title=title, subject=code, lang=lang, link=link, admitted=admitted)


def confirmation_link(petition: Petition, receipt: str, *, updates: bool) -> str:
    """Return the link in the code's message; it has the signature's receipt, and CODE for the code."""
    query = {"r": receipt, "code": "CODE", **({"u": "1"} if updates else {})}
    path = reverse("petitions:confirm", args=[petition.code])
    return f"{absolute(path)}?{urlencode(query)}"


def confirm_signature(petition: Petition, call: Call, code: str, **answers: Any) -> Signed:
    """Count a pending signature whose code came back; ``answers`` are keyword arguments of `sign_petition`.

    Without a name among them, the signature's name and area stay as they were written. Raise Refused for a wrong or old
    code; a wrong try stays counted, because this is not one transaction.
    """
    proof = use_code(petition, call.identity, code, SIGN)
    with arrival(effective_time(proof, code)):
        done = sign_petition(
            petition, replace(call, level=1, confirmed=True), as_written="name" not in answers, **answers
        )
    if done.new and (identity := call.identity) is not None:
        make = partial(confirmations.signature_confirmation, petition, done.signature, identity)
        confirm_commitment(identity, make, door=call.door, forms=confirmations.FORMS, subject=petition.code)
        if call.door in SILENT_DOORS and done.signature.channel not in SILENT_DOORS:  # a conversation asks for the code
            close_code_question("petitions.confirm", petition.code, identity.address)
    return done


@transaction.atomic
def change_signature(
    petition: Petition, call: Call, *, name: str | None = None, area: str | None = None, updates: bool = False
) -> Signed:
    """Change the name or the area of the caller's counted signature, or record that they want news; None: as it is.

    A name is shown on the petition's page, an empty one is removed. The signature counts as before. Raise Refused where
    the caller has no signature that counts, or it can be changed no more.
    """
    row = find_participation(petition.action, call.person().root()) if call.level >= 1 else None
    if row is None or row.state != Participation.State.COUNTED:
        raise Refused(_("You have not signed “%(title)s” from here.") % {"title": petition.title})
    if not may_change_signature(petition):
        raise Refused(_("The names of this petition were deleted, so nothing can be added."))
    after: dict[str, Any] = {} if name is None else shown(name, show_name=True)
    if area is not None and (not area or area in dict(known_areas())):
        after["area"] = area
    if after:
        row = change_details(row, by=call.actor(call.person()), **after)
    if updates and call.identity is not None:
        agree(call.identity, call.door)
    return Signed(petition, row, new=False, own=True, news=updates)


def use_code(petition: Petition, identity: Identity | None, code: str, purpose: str) -> Proof:
    """Use up the code that this person brings for a petition. Raise Refused if it is wrong or too old."""
    return contacts.use_code(identity, code, purpose=purpose, subject=petition.code)


@transaction.atomic
def withdraw_signature(petition: Petition, call: Call, *, receipt: str = "") -> Withdrawn:
    """Withdraw the caller's signature (only that of this ``receipt``), if there is one; they may sign again.

    To an unproved address that signed, a code is sent first; what is returned does not show whether it was. What a page
    or the desk did is confirmed to the person; a conversation answers by itself.
    """
    if call.identity is None and call.contact is None:
        request_for_address("petitions.withdraw", petition.code, call)  # the caller must not learn whether it signed
        return Withdrawn(petition, done=False)
    person = call.person().root()
    row = find_participation(petition.action, person)
    if row is None or (receipt and row.receipt != receipt):
        return Withdrawn(petition, done=False)
    counted = row.state == State.COUNTED
    if not end_participation(row, by=call.actor(person), reason="asked"):
        return Withdrawn(petition, done=False)
    if call.staff is not None:
        tell_withdrawn(petition, person)
    elif counted and (identity := row.identity) is not None:
        make = partial(confirmations.withdrawal_confirmation, petition, row, identity)
        confirm_commitment(identity, make, door=call.door)
    return Withdrawn(petition, done=True)


def tell_withdrawn(petition: Petition, person: Contact) -> None:
    """Send a person the message that the desk withdrew their signature."""
    lang = person.language or "he"
    with translation.override(lang):
        words = _(
            "Your signature under “%(title)s” was taken back at our desk. If you did not ask for it, write to us."
        )
        # A title that the public may not read is not shown here either.
        name = petition.title if may_see(None, petition) else _("Petition number %(code)s") % {"code": petition.code}
        write(person, Say(words % {"title": name}, lang=lang, subject=name))


def send_withdrawal_code(code: str, call: Call) -> None:
    """Send a withdrawal code to an address that signed this petition. Raise Refused after too many codes."""
    petition = Petition.objects.filter(action__code=code).select_related("action").first()
    identity = find_identity(call.address) if call.address is not None else None
    if petition is None or identity is None or not find_participation(petition.action, identity.contact.root()):
        return
    title = partial(confirmations.public_title, petition)
    send_code(identity, purpose=UNSIGN, why=TO_WITHDRAW, title=title, subject=petition.code, lang=call.lang)


register_answer("petitions.withdraw", send_withdrawal_code)


def confirm_withdrawal(petition: Petition, call: Call, code: str) -> Withdrawn:
    """Withdraw the signature whose withdrawal code came back. Raise Refused for a wrong code.

    A wrong try stays counted.
    """
    use_code(petition, call.identity, code, UNSIGN)
    return withdraw_signature(petition, call)


@transaction.atomic
def void_signature(signature: Participation, *, staff: Staff, reason: str) -> bool:
    """Void a signature that is not genuine (forged, a test); return False if it was void already.

    The reason is stored and not shown in public. Raise Refused without one.
    """
    if not reason.strip():
        raise Refused(_("Say why this signature is void."))
    return end_participation(
        signature, state=State.VOID, by=Actor("staff", staff.pk, "desk"), reason=reason.strip()[:200]
    )


def check_open(petition: Petition) -> None:
    """Raise Refused if the petition may not be signed now."""
    if not may_sign(petition):
        raise Refused(_("This petition takes no signatures now.") + explain_lateness(petition), code="closed")


def explain_lateness(petition: Petition) -> str:
    """Return a text with when signing ended and when the request came, for a late signer; "" if in time."""
    words = describe_lateness(petition.ends_at, petition.agency.timezone)
    return f"{words} {counting_notice()}" if words and petition.is_counting else words


def shown(name: str, show_name: bool) -> dict[str, Any]:
    """Return the signature's columns ``name`` and ``show_name``; an empty name cannot be shown."""
    tidy = name_or_empty(name, NAME_MOST)
    return {"name": tidy, "show_name": show_name and bool(tidy)}


def agree(identity: Identity, door: str) -> None:
    """Record the person's consent to news about petitions. A "no" is not recorded: it refuses nothing.

    What was agreed elsewhere still holds.
    """
    wording = _("Send me news about this petition")
    record_consent(identity, Consent.Purpose.INFORMATION, granted=True, source=door, wording=wording)
