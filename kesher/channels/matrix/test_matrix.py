"""Matrix: what the contract test cannot know of it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from kesher.channels.base import (
    AccountInfo,
    Address,
    ChannelError,
    Event,
    Kind,
    Media,
    Option,
    Probe,
    Receipt,
    Request,
    Say,
)
from kesher.channels.registry import get_channel

BOT, ROOM = "@moked:city.example", "!r1:city.example"
DANA = Address("matrix", "@dana:city.example")
ACCOUNT = AccountInfo(
    key="k",
    channel="matrix",
    address=BOT,
    secrets=("hs-token", "hs-before"),
    token="as-token",
    settings={"homeserver_url": "http://10.0.0.5:8008/"},
    public_url="https://kesher.example/in/matrix/k",
)
PATH = "/in/matrix/k/_matrix/app/v1"
FORBIDDEN = (403, {"errcode": "M_FORBIDDEN", "error": "not in the room"})


class Homeserver:
    """Stands in for a homeserver: gives prepared answers and keeps what it was asked, without the constant part."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []
        self.sent: list[Any] = []

    async def request(self, method: str, url: str, **how: Any) -> tuple[int, Any, bytes]:
        if url.startswith("http://10.0.0.5:8008/_matrix"):
            assert how["headers"]["authorization"] == "Bearer as-token"
        self.asked.append((method, url.removeprefix("http://10.0.0.5:8008/_matrix").partition("?")[0]))
        self.sent.append(how.get("json"))
        status, value = self.answers.pop(0)
        return status, {}, value if isinstance(value, bytes) else json.dumps(value).encode()


def members(**states: str) -> tuple[int, Any]:
    everybody = {"moked": "join", **states}
    return 200, {"chunk": [
        {"type": "m.room.member", "state_key": f"@{name}:city.example", "content": {"membership": state}}
        for name, state in everybody.items()
    ]}  # fmt: skip


def send(homeserver: Homeserver, say: Say | None = None, room: str = ROOM) -> Receipt:
    adapter = get_channel("matrix")
    payload = adapter.render(say or Say("שלום"), DANA, adapter.capabilities(ACCOUNT))[0]
    whole = replace(payload, ref="481-0", body={**payload.body, "room": room})
    return asyncio.run(adapter.send(whole, ACCOUNT, homeserver))


def settle(homeserver: Homeserver, **changes: Any) -> list[tuple[str, str]]:
    asked = {"room": ROOM, "user": BOT, "membership": "invite", "direct": True} | changes
    asyncio.run(get_channel("matrix").settle(asked, ACCOUNT, homeserver))
    return homeserver.asked


def ask(method: str, path: str, headers: dict[str, str] | None = None, query: str = "") -> int | None:
    """Return the status of the answer to a question of the homeserver; None for what is stored."""
    proof = {"authorization": "Bearer hs-token"} if headers is None else headers
    reply = get_channel("matrix").handshake(Request(method, f"{PATH}{path}", query, proof, b""), ACCOUNT)
    return reply.status if reply else None


def parse(*events: Any) -> list[Event]:
    body = json.dumps({"events": events}).encode()
    return get_channel("matrix").parse(Request("PUT", f"{PATH}/transactions/1", "", {}, body))


# ---- what the homeserver asks


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/transactions/7", None),
        ("POST", "/ping", 200),
        ("GET", f"/users/{BOT}", 200),
        ("GET", "/users/%40moked%3Acity.example", 200),
        ("GET", "/users/@mayor:city.example", 404),
        ("GET", "/rooms/%23city%3Acity.example", 404),
        ("POST", "/transactions/7", 404),
        ("GET", "/thirdparty/protocol/x", 404),
    ],
)
def test_the_homeserver_learns_of_the_bot_and_of_nobody_else(method: str, path: str, status: int | None) -> None:
    assert ask(method, path) == status


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic hs-token"}])
def test_who_has_no_token_may_not_ask(headers: dict[str, str]) -> None:
    assert ask("GET", f"/users/{BOT}", headers) == 403
    assert ask("POST", "/ping", headers) == 403


def test_the_token_of_an_older_homeserver_is_in_the_query_and_that_of_yesterday_is_good() -> None:
    assert ask("POST", "/ping", {}, "access_token=hs-token") == 200
    assert ask("POST", "/ping", {}, "access_token=hs-before") == 200
    assert ask("POST", "/ping", {"authorization": "Bearer wrong"}, "access_token=hs-token") == 403


def test_a_transaction_is_acknowledged_by_an_empty_object() -> None:
    reply = get_channel("matrix").acknowledge(Request("PUT", "/", "", {}, b"{}"), ACCOUNT)
    assert (reply.status, reply.body, reply.content_type) == (200, b"{}", "application/json")


# ---- what comes in


def test_a_transaction_with_another_id_makes_no_second_message() -> None:
    event = {"type": "m.room.message", "sender": DANA.address, "room_id": ROOM, "event_id": "$1",
             "content": {"msgtype": "m.text", "body": "שלום"}}  # fmt: skip
    assert len(parse(event, event)) == 1
    assert parse(event)[0].dedup_key == parse(event)[0].dedup_key


def test_an_edit_and_a_redaction_name_their_author() -> None:
    edit = {"type": "m.room.redaction", "sender": "@eve:evil.example", "event_id": "$2", "redacts": "$1", "content": {}}
    (event,) = parse(edit)
    assert event.kind == Kind.DELETE
    assert event.data["author"] == {"scheme": "matrix", "address": "@eve:evil.example"}


def test_an_invitation_to_a_group_opens_no_conversation() -> None:
    invited = {"type": "m.room.member", "sender": DANA.address, "room_id": ROOM, "event_id": "$3", "state_key": BOT}
    kinds = [event.kind for event in parse({**invited, "content": {"membership": "invite"}})]
    assert kinds == [Kind.ACCOUNT]


# ---- rooms


def test_an_invitation_to_a_direct_chat_is_accepted() -> None:
    homeserver = Homeserver(FORBIDDEN, (200, {"room_id": ROOM}), members(dana="join"))
    assert [way.rpartition("/")[2] for _, way in settle(homeserver)] == ["members", "join", "members"]


def test_the_bot_is_made_where_the_homeserver_does_not_have_it() -> None:
    taken = (400, {"errcode": "M_USER_IN_USE"})
    homeserver = Homeserver(FORBIDDEN, FORBIDDEN, taken, (200, {}), members(dana="join"))
    assert settle(homeserver)[2] == ("POST", "/client/v3/register")


def test_an_invitation_to_a_group_is_declined_unseen() -> None:
    homeserver = Homeserver((200, {}))
    assert settle(homeserver, direct=False) == [("POST", "/client/v3/rooms/%21r1%3Acity.example/leave")]
    assert "в личном чате" in homeserver.sent[0]["reason"]


@pytest.mark.parametrize("state", ["join", "invite"])
def test_the_bot_leaves_when_a_third_person_comes(state: str) -> None:
    homeserver = Homeserver(members(dana="join", eve=state), (200, {}))
    assert settle(homeserver, user="@eve:city.example", membership=state)[-1][1].endswith("/leave")


def test_nothing_is_sent_where_somebody_else_reads_it() -> None:
    homeserver = Homeserver(members(dana="join", eve="invite"), (200, {}))
    with pytest.raises(ChannelError, match="others are in the room") as raised:
        send(homeserver)
    assert raised.value.permanent
    assert "PUT" not in [method for method, _ in homeserver.asked]


@pytest.mark.parametrize("state", ["leave", "ban", "invite"])
def test_who_left_the_room_is_written_to_no_more(state: str) -> None:
    homeserver = Homeserver(members(dana=state))
    with pytest.raises(ChannelError, match="left the room") as raised:
        send(homeserver)
    assert raised.value.stopped


def test_nothing_is_sent_where_no_room_is_known() -> None:
    with pytest.raises(ChannelError, match="no room"):
        send(Homeserver(), room="")


# ---- what goes out


def test_a_message_is_plain_text_and_its_transaction_is_our_reference() -> None:
    homeserver = Homeserver(members(dana="join"), (200, {"event_id": "$9"}))
    assert send(homeserver, Say("a < b <script>", (Option("yes", "כן"),), "en")).external_id == "$9"
    assert homeserver.asked[1] == ("PUT", "/client/v3/rooms/%21r1%3Acity.example/send/m.room.message/481-0")
    text = "a < b <script>\n1 כן"
    assert homeserver.sent[1] == {"msgtype": "m.text", "body": text, "m.mentions": {}, "kesher.ref": "481-0"}


def test_what_we_sent_does_not_come_back_as_a_message() -> None:
    homeserver = Homeserver(members(dana="join"), (200, {"event_id": "$9"}))
    send(homeserver)
    assert parse({"type": "m.room.message", "sender": BOT, "event_id": "$9", "content": homeserver.sent[1]}) == []


def test_a_file_is_uploaded_first() -> None:
    photo = Say(
        "", media=(Media("image", "image/jpeg", url="https://kesher.example/f/1", name="bor.jpg", caption="הבור"),)
    )
    up = (200, {"content_uri": "mxc://city.example/x"})
    homeserver = Homeserver(members(dana="join"), (200, b"jpeg"), up, (200, {"event_id": "$9"}))
    send(homeserver, photo)
    content = homeserver.sent[-1]
    assert (content["msgtype"], content["url"], content["body"]) == ("m.image", "mxc://city.example/x", "הבור")
    assert content["info"] == {"mimetype": "image/jpeg", "size": 4}


def test_a_file_that_cannot_be_fetched_is_sent_as_its_link() -> None:
    photo = Say("", media=(Media("image", "image/jpeg", url="https://kesher.example/f/1"),))
    homeserver = Homeserver(members(dana="join"), (404, b""), (200, {"event_id": "$9"}))
    send(homeserver, photo)
    assert homeserver.sent[-1]["body"] == "https://kesher.example/f/1"
    assert homeserver.sent[-1]["msgtype"] == "m.text"


@pytest.mark.parametrize(
    ("status", "answer", "permanent", "after", "stopped"),
    [
        (429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}, False, 2.5, False),
        (401, {"errcode": "M_UNKNOWN_TOKEN"}, False, 300.0, False),
        (403, {"errcode": "M_FORBIDDEN"}, True, None, True),
        (413, {"errcode": "M_TOO_LARGE"}, True, None, False),
        (502, b"<html>", False, None, False),
    ],
)
def test_an_error_says_what_to_do(
    status: int, answer: Any, permanent: bool, after: float | None, stopped: bool
) -> None:
    with pytest.raises(ChannelError) as raised:
        send(Homeserver(members(dana="join"), (status, answer)))
    error = raised.value
    assert (error.permanent, error.retry_after, error.stopped) == (permanent, after, stopped)


# ---- files and the account


def fetch(homeserver: Homeserver, address: str) -> bytes:
    return asyncio.run(get_channel("matrix").fetch_media(Media("image", ref=address), ACCOUNT, homeserver))


def test_a_file_is_fetched_as_the_bot_also_from_an_older_homeserver() -> None:
    homeserver = Homeserver((404, {"errcode": "M_UNRECOGNIZED"}), (200, b"jpeg"))
    assert fetch(homeserver, "mxc://city.example/abc") == b"jpeg"
    ways = [way for _, way in homeserver.asked]
    assert ways == ["/client/v1/media/download/city.example/abc", "/media/v3/download/city.example/abc"]


@pytest.mark.parametrize("address", ["", "https://evil.example/x", "mxc://city.example/../../admin", "mxc://a/b?c"])
def test_what_is_no_file_of_a_homeserver_is_not_fetched(address: str) -> None:
    with pytest.raises(ChannelError, match="not the address of a file"):
        fetch(Homeserver(), address)


def probe(*answers: Any) -> Probe:
    found = asyncio.run(get_channel("matrix").probe(ACCOUNT, Homeserver(*answers)))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("answers", "state", "words"),
    [
        ([(200, {"user_id": BOT}), (200, {"duration_ms": 3})], "well", "reach us"),
        ([(200, {"user_id": BOT}), (404, {"errcode": "M_UNRECOGNIZED"})], "well", "reach us"),
        ([(200, {"user_id": BOT}), (502, {"errcode": "M_CONNECTION_FAILED"})], "wrong", "does not reach us"),
        ([(200, {"user_id": "@other:x"}), (200, {})], "wrong", "another bot"),
        ([(401, {"errcode": "M_UNKNOWN_TOKEN"})], "wrong", "does not know the registration"),
        ([(404, b"<html>")], "wrong", "no Matrix homeserver"),
    ],
)
def test_a_probe_says_what_is_wrong(answers: list[Any], state: str, words: str) -> None:
    found = probe(*answers)
    assert found.state == state
    assert words in found.words


def test_the_registration_file_has_both_tokens_and_only_the_bots_name() -> None:
    file = get_channel("matrix").registration(ACCOUNT)
    assert 'as_token: "as-token"\nhs_token: "hs-token"\nsender_localpart: "moked"\n' in file
    assert r'regex: "^@moked:city\\.example$"' in file
    assert 'url: "https://kesher.example/in/matrix/k"\n' in file
