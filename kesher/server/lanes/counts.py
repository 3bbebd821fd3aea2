"""ASGI handler that answers a petition's signature count as JSON from memory, without Django.

``GET /petitions/<code>/count.json``: {code, signature_count, signatures_by_level, signatures_by_channel}. However many
ask, the tallies are read at most once a second for each petition that somebody watches; meanwhile the last reading is
sent. ETag and Cache-Control let browsers, and a cache in front, ask less.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2s
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.http.request import split_domain_port, validate_host

from kesher.agencies.middleware import agency_of_host
from kesher.core.db.agency_scope import scope
from kesher.participation.services import read_tallies
from kesher.petitions.models import Petition
from kesher.server.http import NOSNIFF, Message, Send, send_response

log = logging.getLogger("kesher.count")

PATH = re.compile(r"/petitions/(\d{4,8})/count\.json")
FRESH_SECONDS = 1.0
# A reading older than this is not sent without a new one: no one has watched this petition for a while.
STALE_SECONDS = 3.0
KEPT = 2000
HOSTS = 100
CACHE = b"public, max-age=1, stale-while-revalidate=2, stale-if-error=10"
Key = tuple[str, str]  # host, code


@dataclass(frozen=True, slots=True)
class Entry:
    """One reading: its time, and the answer with its ETag. ``body`` is None where there is no such petition."""

    at: float
    body: bytes | None
    etag: bytes


class CountLane:
    """The handler and its readings; one for each process."""

    def __init__(self) -> None:
        """Start without cached counts, with one thread that reads them."""
        self.kept: OrderedDict[Key, Entry] = OrderedDict()
        self.reading: dict[Key, asyncio.Task[Entry]] = {}
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="count")
        self.host_of = lru_cache(HOSTS)(host_of)  # a seventh of an answer's cost

    async def __call__(self, scope: Message, code: str, send: Send) -> None:
        """Serve a petition's signature count as JSON, by GET or HEAD, with an ETag; 404 if it is not published."""
        headers = dict(scope["headers"])
        host = self.host_of(headers.get(b"host", b""))
        if not host:
            await reply(send, 400, b"")
            return
        if scope["method"] not in ("GET", "HEAD"):
            await reply(send, 405, b"")
            return
        try:
            found = await self.entry((host, code))
        except DatabaseError:
            await reply(send, 503, b"{}")
            return
        if found.body is None:
            await reply(send, 404, b"{}")
        elif headers.get(b"if-none-match") == found.etag:
            await reply(send, 304, b"", found.etag)
        else:
            await reply(send, 200, found.body if scope["method"] == "GET" else b"", found.etag)

    async def entry(self, key: Key) -> Entry:
        """Return a petition's cached answer, read anew after a second; wait only if it is much older."""
        known = self.kept.get(key)
        age = time.monotonic() - known.at if known else STALE_SECONDS
        if known is not None and age < FRESH_SECONDS:
            return known
        task = self.reading.get(key)
        if task is None:
            task = self.reading[key] = asyncio.create_task(self.read(key))
        if known is not None and age < STALE_SECONDS:
            return known
        return await asyncio.shield(task)

    async def read(self, key: Key) -> Entry:
        """Read a petition's count in the lane's own thread, cache it as an answer, and return that.

        While the database is away the last reading stands, and is tried again once a second. Raise DatabaseError where
        there is none.
        """
        try:
            loop = asyncio.get_running_loop()
            found = build_entry(await loop.run_in_executor(self.pool, load_count, *key))
        except DatabaseError as error:
            log.warning("a count could not be read: %s", error)
            if key not in self.kept:
                raise
            found = replace(self.kept[key], at=time.monotonic())
        finally:
            del self.reading[key]
        self.kept[key] = found
        self.kept.move_to_end(key)
        while len(self.kept) > KEPT:
            self.kept.popitem(last=False)
        return found

    def close(self) -> None:
        """Stop the thread that reads counts."""
        self.pool.shutdown(wait=False)


def host_of(header: bytes) -> str:
    """Return the host in a Host header, without its port; "" if it is not one of ours."""
    host, _port = split_domain_port(header.decode("latin-1"))
    return host if validate_host(host, settings.ALLOWED_HOSTS) else ""


def load_count(host: str, code: str) -> dict[str, Any] | None:
    """Return the JSON data of a published petition's signature count, or None. Three queries."""
    close_old_connections()
    agency = agency_of_host(host)
    if agency is None:
        return None
    with scope(agency):
        petition = Petition.objects.published().select_related("action").filter(action__code=code).first()
        return count_data(code, read_tallies(petition.action)) if petition is not None else None


def count_data(code: str, found: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Return the JSON data of a petition's tallies: the count, by level and by channel, both adding up to it."""
    parts = {name: {key: n for key, n in sorted(found.get(name, {}).items()) if n} for name in ("level", "channel")}
    return {
        "code": code,
        "signature_count": found.get("total", {}).get("", 0),
        "signatures_by_level": parts["level"],
        "signatures_by_channel": parts["channel"],
    }


def build_entry(found: dict[str, Any] | None) -> Entry:
    """Return the cache entry (time, JSON body, ETag) of a count's data; without body for None."""
    if found is None:
        return Entry(time.monotonic(), None, b"")
    body = json.dumps(found, separators=(",", ":")).encode()
    return Entry(time.monotonic(), body, b'"' + blake2s(body, digest_size=8).hexdigest().encode() + b'"')


async def reply(send: Send, status: int, body: bytes, etag: bytes = b"") -> None:
    """Send one JSON response over ASGI, with caching headers if it may be cached."""
    headers = [
        (b"content-type", b"application/json"),
        NOSNIFF,
        (b"access-control-allow-origin", b"*"),
        (b"cache-control", CACHE if status in (200, 304) else b"no-store"),
        *([(b"etag", etag)] if etag else []),
        *([(b"content-length", str(len(body)).encode())] if status != 304 else []),
    ]
    await send_response(send, status, headers, body)
