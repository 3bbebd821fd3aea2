"""Send the confirmation codes of signatures from the worker, so that signing never waits for it."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial

from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone, translation

from kesher.contacts.services import read_open_codes
from kesher.conversations.services import confirm_commitment, read_recipients
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.db.batch import batch
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrival
from kesher.participation.models import CodeDue, Participation
from kesher.petitions.services import confirmations
from kesher.petitions.services.signatures import confirmation_link, send_signing_code

log = logging.getLogger("kesher.petitions")

MESSAGES = 40  # a round, of which there are three a second
MESSAGES_IN_CROWD = 3  # confirmations a round while people sign
CALM = timedelta(seconds=3)


def send_due_codes() -> int:
    """Send the signature codes and confirmations that are due; return how many. A failed one is tried again.

    Codes come first, since people wait for them; confirmations come slowly while a crowd signs, to leave it the
    database.
    """
    try:
        codes = send_codes_together()
    except Exception:  # perhaps one of them: the others must not wait for it
        log.exception("codes that are due are sent one by one")
        codes = send_one_by_one(counted=False, most=MESSAGES)
    with everywhere("confirmations that are due"):
        newest = CodeDue.objects.filter(counted=True).order_by("-id").values_list("asked_at", flat=True).first()
    if newest is None:
        return codes
    crowd = newest > timezone.now() - CALM
    return codes + send_one_by_one(counted=True, most=MESSAGES_IN_CROWD if crowd else MESSAGES)


def due_messages(*, counted: bool) -> QuerySet[CodeDue]:
    """Return the codes, or the confirmations (``counted``), that are due, oldest first."""
    rows = CodeDue.objects.filter(row__action__kind="petition", counted=counted).order_by("id")
    return rows.select_related("agency", "row__action__petition", "row__identity__contact__merged_into")


def send_codes_together() -> int:
    """Send the codes that are due in one transaction, with one statement a table; return how many.

    One by one they cost four times as much, and a crowd waits for its codes.
    """
    with transaction.atomic(), batch():
        with everywhere("codes that people wait for"):
            rows = list(due_messages(counted=False).select_for_update(of=("self",), skip_locked=True)[:MESSAGES])
            identities = list({one.row.identity for one in rows if one.row.identity is not None})
            if identities:
                read_recipients(identities)
                read_open_codes(identities)
            CodeDue.objects.filter(pk__in=[one.pk for one in rows]).delete()
        for one in rows:
            with scope(one.agency):
                send_code_due(one)
    return len(rows)


def send_one_by_one(*, counted: bool, most: int) -> int:
    """Send the codes or confirmations that are due, each in its own transaction; return how many."""
    with everywhere("codes and confirmations that are due"):
        rows = list(due_messages(counted=counted)[:most])
    for one in rows:
        try:
            with scope(one.agency), transaction.atomic():
                deleted, _rows = CodeDue.objects.filter(pk=one.pk).delete()
                if deleted:
                    send_confirmation_due(one) if counted else send_code_due(one)
        except DatabaseError:
            raise
        except Exception:
            log.exception("the message of %s could not be sent", one.row_id)
    return len(rows)


def send_confirmation_due(due: CodeDue) -> None:
    """Send one signer the confirmation that is due, unless they withdrew meanwhile."""
    row, petition = due.row, due.row.action.petition
    petition.action = row.action
    if row.identity is None or row.state != Participation.State.COUNTED:
        return
    make = partial(confirmations.signature_confirmation, petition, row, row.identity)
    with translation.override(due.lang):
        confirm_commitment(row.identity, make, door="web", forms=confirmations.FORMS, subject=petition.code)


def send_code_due(due: CodeDue) -> None:
    """Send one signer the code that is due. Where no account can send it, their next request says so."""
    row, petition = due.row, due.row.action.petition
    petition.action = row.action
    if row.identity is None:
        return
    link = confirmation_link(petition, row.receipt, updates=due.updates)
    try:
        with arrival(due.asked_at):
            send_signing_code(petition, row.identity, lang=due.lang, link=link, admitted=True)
    except Refused:
        return
