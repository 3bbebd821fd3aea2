"""Record source that fails in the way its settings say, for tests."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from kesher.records.sources.base import Client, Info, Reading, Row, Source, SourceError, Subject

WAYS = ("slow", "error", "crash", "garbage", "stubborn", "flaky")


class Adapter(Source):
    """The adapter that fails."""

    titles = {
        "he": "מקור תקול, לבדיקות",
        "ar": "مصدر معطَّل للاختبار",
        "ru": "Неисправный источник, для проверок",
        "en": "Failing, for tests",
    }
    stand_in = True
    settings = {
        "way": "slow | error | crash | garbage | stubborn (is not to be cancelled) | flaky (every second time)",
        "seconds": "how slow (default 5)",
    }

    def __init__(self) -> None:
        """Start with no reads counted."""
        self.reads = 0

    async def read(self, subject: Subject, info: Info, client: Client) -> Reading:
        """Fail in the way that the source's settings choose, for tests and demonstrations."""
        self.reads += 1
        way, seconds = str(info.settings.get("way", "error")), float(info.settings.get("seconds", 5))
        if way == "slow":
            await asyncio.sleep(seconds)
            return Reading((Row(key="1", title="late"),))
        if way == "stubborn":
            return await read_stubbornly(seconds)
        if way == "garbage":
            return make_garbage()  # type: ignore[no-any-return]
        if way == "crash":
            raise ZeroDivisionError("a bug in an adapter")
        if way == "flaky" and self.reads % 2 == 0:
            return Reading((Row(key="1", title="at last"),))
        raise SourceError("it said no", code="error")


async def read_stubbornly(seconds: float) -> Reading:
    """Return an empty reading after these seconds, ignoring every cancellation before."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        try:
            await asyncio.sleep(left)
        except asyncio.CancelledError:
            continue
    return Reading()


def make_garbage() -> Any:
    """Return an invalid reading: a row without a key, an amount in words, and None."""
    return Reading(rows=({"title": 7, "amount": "many"}, None, Row(key="", title="\x00")))  # type: ignore[arg-type]
