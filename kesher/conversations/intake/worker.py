"""The receiving worker process: handles stored webhook requests in order, in batches, and runs periodic jobs.

One process receives at a time (by a lease), so that a person's events are processed in the order of the journal; a
second one stands by. Sending is a process of its own (`delivery/sender.py`). See docs/adr/0003-one-receiver.md.
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
from kesher.conversations.services.erasure import note_addresses
from kesher.conversations.services.events.lookups import Arrival, read_ahead
from kesher.conversations.services.events.reply_tokens import enter_thread
from kesher.conversations.services.receive import receive, respond
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.db.batch import batch, in_batch
from kesher.core.db.ids import uuid7
from kesher.core.http.arrival_time import arrival
from kesher.core.periodic_jobs import JOBS
from kesher.core.process_lease import hold_lease

log = logging.getLogger("kesher.worker")

BATCH = 25
IDLE_SECONDS = 0.03
ACCOUNTS_SECONDS = 5.0
LEASE_SECONDS = 5.0
TRIES = 3


class Accounts:
    """A cache of the accounts by id and by routing key, refreshed every few seconds."""

    def __init__(self) -> None:
        """Begin with an empty cache, which the first `refresh` fills."""
        self.read_at = 0.0
        self.by_id: dict[int, Account] = {}
        self.by_address: dict[tuple[int, str, str], Account] = {}

    def refresh(self) -> None:
        """Read all active accounts from the database again, if they were read too long ago."""
        if time.monotonic() - self.read_at < ACCOUNTS_SECONDS:
            return
        with everywhere("accounts for the worker"):
            rows = list(Account.objects.select_related("agency"))
        self.by_id = {row.pk: row for row in rows}
        self.by_address = {(row.agency_id, row.channel, row.address): row for row in rows if row.address}
        self.read_at = time.monotonic()

    def get(self, pk: int) -> Account | None:
        """Return an account, also one that was connected since they were read; None if it is gone."""
        if pk not in self.by_id:
            self.read_at = float("-inf")
            self.refresh()
        return self.by_id.get(pk)

    def of(self, event: Event, webhook: Account) -> tuple[Account, Event]:
        """Return the account to which the provider sent an event, with the event; else the webhook's account.

        What was sent to an account of another agency enters no conversation.
        """
        if not event.account or event.account == webhook.address:
            return webhook, event
        found = self.by_address.get((webhook.agency_id, webhook.channel, event.account))
        if found is not None or event.sender is None or webhook.adapter.is_addressed(event, webhook.info()):
            return found or webhook, event
        log.warning("account %s got what was sent to another account", webhook.pk)
        return webhook, strip_misaddressed(event)


def strip_misaddressed(event: Event) -> Event:
    """Return an event that a provider meant for another account, without its sender and text.

    The raw request has both, and can be read again if the account's routing key was wrong.
    """
    data = {"of_another_account": event.account, "kind": str(event.kind)}
    return Event(Kind.UNKNOWN, f"of_another_account|{event.dedup_key}", at=event.at, data=data)


class Worker:
    """One receiving process."""

    def __init__(self) -> None:
        """Begin without a lease and with all periodic jobs due."""
        self.holder = uuid7()
        self.held_until = 0.0
        self.accounts = Accounts()
        self.due: dict[str, float] = {}
        self.running = True

    def run(self) -> None:
        """Process the journal and the periodic jobs until stopped; wait while the database is down."""
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
        hold_lease("receiver", self.holder, 0)  # the next process need not wait for the lease to expire

    def stop(self, *_signal: Any) -> None:
        """Make `run` end after its current round."""
        self.running = False

    def step(self) -> bool:
        """Process a batch of the journal, then run the due jobs; return whether anything was done."""
        if time.monotonic() > self.held_until - LEASE_SECONDS / 2:
            if not hold_lease("receiver", self.holder, LEASE_SECONDS):
                time.sleep(0.5)
                return False
            self.held_until = time.monotonic() + LEASE_SECONDS
        self.accounts.refresh()
        return bool(self.batch()) | self.jobs()

    def batch(self) -> int:
        """Process the journal's oldest rows in one transaction, else one by one; return how many rows."""
        rows = list(Intake.objects.filter(state="new").order_by("id")[:BATCH])
        if not rows:
            return 0
        try:
            with transaction.atomic(), batch():
                self.process_rows(rows)
        except DatabaseError:
            if connection.connection is None or not is_connection_usable():
                raise
            self.one_by_one(rows)
        except Exception:
            log.exception("a batch failed; its rows are taken one by one")
            self.one_by_one(rows)
        return len(rows)

    def process_rows(self, rows: list[Intake]) -> None:
        """Process the events of these journal rows in order, and set the rows to done."""
        arrivals = [(row, *item) for row in rows for item in self.parse_events(row)]
        if in_batch():
            with everywhere("what a batch needs"):
                read_ahead([(account, event) for _row, account, event in arrivals])
        for row, account, event in arrivals:
            self.process_event(account, event, row.received, row.pk)
        note_addresses((row.pk, account, event) for row, account, event in arrivals)
        Intake.objects.filter(pk__in=[row.pk for row in rows]).update(state="done")

    def one_by_one(self, rows: list[Intake]) -> None:
        """Process each journal row in its own transaction, so that one bad event blocks no other.

        After three tries a row is stored as failed, and the desk shows it.
        """
        for row in rows:
            try:
                with transaction.atomic():
                    self.process_rows([row])
            except Exception as error:
                log.exception("intake %s failed", row.pk)
                failed = {}
                if row.tries + 1 >= TRIES:
                    self.salvage(row)
                    failed = {"state": "failed"}
                Intake.objects.filter(pk=row.pk).update(tries=F("tries") + 1, error=repr(error)[:300], **failed)

    def salvage(self, row: Intake) -> None:
        """Store those events of a failed request that can be read, after its last try."""
        try:
            arrivals = self.parse_events(row)
        except Exception:
            return  # it cannot be read at all; that was logged
        note_addresses((row.pk, account, event) for account, event in arrivals)
        for account, event in arrivals:
            try:
                with transaction.atomic():
                    self.process_event(account, event, row.received, row.pk)
            except Exception:
                log.exception("one event of intake %s failed", row.pk)

    def parse_events(self, row: Intake) -> list[Arrival]:
        """Return the events in one stored request, in order, each with its account."""
        webhook = self.accounts.get(row.account_id)
        if webhook is None:
            raise LookupError(f"account {row.account_id} is gone")
        request = Request("POST", row.path, row.query, json.loads(row.headers), bytes(row.body))
        parsed = [self.accounts.of(event, webhook) for event in webhook.adapter.parse(request)]
        return [(account, enter_thread(account, event)) for account, event in parsed]

    def process_event(self, account: Account, event: Event, received: float, intake: UUID | None = None) -> None:
        """Store one provider event and, if it is a message, send the bot's answer."""
        moment = datetime.fromtimestamp(received, UTC)
        with scope(account.agency_id), arrival(moment):
            message = receive(account, event, received=moment, intake=intake)
            if message is not None:
                respond(message)

    def jobs(self) -> bool:
        """Run the periodic jobs that are due; return whether any did something."""
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


def is_connection_usable() -> bool:
    """Return whether the database connection works."""
    try:
        return connection.is_usable()
    except DatabaseError:
        return False


def main(*_address: Any) -> None:
    """Run the process that handles received requests, until SIGTERM. It listens on no port."""
    worker = Worker()
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    worker.run()


def count_pending() -> int:
    """Return how many rows of the journal wait to be processed (at most 1000)."""
    return len(Intake.objects.filter(state="new").values_list("id")[:1000])
