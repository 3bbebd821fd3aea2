"""The failing channel."""

from __future__ import annotations

import asyncio

import pytest

from kesher.channels.base import AccountInfo, Address, ChannelError, Say
from kesher.channels.failing.adapter import MOODS
from kesher.channels.registry import get_channel

ACCOUNT = AccountInfo(key="k", channel="failing", secrets=("demo-secret",), settings={"slow_seconds": 0})


def failure(text: str) -> ChannelError:
    adapter = get_channel("failing")
    (payload,) = adapter.render(Say(text), Address("demo", "dana"), adapter.capabilities(ACCOUNT))
    with pytest.raises(ChannelError) as caught:
        asyncio.run(adapter.send(payload, ACCOUNT, None))  # type: ignore[arg-type]
    return caught.value


def test_the_provider_is_down_where_the_text_says_nothing_else() -> None:
    error = failure("שלום")
    assert (error.code, error.permanent, error.unknown) == ("503", False, False)


@pytest.mark.parametrize("word", MOODS)
def test_a_word_in_the_text_decides(word: str) -> None:
    error, mood = failure(f"נסו {word} עכשיו"), MOODS[word]
    assert error.code == mood["code"]
    assert error.permanent == mood.get("permanent", False)
    assert error.unknown == mood.get("unknown", False)
    assert error.stopped == mood.get("stopped", False)
    assert error.retry_after == mood.get("retry_after")
