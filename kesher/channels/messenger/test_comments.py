"""Comments under a page's posts: what the contract test cannot know of them, and of what they share with Instagram."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from kesher.channels.base import Address, Capabilities, ChannelError, Event, Kind, Media, Option, Payload, Request, Say
from kesher.channels.messenger.test_messenger import ACCOUNT, ADAPTER, DANA, PAGE, Meta, fixture
from kesher.channels.meta.page_connection import PAGE_FIELDS
from kesher.language import length

NOA = Address("messenger", f"{PAGE}:24680135791300", "נועה")
COMMENT, POST = "17_42", f"{PAGE}_17"


def feed(*values: Any, time: int = 1764576060) -> list[Event]:
    changes = [{"field": "feed", "value": value} for value in values]
    body = {"object": "page", "entry": [{"id": PAGE, "time": time, "changes": changes}]}
    return ADAPTER.parse(Request("POST", "/", "", {}, json.dumps(body).encode()))


def answer(text: str, **fields: Any) -> list[Payload]:
    say = Say(text, **{"public": True, "thread": POST, "reply_to": COMMENT, **fields})
    return ADAPTER.render(say, NOA, capabilities())


def capabilities() -> Capabilities:
    return ADAPTER.capabilities(ACCOUNT)


def send(payload: Payload, *answers: tuple[int, Any]) -> tuple[Any, Meta]:
    meta = Meta(*answers)
    return asyncio.run(ADAPTER.send(replace(payload, ref="delivery-17"), ACCOUNT, meta)), meta


# ---- what comes in


@pytest.mark.parametrize("name", ["comment", "comment_photo", "comment_sticker", "post_of_visitor"])
def test_what_a_visitor_says_in_public_is_a_public_message_of_theirs(name: str) -> None:
    (event,) = fixture(name)
    assert (event.kind, event.is_public, event.sender) == (Kind.COMMENT, True, NOA)
    assert event.text or event.media
    assert event.thread.startswith(PAGE)


def test_a_reply_to_a_comment_names_it_and_a_comment_under_a_post_answers_nobody() -> None:
    ((first,), (reply,)) = fixture("comment"), fixture("comment_reply")
    assert (first.reply_to, reply.reply_to, reply.thread) == ("", first.external_id, first.thread)


@pytest.mark.parametrize("name", ["comment_edited", "comment_removed", "post_of_visitor_removed"])
def test_an_edit_and_a_deletion_name_their_author(name: str) -> None:
    (event,) = fixture(name)
    assert event.data["author"] == {"scheme": NOA.scheme, "address": NOA.address}
    assert event.target in (COMMENT, f"{PAGE}_18")


def test_each_further_edit_is_an_event_and_a_repeated_webhook_none() -> None:
    value = {"item": "comment", "verb": "edited", "comment_id": COMMENT, "post_id": POST, "from": {"id": "5"}}
    first, second = feed({**value, "message": "א"}, {**value, "message": "ב"})
    assert first.dedup_key != second.dedup_key
    assert feed({**value, "message": "א"}, time=1764576070)[0].dedup_key != first.dedup_key
    assert feed({**value, "message": "א"})[0].dedup_key == first.dedup_key


def test_our_own_comment_confirms_itself_and_is_no_message() -> None:
    (event,) = fixture("comment_own")
    assert (event.kind, event.status, event.target, event.sender) == (Kind.STATUS, "sent", "17_46", None)


@pytest.mark.parametrize("name", ["comment_hidden", "post_own"])
def test_what_nobody_need_answer_is_kept_without_words_and_names(name: str) -> None:
    (event,) = fixture(name)
    assert (event.kind, event.sender) == (Kind.ACCOUNT, None)
    assert set(event.data["value"]) <= {"item", "verb", "comment_id", "post_id"}


def test_a_comment_whose_author_meta_does_not_name_is_shown_to_staff() -> None:
    (event,) = fixture("comment_without_author")
    assert (event.kind, event.sender, event.text) == (Kind.UNKNOWN, None, "מתי זה נפתח?")


# ---- what goes out


def test_a_public_answer_is_a_comment_under_the_one_it_answers() -> None:
    (payload,) = answer("בשעה 8.")
    receipt, meta = send(payload, (200, {"id": "17_46"}))
    assert receipt.external_id == "17_46"
    assert meta.asked == [("POST", "17_42/comments", "Bearer page-token", {"message": "בשעה 8."})]


def test_a_public_answer_has_no_buttons_and_a_file_as_a_link() -> None:
    photo = Media("image", url="https://city.example/a.jpg", caption="השלט")
    (payload,) = answer("בחרו", options=(Option("a", "כן"), Option("b", "לא")), media=(photo,))
    assert set(payload.body) == {"edge", "message"}
    assert all(words in payload.text for words in ("1 כן", "2 לא", "https://city.example/a.jpg"))


def test_a_long_public_answer_is_several_comments() -> None:
    assert [length(payload.text, "utf16") for payload in answer("א" * 8001)] == [8000, 1]


@pytest.mark.parametrize("above", ["", "m_text01", "17_42/likes", "me", "17_42?x=1"])
def test_nothing_is_said_in_public_where_no_comment_is_answered(above: str) -> None:
    assert answer("שלום", reply_to=above, thread="") == []


def test_a_private_reply_to_a_comment_is_one_message_that_names_it() -> None:
    (payload,) = answer("נמשיך כאן?", public=False, is_late=True)
    assert payload.body["messaging_type"] == "RESPONSE"
    receipt, meta = send(payload, (200, {"recipient_id": "24680135791300", "message_id": "m_9"}))
    assert (receipt.external_id, payload.body["recipient"]) == ("m_9", {"comment_id": COMMENT})
    assert meta.asked[0][1] == "me/messages"
    assert answer("א" * 2001, public=False) == []


def test_a_reply_to_a_private_message_goes_to_the_person() -> None:
    (payload,) = ADAPTER.render(Say("שלום", reply_to="m_text01"), DANA, capabilities())
    assert payload.body["recipient"] == {"id": "24680135791113"}


def test_a_comment_that_meta_took_without_an_id_is_unknown() -> None:
    with pytest.raises(ChannelError) as caught:
        send(answer("שלום")[0], (200, {"success": True}))
    assert caught.value.unknown


@pytest.mark.parametrize(
    ("action", "path", "body"),
    [("hide", "17_42", {"is_hidden": True}), ("show", "17_42", {"is_hidden": False}), ("like", "17_42/likes", {})],
)
def test_a_comment_can_be_hidden_shown_and_liked(action: str, path: str, body: Any) -> None:
    meta = Meta((200, {"success": True}))
    asyncio.run(ADAPTER.moderate(action, COMMENT, ACCOUNT, meta))
    assert meta.asked == [("POST", path, "Bearer page-token", body)]
    assert action in capabilities().moderation


@pytest.mark.parametrize(("action", "target"), [("delete", COMMENT), ("hide", "m_text01"), ("hide", "../me")])
def test_nothing_else_is_asked_of_meta(action: str, target: str) -> None:
    meta = Meta()
    with pytest.raises(ChannelError) as caught:
        asyncio.run(ADAPTER.moderate(action, target, ACCOUNT, meta))
    assert (caught.value.permanent, meta.asked) == (True, [])


# ---- connecting


def test_the_page_gives_its_feed_only_where_the_account_asks_for_comments() -> None:
    asking = replace(ACCOUNT, settings={**ACCOUNT.settings, "comments": True})
    for account, fields in ((ACCOUNT, PAGE_FIELDS), (asking, (*PAGE_FIELDS, "feed"))):
        meta = Meta(*[(200, {"success": True})] * 3)
        assert asyncio.run(ADAPTER.set_webhook(account, meta)).state == "well"
        assert [body["fields" if "fields" in body else "subscribed_fields"] for *_, body in meta.asked[:2]] == [
            ",".join(fields)
        ] * 2
