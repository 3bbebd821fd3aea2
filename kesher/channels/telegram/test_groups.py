"""Telegram in groups: whom a message is for, what of the others may be stored, and how an answer stands there."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kesher.channels.base import AccountInfo, Address, ChannelError, Media, Option, Payload, Request, Say
from kesher.channels.registry import get_channel
from kesher.channels.telegram import connection, groups
from kesher.channels.telegram.test_telegram import ACCOUNT, OMAR, Bot, no

IN_GROUPS = replace(ACCOUNT, settings={"groups": True}, token="77:AAh-a-token-that-nobody-may-see")
GROUP, ASKED = -1001755500123, "-1001755500123:201"
SENT = {"ok": True, "result": {"message_id": 9, "chat": {"id": GROUP, "type": "supergroup"}}}
FOR_US = ("group_mention", "group_mention_first", "group_text_mention", "group_command", "group_reply", "group_photo",
          "group_topic", "discussion_comment", "anonymous_admin", "sender_chat", "group_edited")  # fmt: skip
FOR_OTHERS = ("group_message", "group_reply_to_person", "group_topic_talk", "automatic_forward", "group_other_bot",
              "group_members", "group_migrated_from", "group_start", "tap_in_group", "channel_post")  # fmt: skip


def body_of(name: str) -> bytes:
    return (Path(groups.__file__).parent / "fixtures" / f"{name}.json").read_bytes()


def minimize(body: bytes, account: AccountInfo = IN_GROUPS) -> Request | None:
    return get_channel("telegram").minimize(Request("POST", "/", "", {}, body), account)


def answer(text: str = "מחר", **fields: Any) -> list[Payload]:
    adapter = get_channel("telegram")
    say = Say(text, **{"public": True, "reply_to": ASKED, **fields})
    return adapter.render(say, OMAR, adapter.capabilities(IN_GROUPS))


def send(bot: Bot, payload: Payload) -> str:
    return asyncio.run(get_channel("telegram").send(payload, IN_GROUPS, bot)).external_id


# ---- what may be stored


@pytest.mark.parametrize("name", FOR_US)
def test_what_is_said_to_the_bot_is_stored_and_means_the_same(name: str) -> None:
    kept = minimize(body_of(name))
    assert kept is not None
    adapter = get_channel("telegram")
    assert adapter.parse(kept) == adapter.parse(Request("POST", "/", "", {}, body_of(name))) != []


@pytest.mark.parametrize("name", FOR_OTHERS)
def test_what_is_said_to_others_may_not_be_stored(name: str) -> None:
    assert minimize(body_of(name)) is None


@pytest.mark.parametrize("name", [*FOR_US, *FOR_OTHERS, "group_bot_added", "group_migrated"])
def test_nothing_of_a_group_is_stored_where_the_account_does_not_answer_there(name: str) -> None:
    assert minimize(body_of(name), replace(IN_GROUPS, settings={})) is None
    assert minimize(body_of(name), replace(IN_GROUPS, settings={"groups": False})) is None


@pytest.mark.parametrize("name", ["group_mention", "group_command", "group_text_mention", "group_reply", "group_photo"])
def test_what_is_said_to_another_bot_may_not_be_stored(name: str) -> None:
    other = replace(IN_GROUPS, address="other_bot", token="78:AAh-a-token-that-nobody-may-see")
    assert minimize(body_of(name), other) is None


def test_of_the_message_that_is_answered_nothing_is_stored_but_its_id() -> None:
    update = json.loads(body_of("group_mention"))
    said = {"message_id": 5, "from": {"id": 9, "first_name": "Noa"}, "text": "a secret", "chat": {"id": GROUP}}
    update["message"] |= {"reply_to_message": said, "quote": {"text": "a secret"}}
    kept = minimize(json.dumps(update).encode())
    assert kept is not None
    assert json.loads(kept.body)["message"]["reply_to_message"] == {"message_id": 5, "chat": {"id": GROUP}}
    assert b"a secret" not in kept.body
    assert b"Noa" not in kept.body


@pytest.mark.parametrize("name", ["group_edited_without_mention", "group_bot_added", "group_migrated"])
def test_of_other_updates_no_words_and_no_person_are_stored(name: str) -> None:
    kept = minimize(body_of(name))
    assert kept is not None
    assert all(word not in kept.body for word in (b'"from"', b'"text"', b'"user"'))
    (event,) = get_channel("telegram").parse(kept)
    assert event.sender is None


def test_a_place_that_is_shared_live_is_not_stored_each_time_it_moves() -> None:
    update = json.loads(body_of("group_edited_without_mention"))
    update["edited_message"]["location"] = {"latitude": 32.1, "longitude": 34.8, "live_period": 900}
    assert minimize(json.dumps(update).encode()) is None


@pytest.mark.parametrize("name", ["text", "tap", "blocked", "edited", "text_reply"])
def test_a_private_chat_is_stored_as_it_came(name: str) -> None:
    kept = minimize(body_of(name), ACCOUNT)
    assert kept is not None
    assert kept.body == body_of(name)


def test_a_channels_post_that_is_forwarded_in_private_is_a_private_message() -> None:
    update = json.loads(body_of("text"))
    update["message"]["forward_origin"] = {"type": "channel", "chat": {"id": -1, "type": "channel"}, "message_id": 4}
    body = json.dumps(update).encode()
    assert minimize(body, ACCOUNT) == Request("POST", "/", "", {}, body)


@pytest.mark.parametrize("body", [b'"supergroup"', b'["group"', b'{"message": {"chat": {"type": "group"}}}', b"[1]"])
def test_what_cannot_be_read_raises_nothing(body: bytes) -> None:
    kept = minimize(body)
    assert kept is None or kept.body == body


@pytest.mark.parametrize(("offset", "length"), [(None, 5), (-1, 5), (9999, 5), (0, 0), (0, 9999), ("x", 1), (1e99, 1)])
def test_an_entity_outside_of_the_text_names_nobody(offset: Any, length: Any) -> None:
    item = {"text": "@neve_yam_bot", "entities": [{"type": "mention", "offset": offset, "length": length}, None, 7]}
    assert groups.addressees(item) == set()


# ---- what goes out


def test_a_public_answer_replies_to_the_message_in_its_group() -> None:
    bot = Bot((200, SENT))
    (payload,) = answer("מחר <8:00>")
    assert send(bot, payload) == f"{GROUP}:9"
    assert bot.asked[0][2] == {
        "text": "מחר &lt;8:00&gt;",
        "parse_mode": "HTML",
        "chat_id": GROUP,
        "reply_parameters": {"message_id": 201},
    }


def test_a_public_answer_has_numbers_for_buttons_and_asks_for_no_place() -> None:
    photo = Media("image", url="https://city.example/a.jpg", caption="השלט")
    first, second = answer("בחרו", options=(Option("a", "כן"), Option("b", "לא")), media=(photo,))
    assert (first.body["method"], first.body["reply_parameters"]) == ("sendPhoto", {"message_id": 201})
    assert [line[-4:] for line in second.text.splitlines()] == ["בחרו", "1 כן", "2 לא"]
    assert all("reply_markup" not in payload.body for payload in answer("איפה?", expects="place"))


@pytest.mark.parametrize("above", ["", "5550143:9", "https://t.me/c/1/2", "-1:", "-1:2:3", "me"])
def test_nothing_is_said_in_public_where_no_message_of_a_group_is_answered(above: str) -> None:
    assert answer(reply_to=above) == []


def test_nothing_private_goes_to_a_group_or_channel_that_somebody_spoke_for() -> None:
    adapter = get_channel("telegram")
    assert adapter.render(Say("שלום"), Address("tg", str(GROUP)), adapter.capabilities(IN_GROUPS)) == []


def test_an_answer_follows_its_group_into_the_supergroup_that_it_became() -> None:
    bot = Bot(no(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001755500456), (200, SENT))
    send(bot, answer(reply_to="-4550123:203")[0])
    assert [asked[2]["chat_id"] for asked in bot.asked] == [-4550123, -1001755500456]
    assert bot.asked[1][2]["reply_parameters"] == {"message_id": 203, "allow_sending_without_reply": True}


def test_who_removes_the_bot_from_a_group_stops_no_private_messages() -> None:
    with pytest.raises(ChannelError) as caught:
        send(Bot(no(403, "Forbidden: bot was kicked from the supergroup chat")), answer()[0])
    assert (caught.value.permanent, caught.value.stopped) == (True, False)


# ---- connecting


def test_public_messages_are_carried_only_where_the_account_asks_for_it() -> None:
    adapter = get_channel("telegram")
    assert [adapter.capabilities(account).public for account in (ACCOUNT, IN_GROUPS)] == [False, True]


@pytest.mark.parametrize("reads_all", [True, False])
def test_the_check_says_where_mentions_reach_the_bot(reads_all: bool) -> None:
    account = replace(IN_GROUPS, public_url="https://kesher.example/in/telegram/k")
    bot = {"first_name": "Neve Yam", "can_read_all_group_messages": reads_all}
    found = connection.judge(account, bot, {"url": account.public_url})
    assert found.words == (connection.WELL if reads_all else connection.WELL_FOR_REPLIES)
