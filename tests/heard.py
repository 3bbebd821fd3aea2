"""What the pages of listening show in the browser tests: a watch, a feed that is not read, and mentions of it."""

from __future__ import annotations

from typing import Any

from kesher.agencies.models import Staff
from kesher.listening.models import Source, Watch
from kesher.listening.tests.factories import a_feed, a_watch, some_mentions


def watch() -> list[Any]:
    """Return the id of a watch that heard something."""
    found = Watch.objects.first()
    if found is None:
        owner = Staff.objects.order_by("pk").first()
        assert owner is not None
        found = a_watch(owner)
        some_mentions(Source.objects.first() or a_feed(is_active=False))
    return [found.pk]


def feed_source() -> list[Any]:
    """Return the id of the feed."""
    watch()
    return [Source.objects.get().pk]


def watch_list() -> list[Any]:
    """No arguments; there is a watch, and something was heard."""
    watch()
    return []
