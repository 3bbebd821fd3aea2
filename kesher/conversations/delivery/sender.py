"""The sending process: sends queued messages to the providers, downloads attachments, polls mailboxes.

It sends one message at a time to each person, as fast as each account allows.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.db.models import Q

from kesher.channels.base import AccountInfo, ChannelError, Media, Request
from kesher.channels.http_client import GuardedClient
from kesher.channels.models import Account
from kesher.channels.secret_redaction import redact
from kesher.conversations.delivery import leases
from kesher.conversations.delivery.background_jobs import SlowJobs
from kesher.conversations.delivery.leases import Job, Outcome
from kesher.conversations.models import Intake
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.db.ids import uuid7
from kesher.core.files.attachments import finish_attachment
from kesher.core.models import Attachment
from kesher.core.process_lease import hold_lease

log = logging.getLogger("kesher.sender")

IDLE_SECONDS = 0.05
SWEEP_SECONDS = 5.0
ALIVE_SECONDS = 15.0
FILES_AT_ONCE = 16
FILE_TRIES = 5


class Bucket:
    """The token bucket of an account: filled at its rate, with at most one second's worth."""

    def __init__(self, rate: float) -> None:
        """Begin full: ``rate`` tokens (at least one), refilled at ``rate`` a second."""
        self.rate = rate
        self.tokens = max(1.0, rate)
        self.at = time.monotonic()

    async def take(self) -> None:
        """Wait until a token is free and take it, so that no more than ``rate`` a second are taken."""
        now = time.monotonic()
        self.tokens = min(max(1.0, self.rate), self.tokens + (now - self.at) * self.rate)
        self.at = now
        self.tokens -= 1
        if self.tokens < 0:
            await asyncio.sleep(-self.tokens / self.rate)


class Sender:
    """One sending process."""

    def __init__(self, client: GuardedClient) -> None:
        """Begin with nothing leased, nothing in flight and no listener; ``client`` makes the requests."""
        self.client = client
        self.holder = uuid7()
        self.buckets: dict[int, Bucket] = {}
        self.last_to: dict[tuple[int, int], float] = defaultdict(float)
        self.running = True
        self.tasks: set[asyncio.Task[None]] = set()
        self.held: set[int] = set()  # leased deliveries whose outcome is not recorded yet
        self.done: list[Outcome] = []
        self.fetching: dict[int, asyncio.Task[None]] = {}  # by attachment; a slow file delays no message
        self.listening: dict[int, tuple[AccountInfo, asyncio.Task[None]]] = {}
        self.swept = 0.0

    def stop(self) -> None:
        """Make `run` end after its current round."""
        self.running = False

    async def run(self) -> None:
        """Send deliveries in rounds until stopped, then finish the requests that have begun."""
        while self.running:
            try:
                busy = await self.step()
            except DatabaseError as error:
                log.warning("the database is away: %s", error)
                await run_in_thread(close_old_connections)
                await asyncio.sleep(1)
                continue
            if not busy:
                await asyncio.sleep(IDLE_SECONDS)
        if under_way := self.tasks | set(self.fetching.values()):
            await asyncio.wait(under_way, timeout=20)
        await self.flush()

    async def step(self) -> bool:
        """Run one round (record outcomes, send due deliveries, sweep now and then); return whether it did anything."""
        await self.flush()
        jobs = await run_in_thread(leases.lease_deliveries) if len(self.tasks) < 2 * leases.LEASE else []
        for job in jobs:
            self.held.add(job.pk)
            self.start(self.send(job))
        if time.monotonic() - self.swept > SWEEP_SECONDS:
            self.swept = time.monotonic()
            await run_in_thread(hold_lease, "sender", self.holder, ALIVE_SECONDS)  # for `/healthz`: a sender is alive
            await run_in_thread(leases.sweep_deliveries, frozenset(self.held))
            await self.fetch_files()
            await self.listen()
        return bool(jobs) or bool(self.done)

    def start(self, work: Any) -> None:
        """Run a coroutine as a task, with a reference to it until it ends."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def flush(self) -> None:
        """Write to the database the outcomes of the requests that have finished so far."""
        outcomes, self.done = self.done, []
        if not outcomes:
            return
        try:
            await run_in_thread(leases.record_outcomes, outcomes)
        except DatabaseError:
            self.done = outcomes + self.done  # what a provider accepted must be recorded, or it is sent again
            raise
        self.held.difference_update(outcome.job.pk for outcome in outcomes)

    async def send(self, job: Job) -> None:
        """Make the provider request of one delivery, no faster than the account and the person allow."""
        bucket = self.buckets.setdefault(job.account_id, Bucket(job.capabilities.rate))
        await bucket.take()
        gap = self.last_to[job.account_id, job.identity_id] + job.capabilities.person_gap - time.monotonic()
        if gap > 0:
            await asyncio.sleep(gap)
        try:
            receipt = await job.adapter.send(job.payload, job.info, self.client)
            self.done.append(Outcome(job, receipt=receipt))
        except ChannelError as error:
            self.done.append(Outcome(job, error=error))
        except Exception as error:
            told = redact("".join(traceback.format_exception(error)), job.secrets)
            log.error("sending %s failed\n%s", job.pk, told)  # a traceback may show the payload
            self.done.append(Outcome(job, error=ChannelError(f"our own fault: {error!r}", permanent=True)))
        if job.capabilities.person_gap:
            self.last_to[job.account_id, job.identity_id] = time.monotonic()

    async def fetch_files(self) -> None:
        """Start downloading the oldest incoming files that only providers have so far."""
        free = FILES_AT_ONCE - len(self.fetching)
        for attachment, account in await run_in_thread(files_to_fetch, tuple(self.fetching), free) if free else ():
            task = asyncio.create_task(self.fetch(attachment, account))
            self.fetching[attachment.pk] = task
            task.add_done_callback(partial(self.forget_fetch, attachment.pk))

    def forget_fetch(self, pk: int, _task: asyncio.Task[None]) -> None:
        """Remove the finished download task of an attachment from those in progress."""
        del self.fetching[pk]

    async def fetch(self, attachment: Attachment, account: Account) -> None:
        """Download one incoming file from its provider: store it, schedule another try, or refuse it."""
        source = attachment.source
        content, reason = None, ""
        try:
            media = Media(source["kind"], source["mime"], ref=source["ref"], url=source["url"], name=attachment.name)
            content = await account.adapter.fetch_media(media, account.info(), self.client)
        except ChannelError as error:
            reason = str(error)
            if not error.permanent and source.get("tries", 0) + 1 < FILE_TRIES:
                await run_in_thread(try_file_again, attachment)
                return
        except Exception as error:
            log.exception("fetching file %s failed", attachment.pk)
            reason = f"our own fault: {error!r}"
        await run_in_thread(finish_file, attachment, content, reason)

    async def listen(self) -> None:
        """Start or stop tasks so that each account that is polled or streamed has one that listens.

        A task ends when its account is disabled or changed.
        """
        accounts = {account.pk: account for account in await run_in_thread(listening_accounts)}
        for pk, (info, task) in list(self.listening.items()):
            if task.done() or pk not in accounts or accounts[pk].info() != info:
                task.cancel()
                del self.listening[pk]
        for pk, account in accounts.items():
            if pk not in self.listening:
                self.listening[pk] = account.info(), asyncio.create_task(self.journal_arrivals(account))

    async def journal_arrivals(self, account: Account) -> None:
        """Write to the intake journal every request that an account's listener yields."""
        arrivals = account.adapter.listen(account.info())
        if arrivals is None:
            return
        try:
            async for request in arrivals:
                await run_in_thread(journal_request, account.pk, request)
        except ChannelError as error:
            log.warning("listening to %s failed: %s", account, error)
            await asyncio.sleep(15)


async def run_in_thread[**P, R](work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function on the one thread that this process has for database work, and return its result."""
    return await sync_to_async(work)(*args, **kwargs)


def files_to_fetch(under_way: Collection[int], limit: int) -> list[tuple[Attachment, Account]]:
    """Return the oldest incoming files that are due for download, each with its account."""
    due = Q(source__not_before__isnull=True) | Q(source__not_before__lt=time.time())
    with everywhere("files to fetch"):
        waiting = Attachment.objects.filter(due, state="fetching").exclude(pk__in=under_way)
        rows = list(waiting.order_by("id")[:limit])
        accounts = {row.pk: row for row in Account.objects.filter(pk__in=[row.source.get("account") for row in rows])}
    return [(row, accounts[row.source["account"]]) for row in rows if row.source.get("account") in accounts]


def try_file_again(attachment: Attachment) -> None:
    """Schedule another download of an attachment, after a pause that doubles each time."""
    with scope(attachment.agency_id):
        tries = attachment.source.get("tries", 0) + 1
        attachment.source = {**attachment.source, "tries": tries, "not_before": time.time() + 10 * 2**tries}
        attachment.save(update_fields=["source"])


def finish_file(attachment: Attachment, content: bytes | None, reason: str) -> None:
    """Store a downloaded attachment's content, or mark it refused with the reason."""
    with scope(attachment.agency_id):
        try:
            finish_attachment(attachment, content, reason)
        except (DatabaseError, OSError):
            raise  # a passing error of ours: the file is fetched again
        except Exception as error:
            log.exception("file %s cannot be read", attachment.pk)
            finish_attachment(attachment, None, repr(error))


def listening_accounts() -> list[Account]:
    """Return the accounts that the sender must poll: those whose settings name a mailbox."""
    with everywhere("accounts to listen to"):
        return [row for row in Account.objects.filter(is_active=True) if row.settings.get("imap_host")]


def journal_request(account_id: int, request: Request) -> None:
    """Write a request fetched from a provider to the journal to which webhooks are written, too."""
    Intake.objects.create(
        account_id=account_id,
        received=time.time(),
        path=request.path[:500],
        query=request.query,
        headers=json.dumps(dict(request.headers)),
        body=request.body,
    )


def main(*_address: Any) -> None:
    """Run the process that sends deliveries. It listens on no port."""
    asyncio.run(serve())


async def serve() -> None:
    """Run the process that sends deliveries until SIGTERM."""
    async with GuardedClient(allow=settings.KESHER_SSRF_ALLOW) as client:
        sender = Sender(client)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, sender.stop)
        apart = SlowJobs()
        apart.start()
        await sender.run()
        apart.stop()
