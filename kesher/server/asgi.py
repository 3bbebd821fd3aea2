"""ASGI application: routes webhooks, live events, counts and records to native handlers, pages to Django."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kesher.site.settings")
django.setup()

from django.conf import settings  # noqa: E402  # Django must be set up first

from kesher.conversations.intake.journal import Journal, Spool, make_writer  # noqa: E402
from kesher.server.http import Receive, Send  # noqa: E402
from kesher.server.lanes.counts import PATH as COUNT_PATH  # noqa: E402
from kesher.server.lanes.counts import CountLane  # noqa: E402
from kesher.server.lanes.intake import IntakeLane  # noqa: E402
from kesher.server.lanes.live import LiveLane  # noqa: E402
from kesher.server.lanes.pages import PageLane  # noqa: E402
from kesher.server.lanes.records import PAGE as RECORDS_PAGE  # noqa: E402
from kesher.server.lanes.records import PATH as RECORDS_PATH  # noqa: E402
from kesher.server.lanes.records import WHOLE, RecordsLane  # noqa: E402
from kesher.server.lanes.shared_pages import PageCache  # noqa: E402
from kesher.server.requests_in_progress import UnderWay  # noqa: E402
from kesher.server.wsgi import application as pages  # noqa: E402


class Kesher:
    """Dispatches each request to its lane by path."""

    def __init__(self) -> None:
        """Build the lanes that handle requests: webhooks, live updates, counts, records and Django's pages."""
        database = settings.DATABASES["default"]
        self.journal = Journal(make_writer(database), Spool(settings.KESHER_SPOOL))
        self.intake = IntakeLane(self.journal)
        self.live = LiveLane()
        self.counts = CountLane()
        self.records = RecordsLane()
        self.under_way = UnderWay(self.journal.spool.holds_any)
        self.pages = PageLane(pages, self.under_way)
        self.shared_pages = PageCache(self.pages)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Pass an ASGI request to the lane that its path belongs to; most go to Django's pages."""
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
        elif scope["type"] != "http":
            return
        elif scope["path"].startswith("/in/"):
            await self.intake(scope, receive, send)
        elif scope["path"] == "/live/":
            await self.live(scope, receive, send)
        elif counted := COUNT_PATH.fullmatch(scope["path"]):
            await self.counts(scope, counted[1], send)
        elif scope["path"] == RECORDS_PAGE:
            await self.records.serve_page(scope, send, lambda to: self.pages(scope, receive, to))
        elif scope["path"] == RECORDS_PATH:
            await self.records(scope, receive, send)
        elif scope["path"] == WHOLE:
            await self.pages(await self.records.attach_envelopes(scope), receive, send)
        else:
            await self.shared_pages(scope, receive, send)

    async def lifespan(self, receive: Receive, send: Send) -> None:
        """Start the lanes' background tasks when the server starts, and stop them when it stops."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.intake.refresh()
                self.records.begin()
                reports = asyncio.create_task(self.under_way.report())
                if self.journal.spool.path.parent.exists():
                    self.journal.retry()  # requests that an earlier process left in its spool
                await send({"type": "lifespan.startup.complete"})
            else:
                reports.cancel()
                self.live.close()
                self.counts.close()
                self.records.close()
                self.journal.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


application = Kesher()
