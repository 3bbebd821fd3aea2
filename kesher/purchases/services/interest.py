"""Register interest in a group purchase, free and without obligation, and withdraw it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from kesher.contacts.models import Consent, Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import record_consent
from kesher.core.errors import Refused
from kesher.participation.deadlines import describe_lateness
from kesher.participation.models import Participation
from kesher.participation.services import take_part, withdraw_participation
from kesher.purchases.models import Purchase
from kesher.purchases.rules import takes_interest
from kesher.purchases.services.address_verification import identity_of, send_join_code


@dataclass(frozen=True, slots=True)
class Interested:
    """A person's interest in a purchase; ``new`` is false where they were interested already."""

    identity: Identity
    participation: Participation
    new: bool


@transaction.atomic
def register_interest(purchase: Purchase, call: Call) -> Interested:
    """Store a person's interest in a purchase and their consent to its news; it binds them to nothing.

    From an unproved address it is pending, and a code that confirms it is sent there. Raise Refused where no interest
    is gathered any more.
    """
    if not takes_interest(purchase):
        ended = describe_lateness(purchase.opens_at, purchase.agency.timezone)
        raise Refused(_("Interest is not gathered any more.") + ended, code="closed")
    identity = identity_of(call)
    by, pending = call.actor(identity.contact), call.level < 1
    row, new = take_part(purchase.action, identity, level=call.level, channel=call.door, by=by, pending=pending)
    if call.identity is None:
        send_join_code(purchase, "interest", identity, call, receipt=row.receipt)
    elif new and row.state == Participation.State.COUNTED:
        wording = _("Tell me when there is an offer")
        record_consent(identity, Consent.Purpose.INFORMATION, granted=True, source=call.door, wording=wording)
    return Interested(identity, row, new)


@transaction.atomic
def withdraw_interest(purchase: Purchase, call: Call) -> bool:
    """Withdraw a person's interest in a purchase; return whether there was one."""
    contact = call.person()
    return withdraw_participation(purchase.action, contact, by=call.actor(contact))
