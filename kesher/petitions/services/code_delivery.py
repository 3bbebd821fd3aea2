"""Send the confirmation codes of signatures from the worker, so that signing never waits for it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone, translation

from kesher.conversations.services import confirm_commitment
from kesher.core.agency_scope import everywhere, scope
from kesher.core.arrival_time import arrival
from kesher.core.errors import Refused
from kesher.participation.models import CodeDue, Participation
from kesher.petitions.services import confirmations
from kesher.petitions.services.signatures import confirmation_link, send_signing_code

MESSAGES = 40  # a round, of which there are three a second
MESSAGES_IN_CROWD = 3  # confirmations a round while people sign
CALM = timedelta(seconds=3)


def send_due_codes() -> int:
    """Send the signature codes and confirmations that are due; return how many. A failed one is tried again.

    Codes come first, since people wait for them; confirmations come slowly while a crowd signs, to leave it the
    database.
    """
    with everywhere("codes that people wait for"):
        due = CodeDue.objects.filter(row__action__kind="petition").order_by("id")
        due = due.select_related("row__action__petition", "row__identity__contact")
        rows = list(due.filter(counted=False)[:MESSAGES])
        newest = CodeDue.objects.filter(counted=True).order_by("-id").values_list("asked_at", flat=True).first()
        if newest is not None:
            crowd = newest > timezone.now() - CALM
            rows += due.filter(counted=True)[: MESSAGES_IN_CROWD if crowd else MESSAGES]
    for one in rows:
        with scope(one.agency_id):
            send_due_code(one)
    return len(rows)


@transaction.atomic
def send_due_code(due: CodeDue) -> None:
    """Send one signer the code or confirmation that is due, once.

    Its row is deleted in the transaction that queues the message.
    """
    deleted, _rows = CodeDue.objects.filter(pk=due.pk).delete()
    row = due.row
    if not deleted or row.identity is None:
        return
    petition = row.action.petition
    petition.action = row.action
    if due.counted:
        if row.state == Participation.State.COUNTED:  # else it was withdrawn meanwhile
            make = partial(confirmations.signature_confirmation, petition, row, row.identity)
            with translation.override(due.lang):
                confirm_commitment(row.identity, make, door="web", forms=confirmations.FORMS, subject=petition.code)
        return
    link = confirmation_link(petition, row.receipt, updates=due.updates)
    try:
        with arrival(due.asked_at):
            send_signing_code(petition, row.identity, lang=due.lang, link=link, admitted=True)
    except Refused:
        return  # no account can send it: the next request says so
