"""What reached us while no worker ran: rows of the journal with a moment of their own, and the worker that goes on."""

from __future__ import annotations

import json
from datetime import datetime

from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.conversations.intake.worker import Worker
from kesher.conversations.models import Intake, Message


def journal(account: Account, who: Address, text: str, at: datetime) -> None:
    """The person wrote this; it reached us ``at`` that moment, and nobody has handled it."""
    say = {"id": f"late-{Intake.objects.count()}", "text": text}
    request = account.adapter.simulate(who, say, account.info("https://city.example"))
    assert request is not None
    Intake.objects.create(
        account_id=account.pk,
        received=at.timestamp(),
        path=request.path,
        query=request.query,
        headers=json.dumps(request.headers),
        body=request.body,
    )


def work() -> str:
    """The worker takes all that waits; returns the words of the last answer."""
    worker = Worker()
    worker.accounts.refresh()
    while worker.batch():
        pass
    answer = Message.objects.filter(direction="out").order_by("-id").first()
    return answer.text if answer else ""
