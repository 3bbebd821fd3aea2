"""Periodic job of the simulator: send the delivery receipts of simulated messages."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from kesher.channels.models import Account
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.periodic_jobs import job
from kesher.simulator.models import SimulatedMessage
from kesher.simulator.providers.receipts import STEPS, make_receipt_webhook
from kesher.simulator.services import store_receipt_count
from kesher.site.webhook_client import NotTaken, post_webhook

BATCH = 50
PAUSE = timedelta(milliseconds=400)
TOO_OLD = timedelta(hours=1)


@job(every=1.0)
def tell_receipts() -> int:
    """Send the next delivery receipt of each simulated message that waits for one; return how many were sent."""
    now = timezone.now()
    with everywhere("simulated receipts"):
        untold = SimulatedMessage.objects.filter(mine=False, told__lt=len(STEPS))
        young = untold.filter(at__lt=now - PAUSE, at__gt=now - TOO_OLD)
        rows = list(young.order_by("id").select_related("agency")[:BATCH])
    return sum(send_next_receipt(row) for row in rows)


def send_next_receipt(row: SimulatedMessage) -> int:
    """Send one delivery receipt of a simulated message to the intake; return how many were sent, 0 or 1."""
    with scope(row.agency):
        account = Account.objects.filter(channel=row.channel, key=row.payload.get("account", "")).first()
        made = make_receipt_webhook(account, row.address, row.payload, STEPS[row.told]) if account else None
        if account is None or made is None:
            store_receipt_count(row, len(STEPS))
            return 0
        try:
            post_webhook(account.info(), made)
        except NotTaken:
            store_receipt_count(row, len(STEPS))
            return 0
        store_receipt_count(row, len(STEPS) if row.payload.get("failed") else row.told + 1)
    return 1
