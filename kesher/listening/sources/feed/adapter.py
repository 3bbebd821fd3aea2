"""Read RSS and Atom feeds of news sites and blogs.

A feed has no cursor of its own: what was read is remembered by the ids of its newest entries, and `ETag` and
`Last-Modified` spare both sides what did not change. Formats: RSS 0.9-2.0, RFC 4287.
"""

from __future__ import annotations

import calendar
import hashlib
import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import feedparser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.listening.sources.source_adapter import Fetched, Get, HeardPost, Json, SourceAdapter, SourceError

REMEMBERED: Final = 500  # ids of entries; feeds have some dozens
SCRIPT: Final = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
INLINE: Final = re.compile(r"</?(?:a|abbr|b|bdi|cite|code|em|i|mark|q|s|small|span|strong|u)\b[^<>]*>", re.IGNORECASE)
TAG: Final = re.compile(r"<[^<>]*>")
OK, NOT_MODIFIED = 200, 304


class Adapter(SourceAdapter):
    """RSS and Atom."""

    title = gettext_lazy("News or blog (RSS, Atom)")
    settings = {"url": gettext_lazy("Address of the feed")}

    def check(self, settings: Mapping[str, str]) -> str:
        """Return what is wrong with the address, or ""."""
        parts = urlsplit(settings.get("url", ""))
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            return _("Enter the whole address of the feed, with https:// before it.")
        return ""

    def fetch(self, settings: Mapping[str, str], cursor: Json, get: Get, most: int) -> Fetched:
        """Return the entries that were not read yet, oldest first. Raise SourceError."""
        names = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
        headers = {header: str(cursor[name]) for name, header in names.items() if cursor.get(name)}
        status, answered, body = get(settings["url"], headers)
        if status == NOT_MODIFIED:
            return Fetched((), cursor)
        if status != OK:
            raise SourceError(_("The feed's server answered %(status)s.") % {"status": status})
        entries = read_feed(body)
        read = set(cursor.get("read", ()))
        fresh = [post for post in entries if digest(post.external_id) not in read][:most]
        left = len(entries) - len(read & {digest(post.external_id) for post in entries}) - len(fresh)
        remembered = [*cursor.get("read", ()), *(digest(post.external_id) for post in fresh)][-REMEMBERED:]
        tags = {} if left else {name: found for name in names if (found := answered.get(HEADERS[name], ""))}
        return Fetched(tuple(fresh), {"read": remembered, **tags})


HEADERS: Final = {"etag": "etag", "modified": "last-modified"}


def digest(external_id: str) -> str:
    """Return a short mark of an entry's id."""
    return hashlib.sha256(external_id.encode()).hexdigest()[:16]


def read_feed(body: bytes) -> list[HeardPost]:
    """Return the entries of a feed, oldest first. Raise SourceError for what is none."""
    feed: Any = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version") and not feed.entries:
        raise SourceError(_("This is no feed: neither RSS nor Atom was found."))
    now = datetime.now(UTC)
    posts = [post for entry in feed.entries if (post := read_entry(entry, now))]
    return sorted(posts, key=lambda post: (post.said_at, post.external_id))


def read_entry(entry: Any, now: datetime) -> HeardPost | None:
    """Return an entry as a post, with its title and summary; None if it has no words."""
    title, summary = plain_text(entry.get("title", "")), plain_text(entry.get("summary", ""))
    text = title if summary.startswith(title) and summary == title else f"{title}\n{summary}".strip()
    link = str(entry.get("link", ""))
    external_id = str(entry.get("id") or link or text)[:200]
    if not text or not external_id:
        return None
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        said_at = min(now, datetime.fromtimestamp(calendar.timegm(moment), UTC)) if moment else now
    except (OverflowError, ValueError, OSError):
        said_at = now
    url = link if urlsplit(link).scheme in ("http", "https") and len(link) <= 500 else ""
    return HeardPost(external_id, text, said_at, url, str(entry.get("author", "")))


def plain_text(markup: object) -> str:
    """Return the words of a piece of HTML."""
    return " ".join(html.unescape(TAG.sub(" ", INLINE.sub("", SCRIPT.sub(" ", str(markup))))).split())
