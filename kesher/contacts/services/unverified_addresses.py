"""Count messages to addresses that nobody has proved, and refuse those over the limits.

A sender calls `count_message_or_refuse` first. An address is open from the first message that a request caused until
its code comes back or a day has passed. Simultaneous first messages of one network may exceed its limit by as many
requests as run at that moment; an address never gets more than its own limit.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import Aggregate, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency
from kesher.contacts.addresses import mailbox_of
from kesher.contacts.models import Identity, Proof, UnprovedAddress
from kesher.contacts.rules import (
    COSTLY,
    DAY,
    HOUR,
    MessageRequest,
    find_limit,
    is_number_allowed,
    message_limit,
    open_address_limit,
)
from kesher.core.audit import SYSTEM, audit
from kesher.core.db.agency_scope import everywhere
from kesher.core.db.prepared_query import Prepared, insert
from kesher.core.errors import Refused
from kesher.core.http.client_ip import STAFF, current_cause

STORED_FOR = timedelta(days=2)
SEALED = "sealed:"  # the prefix of a cause that is a network's digest, as stored with a visitor's message
OPEN = Q(proved_at=None)
COUNTS = (
    *("unproved_a_day", "countries", "unproved_alarm_at", "open", "proved", "costly_open", "costly_proved"),
    *("agency_open", "unreturned", "messages", "last", "proved_at"),
)
log = logging.getLogger("kesher.limits")


class MessageLimitReached(Refused):
    """A message was not sent because a limit is reached.

    ``code`` is "limit"; ``why`` names the limit. The caller offers the ways that cost nothing.
    """

    def __init__(self, why: str) -> None:
        """Explain the limit ``why`` ("address", "network", "country", "agency") and what to do."""
        words = {
            "address": _("We sent as many codes to this address as we may for now."),
            "network": _("More codes are asked for from your network just now than come back to us."),
            "country": _("We cannot send codes to numbers of this kind."),
            "agency": _("More codes are asked for today than we may send."),
        }
        offer = _("You can do it without a code: write to us yourself, from your own phone or mailbox.")
        if current_cause().startswith("door:"):  # they wrote or called, but their provider does not vouch for it
            offer = _("This way nobody confirms who you are, so it needs a code. Write to us from your phone.")
        super().__init__(f"{words[why]} {offer}", code="limit")
        self.why = why


def count_message_or_refuse(identity: Identity, *, is_code: bool = False, fresh: bool = False) -> None:
    """Count one message to an address that the requester has not proved; raise if over a limit.

    Raise MessageLimitReached. A proved address is counted if a code goes to it (``is_code``), until that comes back;
    other messages may go there. ``fresh``: the address was created in this transaction, so nothing was counted for it.
    One query that reads and one that writes.
    """
    known = identity.assurance >= 1
    if identity.scheme == "web" or (known and not is_code):
        return
    now, cause = timezone.now(), current_cause()
    start = {
        "network": network_digest(cause, identity.agency_id),
        "mailbox": keyed_digest(mailbox_of(identity.scheme, identity.address), identity.agency_id),
        "costs": identity.scheme in COSTLY,
        "last_at": now,
        "proved_at": None,
    }
    counts = read_counts(identity, start, now)
    asked = build_message_request(identity, counts, cause, now)
    why = find_limit(asked)
    if why:
        raise MessageLimitReached(why)
    more = Q() if asked.by_staff else Q(messages__lt=message_limit(known=known))
    count_message(identity, start, more, fresh=fresh, seen=counts["last"] is not None)
    heard = counts["unproved_alarm_at"] is not None and counts["unproved_alarm_at"] > now - DAY
    if not heard and not asked.counted and 2 * (asked.agency_open + 1) >= asked.agency_most:
        raise_alarm(identity.agency_id, asked.agency_open + 1, asked.agency_most, now)


def build_message_request(identity: Identity, counts: Mapping[str, Any], cause: str, now: datetime) -> MessageRequest:
    """Return a message and the counts so far as the `MessageRequest` that `rules.find_limit` judges."""
    known, by_staff = identity.assurance >= 1, cause == STAFF
    today = counts["last"] is not None and counts["last"] > now - DAY
    return MessageRequest(
        known=known,
        by_staff=by_staff,
        number_allowed=known
        or is_number_allowed(identity.scheme, identity.address, counts["countries"], anywhere=by_staff),
        counted=bool(today and counts["proved_at"] is None),
        messages=counts["messages"],
        unreturned=counts["unreturned"],
        most=open_address_limit(cause),
        open=counts["open"],
        proved=counts["proved"],
        costly_open=counts["costly_open"],
        costly_proved=counts["costly_proved"],
        agency_most=counts["unproved_a_day"],
        agency_open=counts["agency_open"],
    )


def read_counts(identity: Identity, start: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return {name: limit or count} for the agency, the requester's network and the address, in one query."""
    network = start["network"]
    values = (identity.agency_id, identity.pk, network, start["mailbox"], now - DAY, now - HOUR)
    found = dict(zip(COUNTS, query_counts(*values)[0], strict=True))
    if not network:
        found |= {"open": 0, "proved": 0}
    if not network or not start["costs"]:
        found |= {"costly_open": 0, "costly_proved": 0}
    return found


@Prepared.of(int, int, str, str, datetime, datetime)
def query_counts(
    agency: int, identity: int, network: str, mailbox: str, day: datetime, hour: datetime
) -> QuerySet[Agency, tuple[Any, ...]]:
    """Return a queryset of `COUNTS` for an agency, as a tuple; ``day`` and ``hour``: so long ago.

    Several spellings of one mailbox that were proved count as one.
    """
    rows = UnprovedAddress.objects.filter(agency=OuterRef("pk"))
    today, mine = rows.filter(OPEN, last_at__gt=day), rows.filter(identity=identity)
    open_here, proved_here = today.filter(network=network), rows.filter(network=network, proved_at__gt=hour)
    mailboxes = Count("mailbox", distinct=True)
    codes = Proof.objects.filter(agency=OuterRef("pk"), identity=identity, used_at=None, created__gt=hour)
    found = Agency.objects.filter(pk=agency).annotate(
        open=count_subquery(open_here),
        proved=count_subquery(proved_here, mailboxes),
        costly_open=count_subquery(open_here.filter(costs=True)),
        costly_proved=count_subquery(proved_here.filter(costs=True), mailboxes),
        agency_open=count_subquery(today),
        unreturned=count_subquery(codes),
        messages=count_subquery(today.filter(mailbox=mailbox), Sum("messages")),
        last=Subquery(mine.values("last_at")[:1]),
        proved_at=Subquery(mine.values("proved_at")[:1]),
    )
    return found.values_list(*COUNTS)


def count_subquery(rows: Any, number: Aggregate | None = None) -> Coalesce:
    """Return a subquery for the number of these rows, or for another aggregate over them."""
    count = rows.order_by().values("agency").annotate(n=number or Count("pk")).values("n")
    return Coalesce(Subquery(count), 0, output_field=IntegerField())


def count_message(identity: Identity, start: Mapping[str, Any], more: Q, *, fresh: bool, seen: bool) -> None:
    """Add 1 to the messages that this address got today; raise MessageLimitReached if ``more`` forbids it.

    ``more``: the condition under which it may get another.
    """
    if fresh:
        insert(UnprovedAddress(agency_id=identity.agency_id, identity=identity, messages=1, **start))
        return
    mine, now = UnprovedAddress.objects.filter(identity=identity.pk), start["last_at"]
    if not seen:
        row = UnprovedAddress(agency_id=identity.agency_id, identity=identity, messages=0, **start)
        UnprovedAddress.objects.bulk_create([row], ignore_conflicts=True)
    if mine.filter(OPEN, more, last_at__gt=now - DAY).update(messages=F("messages") + 1, last_at=now):
        return
    if not mine.exclude(OPEN, last_at__gt=now - DAY).update(messages=1, **start):
        raise MessageLimitReached("address")


def note_proved(identity: Identity) -> None:
    """Record that an address was proved, so that it no longer counts against the limit of its requester."""
    UnprovedAddress.objects.filter(OPEN, identity=identity.pk).update(proved_at=timezone.now())


def network_digest(cause: str, agency_id: int) -> str:
    """Return the keyed digest by which a requester is counted; "" where only the agency's limit applies."""
    if cause.startswith(SEALED):
        return cause.removeprefix(SEALED)
    return keyed_digest(cause, agency_id) if open_address_limit(cause) is not None else ""


def keyed_digest(said: str, agency_id: int) -> str:
    """Return a short HMAC of a network or mailbox, under which it may be stored for a day."""
    return hmac.digest(f"{settings.SECRET_KEY}:unproved:{agency_id}".encode(), said.encode(), sha256).hex()[:16]


def raise_alarm(agency_id: int, found: int, most: int, now: datetime) -> None:
    """Warn in the log, the audit and the desk, once a day, that half of a day's limit is used."""
    quiet = Q(unproved_alarm_at=None) | Q(unproved_alarm_at__lt=now - DAY)
    if Agency.objects.filter(quiet, pk=agency_id).update(unproved_alarm_at=now):
        audit("contacts.unproved_alarm", by=SYSTEM, addresses=found, most=most)
        log.warning("%s of %s addresses that nobody proved got messages within a day", found, most)


def forget_unproved() -> int:
    """Delete the rows of unproved addresses that are too old to count, and return how many."""
    with everywhere("addresses that nobody proved, of the day before"):
        old = UnprovedAddress.objects.filter(last_at__lt=timezone.now() - STORED_FOR).order_by("last_at")[:2000]
        deleted, _rows = UnprovedAddress.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
    return deleted
