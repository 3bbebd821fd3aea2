"""The sending process: provider requests, one at a time for each person, as fast as each account may; and the other
ways in and out that need waiting: fetching files, listening to mailboxes."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from kesher.channels.base import ChannelError, Media, Request
from kesher.channels.http import GuardedClient
from kesher.channels.models import Account
from kesher.conversations import queue
from kesher.conversations.apart import Apart
from kesher.conversations.models import Intake
from kesher.conversations.queue import Job, Outcome
from kesher.core.models import Attachment
from kesher.core.scope import everywhere, scope
from kesher.core.services import finish_attachment

log = logging.getLogger("kesher.sender")

IDLE_SECONDS = 0.05
SWEEP_SECONDS = 5.0
FILES_AT_ONCE = 8
FILE_TRIES = 5


class Bucket:
    """How many requests an account may make now: filled at its rate, a second's worth at most."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.tokens = max(1.0, rate)
        self.at = time.monotonic()

    async def take(self) -> None:
        now = time.monotonic()
        self.tokens = min(max(1.0, self.rate), self.tokens + (now - self.at) * self.rate)
        self.at = now
        self.tokens -= 1
        if self.tokens < 0:
            await asyncio.sleep(-self.tokens / self.rate)


class Sender:
    """One sending process."""

    def __init__(self, client: GuardedClient) -> None:
        self.client = client
        self.buckets: dict[int, Bucket] = {}
        self.last_to: dict[tuple[int, int], float] = defaultdict(float)
        self.running = True
        self.tasks: set[asyncio.Task[None]] = set()
        self.done: list[Outcome] = []
        self.listening: dict[int, asyncio.Task[None]] = {}
        self.swept = 0.0

    def stop(self) -> None:
        self.running = False

    async def run(self) -> None:
        """Works until it is told to stop, then finishes what is under way."""
        while self.running:
            try:
                busy = await self.step()
            except DatabaseError as error:
                log.warning("the database is away: %s", error)
                await in_thread(close_old_connections)
                await asyncio.sleep(1)
                continue
            if not busy:
                await asyncio.sleep(IDLE_SECONDS)
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=20)
        await self.flush()

    async def step(self) -> bool:
        """One round: write down what ended, take what is due, now and then sweep."""
        await self.flush()
        jobs = await in_thread(queue.lease) if len(self.tasks) < 2 * queue.LEASE else []
        for job in jobs:
            self.start(self.send(job))
        if time.monotonic() - self.swept > SWEEP_SECONDS:
            self.swept = time.monotonic()
            await in_thread(queue.sweep)
            await self.fetch_files()
            await self.listen()
        return bool(jobs) or bool(self.done)

    def start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def flush(self) -> None:
        outcomes, self.done = self.done, []
        if not outcomes:
            return
        try:
            await in_thread(queue.record, outcomes)
        except DatabaseError:
            self.done = outcomes + self.done  # what a provider took must be written down, or it is sent again
            raise

    async def send(self, job: Job) -> None:
        """Makes one request, no faster than the account and the person allow."""
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
            log.exception("sending %s failed", job.pk)
            self.done.append(Outcome(job, error=ChannelError(f"our own fault: {error!r}", permanent=True)))
        if job.capabilities.person_gap:
            self.last_to[job.account_id, job.identity_id] = time.monotonic()

    async def fetch_files(self) -> None:
        """Files that providers still hold."""
        for attachment, account in await in_thread(files_to_fetch):
            self.start(self.fetch(attachment, account))

    async def fetch(self, attachment: Attachment, account: Account) -> None:
        source = attachment.source
        media = Media(source["kind"], source["mime"], ref=source["ref"], url=source["url"], name=attachment.name)
        content, reason = None, ""
        try:
            content = await account.adapter.fetch_media(media, account.info(), self.client)
        except ChannelError as error:
            reason = str(error)
            if not error.permanent and source.get("tries", 0) + 1 < FILE_TRIES:
                await in_thread(try_file_again, attachment)
                return
        await in_thread(finish_file, attachment, content, reason)

    async def listen(self) -> None:
        """A task for each account that is polled or streamed."""
        for account in await in_thread(listening_accounts):
            task = self.listening.get(account.pk)
            if task is None or task.done():
                self.listening[account.pk] = asyncio.create_task(self.hear(account))

    async def hear(self, account: Account) -> None:
        arrivals = account.adapter.listen(account.info())
        if arrivals is None:
            return
        try:
            async for request in arrivals:
                await in_thread(journal_request, account.pk, request)
        except ChannelError as error:
            log.warning("listening to %s failed: %s", account, error)
            await asyncio.sleep(15)


async def in_thread[**P, R](work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Database work, on the one thread that this process has for it: SQLite likes one writer."""
    return await sync_to_async(work)(*args, **kwargs)


def files_to_fetch() -> list[tuple[Attachment, Account]]:
    with everywhere("files to fetch"):
        rows = list(Attachment.objects.filter(state="fetching").order_by("id")[:FILES_AT_ONCE])
        rows = [row for row in rows if row.source.get("not_before", 0) < time.time()]
        accounts = {row.pk: row for row in Account.objects.filter(pk__in=[row.source.get("account") for row in rows])}
    return [(row, accounts[row.source["account"]]) for row in rows if row.source.get("account") in accounts]


def try_file_again(attachment: Attachment) -> None:
    with scope(attachment.agency_id):
        tries = attachment.source.get("tries", 0) + 1
        attachment.source = {**attachment.source, "tries": tries, "not_before": time.time() + 10 * 2**tries}
        attachment.save(update_fields=["source"])


def finish_file(attachment: Attachment, content: bytes | None, reason: str) -> None:
    with scope(attachment.agency_id):
        finish_attachment(attachment, content, reason)


def listening_accounts() -> list[Account]:
    """Accounts whose channel is fetched by us: those whose settings name a mailbox to read."""
    with everywhere("accounts to listen to"):
        return [row for row in Account.objects.filter(is_active=True) if row.settings.get("imap_host")]


def journal_request(account_id: int, request: Request) -> None:
    """What was fetched goes through the same journal as what was pushed."""
    Intake.objects.create(
        account_id=account_id,
        received=time.time(),
        path=request.path[:500],
        query=request.query,
        headers=json.dumps(dict(request.headers)),
        body=request.body,
    )


def main(*_address: Any) -> None:
    """The same as a process of its own. It listens nowhere."""
    asyncio.run(serve())


async def serve() -> None:
    """Runs one sending process until SIGTERM."""
    async with GuardedClient(allow=settings.KESHER_SSRF_ALLOW) as client:
        sender = Sender(client)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, sender.stop)
        apart = Apart()
        apart.start()
        await sender.run()
        apart.stop()
