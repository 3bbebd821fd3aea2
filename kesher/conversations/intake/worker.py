"""The receiving worker: takes the journal in order, in batches of one transaction, and runs the periodic jobs.

One process receives at a time (a lease says which), so that a person's events run in the order of the journal; a second
one stands by. Sending is a process of its own (`delivery/sender.py`). See docs/adr/0003-one-receiver.md.
"""

from __future__ import annotations

import json
import logging
import signal
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import F

from kesher.channels.base import Event, Kind, Request
from kesher.channels.models import Account
from kesher.conversations.models import Intake
from kesher.conversations.services.batch import Ahead, Arrival, look_ahead
from kesher.conversations.services.raw_requests import note_addresses
from kesher.conversations.services.receive import receive, respond
from kesher.conversations.services.reply_tokens import entered
from kesher.conversations.services.writer import rows_in_hand
from kesher.core.arrival import arrival
from kesher.core.ids import uuid7
from kesher.core.lease import hold
from kesher.core.live import gathering
from kesher.core.periodic import JOBS
from kesher.core.scope import everywhere, scope
from kesher.core.unit_of_work import unit_of_work
from kesher.dialogues.services import dialogues_in_hand

log = logging.getLogger("kesher.worker")

BATCH = 25
IDLE_SECONDS = 0.03
ACCOUNTS_SECONDS = 5.0
LEASE_SECONDS = 5.0
TRIES = 3


class Accounts:
    """Accounts by id and by routing key, read again every few seconds."""

    def __init__(self) -> None:
        self.read_at = 0.0
        self.by_id: dict[int, Account] = {}
        self.by_address: dict[tuple[int, str, str], Account] = {}

    def refresh(self) -> None:
        if time.monotonic() - self.read_at < ACCOUNTS_SECONDS:
            return
        with everywhere("accounts for the worker"):
            rows = list(Account.objects.select_related("agency"))
        self.by_id = {row.pk: row for row in rows}
        self.by_address = {(row.agency_id, row.channel, row.address): row for row in rows if row.address}
        self.read_at = time.monotonic()

    def of(self, event: Event, webhook: Account) -> tuple[Account, Event]:
        """The account that the provider named, with the event; the webhook's own where it named none. What a person
        sent to an account that is none of this agency's stands in nobody's conversation."""
        if not event.account or event.account == webhook.address:
            return webhook, event
        found = self.by_address.get((webhook.agency_id, webhook.channel, event.account))
        if found is not None or event.sender is None or webhook.adapter.is_addressed(event, webhook.info()):
            return found or webhook, event
        log.warning("account %s got what was sent to another account", webhook.pk)
        return webhook, of_another_account(event)


def of_another_account(event: Event) -> Event:
    """An event as it is kept for an account to which it was not sent: without who said what. The raw request has it
    all, and can be read again where the account's routing key was wrong."""
    data = {"of_another_account": event.account, "kind": str(event.kind)}
    return Event(Kind.UNKNOWN, f"of_another_account|{event.dedup_key}", at=event.at, data=data)


class Worker:
    """One receiving process."""

    def __init__(self) -> None:
        self.holder = uuid7()
        self.held_until = 0.0
        self.accounts = Accounts()
        self.due: dict[str, float] = {}
        self.running = True

    def run(self) -> None:
        """Works until it is told to stop; a database that is away is waited for."""
        while self.running:
            try:
                busy = self.step()
            except DatabaseError as error:
                log.warning("the database is away: %s", error)
                close_old_connections()
                connection.close()
                time.sleep(1)
                continue
            if not busy:
                time.sleep(IDLE_SECONDS)
        hold("receiver", self.holder, 0)  # the next one need not wait for the lease to run out

    def stop(self, *_signal: Any) -> None:
        self.running = False

    def step(self) -> bool:
        """One round: a batch of the journal, then what is due. False where there was nothing to do."""
        if time.monotonic() > self.held_until - LEASE_SECONDS / 2:
            if not hold("receiver", self.holder, LEASE_SECONDS):
                time.sleep(0.5)
                return False
            self.held_until = time.monotonic() + LEASE_SECONDS
        self.accounts.refresh()
        return bool(self.batch()) | self.jobs()

    def batch(self) -> int:
        """The oldest rows of the journal in one transaction; should one of them fail, each in its own."""
        rows = list(Intake.objects.filter(state="new").order_by("id")[:BATCH])
        if not rows:
            return 0
        try:
            with transaction.atomic(), gathering(), unit_of_work():
                arrivals = [(row, *item) for row in rows for item in self.events(row)]
                with everywhere("what a batch needs"):
                    ahead = look_ahead([(account, event) for _row, account, event in arrivals])
                    with dialogues_in_hand(ahead.people), rows_in_hand(ahead.writers):
                        for row, account, event in arrivals:
                            self.take(account, event, row.received, ahead, row.pk)
                note_addresses((row.pk, account, event) for row, account, event in arrivals)
                Intake.objects.filter(pk__in=[row.pk for row in rows]).update(state="done")
        except DatabaseError:
            if connection.connection is None or not usable():
                raise
            self.one_by_one(rows)
        except Exception:
            log.exception("a batch failed; its rows are taken one by one")
            self.one_by_one(rows)
        return len(rows)

    def one_by_one(self, rows: list[Intake]) -> None:
        """So that one bad event holds up nobody: after three tries it is kept as failed, and the desk shows it."""
        for row in rows:
            try:
                with transaction.atomic():
                    arrivals = self.events(row)
                    for account, event in arrivals:
                        with scope(account.agency_id), rows_in_hand():
                            self.take(account, event, row.received, intake=row.pk)
                    note_addresses((row.pk, account, event) for account, event in arrivals)
                    Intake.objects.filter(pk=row.pk).update(state="done")
            except Exception as error:
                log.exception("intake %s failed", row.pk)
                failed = {}
                if row.tries + 1 >= TRIES:
                    self.salvage(row)
                    failed = {"state": "failed"}
                Intake.objects.filter(pk=row.pk).update(tries=F("tries") + 1, error=repr(error)[:300], **failed)

    def salvage(self, row: Intake) -> None:
        """Take what can be taken of a request that failed for good: one event must not hide the others."""
        try:
            arrivals = self.events(row)
        except Exception:
            return  # it cannot be read at all, which was logged
        note_addresses((row.pk, account, event) for account, event in arrivals)
        for account, event in arrivals:
            try:
                with transaction.atomic(), scope(account.agency_id), rows_in_hand():
                    self.take(account, event, row.received, intake=row.pk)
            except Exception:
                log.exception("one event of intake %s failed", row.pk)

    def events(self, row: Intake) -> list[Arrival]:
        """All that one request said, in order, each with the account that it concerns."""
        webhook = self.accounts.by_id.get(row.account_id)
        if webhook is None:
            raise LookupError(f"account {row.account_id} is gone")
        request = Request("POST", row.path, row.query, json.loads(row.headers), bytes(row.body))
        parsed = [self.accounts.of(event, webhook) for event in webhook.adapter.parse(request)]
        return [(account, entered(account, event)) for account, event in parsed]

    def take(
        self,
        account: Account,
        event: Event,
        received: float,
        ahead: Ahead | None = None,
        intake: UUID | None = None,
    ) -> None:
        """One event: stored, then answered."""
        moment = datetime.fromtimestamp(received, UTC)
        with scope(account.agency_id), arrival(moment):
            message = receive(account, event, received=moment, ahead=ahead, intake=intake)
            if message is not None and event.kind != Kind.COMMENT:
                respond(message, ahead=ahead)

    def jobs(self) -> bool:
        """The periodic jobs that are due."""
        busy = False
        now = time.monotonic()
        for name, job in JOBS.items():
            if job.apart or self.due.get(name, 0.0) > now:
                continue
            self.due[name] = now + job.every
            try:
                busy |= job.run() > 0
            except DatabaseError:
                raise
            except Exception:
                log.exception("job %s failed", name)
        return busy


def usable() -> bool:
    try:
        return connection.is_usable()
    except DatabaseError:
        return False


def main(*_address: Any) -> None:
    """Runs one receiving process until SIGTERM. It listens nowhere."""
    worker = Worker()
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    worker.run()


def pending() -> int:
    """How much of the journal was not processed yet (bounded)."""
    return len(Intake.objects.filter(state="new").values_list("id")[:1000])
