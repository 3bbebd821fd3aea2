"""Signing on the page, by the thousands: the same verb as `signing.sign`, in as few statements as it can be.

Whoever this browser knows signs at once. A new address is noted with its pending signature, and the worker writes the
letter with the code, or the confirmation, a moment later, so that a crowd at the door does not wait for the post.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from threading import Lock

from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kesher.contacts.addresses import normalize_address
from kesher.contacts.models import Identity
from kesher.contacts.services import count_message_or_refuse, create_identity, find_identity
from kesher.conversations.services import confirm_commitment, send_code
from kesher.core.address import Address
from kesher.core.arrival import arrival
from kesher.core.errors import Refused
from kesher.core.scope import everywhere, scope
from kesher.participation.models import CodeDue, Participation
from kesher.participation.services import add_participation
from kesher.petitions.models import Petition
from kesher.petitions.services import confirmations
from kesher.petitions.services.signatures import SIGN, Signed, agree, check_open, confirmation_link, person, shown

LETTERS = 40  # a round, of which there are three a second
IN_A_CROWD = 3  # confirmations a round while people sign
CALM = timedelta(seconds=3)
TURN = Lock()


@contextmanager
def in_turn() -> Iterator[None]:
    """SQLite lets one writer in, and whoever finds it busy sleeps and tries again: in a crowd somebody would wait for
    ever. Those of this process queue up instead."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with TURN:
        yield


def sign_known(
    petition: Petition,
    identity: Identity,
    *,
    alone: bool = False,
    name: str = "",
    show_name: bool = False,
    updates: bool = False,
    area: str = "",
    net: str = "",
    door: str = "web",
) -> Signed:
    """A person whose address was proved in this browser signs at once, at the level to which it is proved. ``alone``:
    see `participation.add_participation`. Raises Refused where the petition may not be signed now."""
    check_open(petition)

    def put(alone: bool) -> Signed:
        with in_turn(), transaction.atomic():
            row, new = add_participation(
                petition.action,
                identity,
                level=identity.assurance,
                channel=door,
                by=person(identity, door),
                area=area,
                net=net,
                alone=alone,
                confirm_in=(get_language() or "he")[:2],
                **shown(name, show_name),
            )
            if updates:
                agree(identity, door)
            return Signed(row, new)

    try:
        return put(alone)
    except IntegrityError:
        return put(False)  # he has a signature here: that one stands


def ask_to_sign(
    petition: Petition,
    address: Address,
    *,
    name: str = "",
    show_name: bool = False,
    updates: bool = False,
    area: str = "",
    net: str = "",
    lang: str = "he",
    door: str = "web",
    again: bool = False,
) -> None:
    """Somebody gives an address: his signature waits, and the worker sends a code and a link there. What is said and
    done is the same whether or not that address had signed, so that nobody learns it. ``again``: another code for the
    signature as it was written. Raises Refused."""
    check_open(petition)

    def note(*, first: bool) -> None:
        with in_turn(), transaction.atomic():
            identity = find_identity(address)
            fresh = identity is None
            if identity is None:
                identity = create_identity(normalize_address(address), language=lang)
            row, new = add_participation(
                petition.action,
                identity,
                level=0,
                channel=door,
                by=person(identity, door),
                pending=True,
                area=area,
                net=net,
                alone=fresh and first,  # an address that nobody has may have been an erased person's
                **shown(name, show_name),
            )
            if not new and not again:
                # Sent again, perhaps with the name corrected; a counted signature stays as it was confirmed.
                waiting = Participation.objects.filter(pk=row.pk, state=Participation.State.PENDING)
                waiting.update(**shown(name, show_name))
            if fresh or not CodeDue.objects.filter(row=row).exists():  # else that letter is not written yet
                count_message_or_refuse(identity, is_code=True, fresh=fresh)
                due = CodeDue(agency_id=row.agency_id, row=row, lang=lang, updates=updates)
                CodeDue.objects.bulk_create([due], ignore_conflicts=True)
            elif again:
                raise Refused(_("A code is on its way already. It can take a minute."))

    try:
        note(first=True)
    except IntegrityError:
        note(first=False)  # another door met this person in the same instant


def send_due_codes() -> int:
    """Write the letters that the page left for the worker; return how many. A letter that fails is tried again. Codes
    come first, since people wait for them; confirmations come slowly while a crowd signs, to leave it the database."""
    with everywhere("codes that people wait for"):
        due = CodeDue.objects.filter(row__action__kind="petition").order_by("id")
        due = due.select_related("row__action__petition", "row__identity__contact")
        rows = list(due.filter(counted=False)[:LETTERS])
        newest = CodeDue.objects.filter(counted=True).order_by("-id").values_list("asked_at", flat=True).first()
        if newest is not None:
            crowd = newest > timezone.now() - CALM
            rows += due.filter(counted=True)[: IN_A_CROWD if crowd else LETTERS]
    for one in rows:
        with scope(one.agency_id):
            send_due_code(one)
    return len(rows)


@transaction.atomic
def send_due_code(due: CodeDue) -> None:
    """One letter, once: the note goes in the transaction that queues it."""
    deleted, _rows = CodeDue.objects.filter(pk=due.pk).delete()
    row = due.row
    if not deleted or row.identity is None:
        return
    petition = row.action.petition
    petition.action = row.action
    if due.counted:
        confirm_signed(petition, row, row.identity, due.lang)
        return
    link = confirmation_link(petition, row, updates=due.updates)
    try:
        with arrival(due.asked_at):
            send_code(row.identity, purpose=SIGN, subject=petition.code, lang=due.lang, link=link, admitted=True)
    except Refused:
        return  # no account any more: whoever asks again is told


def confirm_signed(petition: Petition, row: Participation, identity: Identity, lang: str) -> None:
    """The confirmation of a signature that counted at once, in the language of its page; none where it was taken back
    meanwhile."""
    if row.state == Participation.State.COUNTED:
        with translation.override(lang):
            make = partial(confirmations.signed, petition, row, identity)
            confirm_commitment(identity, make, door="web", forms=confirmations.FORMS, subject=petition.code)
