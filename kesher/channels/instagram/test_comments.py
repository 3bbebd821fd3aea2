"""Comments in Instagram: what differs from those under a Facebook page's posts."""

from __future__ import annotations

from typing import Any

import pytest

from kesher.channels.base import Kind, Payload, Say
from kesher.channels.instagram.test_instagram import ACCOUNT, ADAPTER, DANA, fixture
from kesher.language import length

COMMENT, POST = "17900000000000042", "17900000000000001"


def answer(text: str, **fields: Any) -> list[Payload]:
    say = Say(text, **{"public": True, "thread": POST, "reply_to": COMMENT, **fields})
    return ADAPTER.render(say, DANA, ADAPTER.capabilities(ACCOUNT))


@pytest.mark.parametrize("name", ["comment", "comment_reply", "comment_under_ad"])
def test_a_comment_is_a_public_message_under_its_post(name: str) -> None:
    event = fixture(name)
    assert (event.kind, event.is_public) == (Kind.COMMENT, True)
    assert event.sender is not None
    assert event.sender.display == "noa.example"
    assert event.thread.startswith("179000000000000")


def test_our_own_comment_confirms_itself_and_is_no_message() -> None:
    event = fixture("comment_own")
    assert (event.kind, event.status, event.sender) == (Kind.STATUS, "sent", None)


def test_a_public_answer_is_a_reply_to_the_comment() -> None:
    (payload,) = answer("בשעה 8.")
    assert payload.body == {"edge": f"{COMMENT}/replies", "message": "בשעה 8."}
    assert [length(part.text, "utf16") for part in answer("א" * 2201)] == [2200, 1]


def test_a_comment_can_be_hidden_and_not_liked() -> None:
    assert ADAPTER.capabilities(ACCOUNT).moderation == {"hide", "show"}


def test_a_private_reply_names_the_comment() -> None:
    (payload,) = answer("נמשיך כאן?", public=False)
    assert payload.body["recipient"] == {"comment_id": COMMENT}
