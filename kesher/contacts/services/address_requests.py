"""Do what was asked for an address that may be unknown here in the worker, so that no page's time tells whose it is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from django.db import transaction

from kesher.contacts.models import AddressRequest
from kesher.contacts.service_caller import Call
from kesher.contacts.services.unverified_addresses import SEALED, network_digest
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import current_agency_id, everywhere, scope
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrival
from kesher.core.http.client_ip import caused_by, current_cause

AT_ONCE = 40  # requests a round, of which there are two a second
Answer = Callable[[str, Call], None]
ANSWERS: dict[str, Answer] = {}


def register_answer(kind: str, answer: Answer) -> None:
    """Let the worker call a function for requests of this kind: with the subject and the `Call`.

    It may raise Refused, which nobody hears of.
    """
    ANSWERS[kind] = answer


def request_for_address(kind: str, subject: str, call: Call) -> None:
    """Store a request for the address of a call; the worker answers it."""
    assert call.address is not None
    agency_id = current_agency_id()
    AddressRequest.objects.create(
        agency_id=agency_id,
        kind=kind,
        subject=subject,
        scheme=call.address.scheme,
        address=call.address.address,
        door=call.door,
        lang=call.lang,
        network=network_digest(current_cause(), agency_id),
    )


def answer_requests() -> int:
    """Answer the requests that wait, oldest first; return how many."""
    with everywhere("requests for addresses that may be unknown"):
        rows = list(AddressRequest.objects.order_by("id")[:AT_ONCE])
    for row in rows:
        with scope(row.agency_id):
            answer_request(row)
    return len(rows)


@transaction.atomic
def answer_request(row: AddressRequest) -> None:
    """Answer one request as of when it was asked, once; delete it also if it is refused."""
    deleted, _rows = AddressRequest.objects.filter(pk=row.pk).delete()
    answer = ANSWERS.get(row.kind)
    if not deleted or answer is None:
        return
    call = Call(door=row.door, lang=row.lang, address=Address(row.scheme, row.address))
    with suppress(Refused), caused_by(f"{SEALED}{row.network}"), arrival(row.asked_at), transaction.atomic():
        answer(row.subject, call)
