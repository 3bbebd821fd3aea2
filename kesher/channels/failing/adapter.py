"""Channel adapter that fails on demand, to test how errors are handled."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TypedDict

from kesher.channels import untrusted_payload
from kesher.channels.base import AccountInfo, ChannelError, Client, Payload, Receipt
from kesher.channels.fake_channel import FakeChannel


class Mood(TypedDict, total=False):
    """The arguments of a ChannelError."""

    permanent: bool
    retry_after: float
    unknown: bool
    stopped: bool
    code: str


# The first of these words in a text selects the error; without one, the provider is temporarily down.
MOODS: dict[str, Mood] = {
    "fail-permanent": {"permanent": True, "code": "400"},
    "fail-stopped": {"permanent": True, "stopped": True, "code": "403"},
    "fail-throttled": {"retry_after": 30.0, "code": "429"},
    "fail-unknown": {"unknown": True, "code": "timeout"},
    "fail-slow": {"unknown": True, "code": "timeout"},
    "fail-transient": {"code": "503"},
}
DOWN: Mood = {"code": "503"}
SLOW = 20.0  # seconds, unless the account says otherwise


class Adapter(FakeChannel):
    """A channel whose every send fails."""

    title = "Failing"
    public_title: Mapping[str, str] = {"he": "תקלה יזומה", "ar": "عطل متعمد", "ru": "Сбой", "en": "Failing"}
    settings: Mapping[str, str] = {"slow_seconds": "How long a text with the word fail-slow hangs before it fails."}

    async def send(self, payload: Payload, account: AccountInfo, client: Client) -> Receipt:
        """Raise the ChannelError that a word in the message's text names, to test failures."""
        word = next((word for word in MOODS if word in payload.text), "")
        if word == "fail-slow":
            seconds = untrusted_payload.number(account.settings.get("slow_seconds"))
            await asyncio.sleep(SLOW if seconds is None else seconds)
        mood = MOODS.get(word, DOWN)
        raise ChannelError(f"failing {mood['code']}: {word or 'down, as always'}", **mood)
