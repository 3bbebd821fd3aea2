"""Do at a provider what its events ask for: accept an invitation, leave a room.

An event that asks waits as `parked` until it is done, or was tried in vain for ten minutes.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kesher.channels.base import ChannelError, Kind
from kesher.channels.secret_redaction import redact
from kesher.channels.services.provider_calls import call_provider
from kesher.conversations.models import ChannelEvent
from kesher.core.db.agency_scope import everywhere, scope

log = logging.getLogger("kesher.channels")

AT_ONCE = 20
PAUSES = (0, 2, 10, 60, 600)  # seconds after the event before which each further try is not made
MOST_AN_ACCOUNT = 5  # in one round, so that a provider that does not answer keeps nobody else waiting for long


def settle_waiting() -> int:
    """Make the calls that the oldest waiting events ask for; return how many events are done."""
    with everywhere("what providers' events ask for"):
        waiting = ChannelEvent.objects.filter(kind=Kind.ACCOUNT, state=ChannelEvent.State.PARKED)
        rows = list(waiting.select_related("account__agency").order_by("pk")[: AT_ONCE * 5])
    done, asked, silent = 0, dict[int, int](), set[int]()
    for row in [row for row in rows if is_due(row)][:AT_ONCE]:
        asked[row.account_id] = asked.get(row.account_id, 0) + 1
        if row.account_id in silent or asked[row.account_id] > MOST_AN_ACCOUNT:
            continue
        state = settle(row)
        if state is None:
            silent.add(row.account_id)
        note_settled(row, state)
        done += state is not None
    return done


def is_due(row: ChannelEvent) -> bool:
    """Return whether it is time for the next try of an event."""
    return row.at + timedelta(seconds=PAUSES[int(row.data.get("tries", 0))]) <= timezone.now()


def settle(row: ChannelEvent) -> str | None:
    """Make the calls that an event asks for; return the event's state, None if they are to be tried again."""
    account = row.account
    info = account.info(account.agency.public_url)
    if not account.is_active:
        return ChannelEvent.State.IGNORED
    try:
        call_provider(lambda client: account.adapter.settle(row.data["settle"], info, client))
    except ChannelError as error:
        log.warning("account %s: %s", account.pk, redact(str(error), (info.token, *info.secrets)))
        last = int(row.data.get("tries", 0)) + 1 >= len(PAUSES)
        return ChannelEvent.State.IGNORED if error.permanent or last else None
    return ChannelEvent.State.APPLIED


@transaction.atomic
def note_settled(row: ChannelEvent, state: str | None) -> None:
    """Store that an event's calls were made, or that they failed once more."""
    with scope(row.agency_id):
        if state is None:
            row.data = {**row.data, "tries": int(row.data.get("tries", 0)) + 1}
        row.state = state or row.state
        row.save(update_fields=["state", "data"])
