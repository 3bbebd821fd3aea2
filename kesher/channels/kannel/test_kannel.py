"""SMS through Kannel. Requests made by a real one are read where they are at hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.channels.base import (
    AccountInfo,
    Address,
    BadSignature,
    ChannelError,
    Event,
    Kind,
    Option,
    Payload,
    Request,
    Say,
)
from kesher.channels.event_json import stored_requests
from kesher.channels.kannel.adapter import Adapter
from kesher.language import length

CAPTURES = Path(__file__).parents[4] / "shared/data/channels/sms_kannel"
KEY = "path-key-1"
ACCOUNT = AccountInfo(
    "k1",
    "kannel",
    address="+972521112222",
    secrets=(KEY, "older"),
    token="let-me-in",
    settings={"sendsms_url": "http://10.0.0.5:13013/", "username": "city"},
    public_url="https://city.example/in/kannel/k1",
)
PERSON = Address("tel", "+972501234567")
ADAPTER = Adapter()


class Gateway:
    """Answers as told, and remembers what it was asked."""

    def __init__(self, status: int, words: str) -> None:
        self.status, self.words = status, words
        self.asked: list[tuple[str, str]] = []

    async def request(self, method: str, url: str, **_rest: Any) -> tuple[int, Mapping[str, str], bytes]:
        self.asked.append((method, url))
        return self.status, {}, self.words.encode()


def called(query: str, path: str = f"/in/kannel/k1/{KEY}") -> Request:
    return Request("GET", path, query, {}, b"")


def event(query: str) -> Event:
    [found] = ADAPTER.parse(called(query))
    return found


@pytest.fixture
def captured() -> list[Event]:
    files = sorted(CAPTURES.glob("*.jsonl"))
    if not files:
        pytest.skip("no captures of a real Kannel here")
    requests = [request for file in files for request in stored_requests(ADAPTER, file.name, file.read_bytes())]
    return [found for request in requests for found in ADAPTER.parse(request)]


def test_a_real_gateway_is_understood(captured: list[Event]) -> None:
    assert [found.kind for found in captured] == [Kind.STATUS, Kind.STATUS, Kind.MESSAGE, Kind.MESSAGE]
    assert [found.status for found in captured[:2]] == ["delivered", "sent"]
    assert [found.text for found in captured[2:]] == ["hello city", "שלום עירייה, יש בור בכביש"]
    assert {found.sender.address for found in captured if found.sender} == {"+972501234567"}
    assert len({found.dedup_key for found in captured}) == 4


def test_the_secret_that_ends_the_path_opens_the_door_also_during_a_rotation() -> None:
    ADAPTER.verify(called("id=1"), ACCOUNT)
    ADAPTER.verify(called("id=1", "/in/kannel/k1/older"), ACCOUNT)


@pytest.mark.parametrize(
    "path", ["/in/kannel/k1", "/in/kannel/k1/", "/in/kannel/k1/wrong", f"/{KEY}/in", f"/in/kannel/k1/{KEY}/", "/ש"]
)
def test_another_path_is_refused(path: str) -> None:
    with pytest.raises(BadSignature):
        ADAPTER.verify(called(f"secret={KEY}", path), ACCOUNT)


def test_an_account_without_a_secret_lets_nobody_in() -> None:
    for secrets in ((), ("",)):
        with pytest.raises(BadSignature):
            ADAPTER.verify(called("id=1", "/in/kannel/k1/"), replace(ACCOUNT, secrets=secrets))


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("UTF-16BE", "utf-16-be"), ("UTF-8", "utf-8"), ("windows-1255", "cp1255"), ("ISO-8859-8", "iso-8859-8")],
)
def test_hebrew_is_read_in_the_charset_that_the_gateway_names(charset: str, codec: str) -> None:
    found = event(f"id=1&from=0501234567&to=1&text={quote('שלום + עיר'.encode(codec))}&charset={charset}")
    assert found.text == "שלום + עיר"


def test_without_a_charset_the_coding_tells_it() -> None:
    text = quote("שלום".encode("utf-16-be"))
    assert event(f"id=1&from=0501234567&text={text}&coding=2").text == "שלום"
    assert event("id=1&from=0501234567&text=%D7%A9&charset=no-such-thing").text == "ש"


@pytest.mark.parametrize("number", ["0501234567", "%2B972501234567", "972501234567", "00972501234567", "+972501234567"])
def test_a_number_in_any_spelling_is_one_person(number: str) -> None:
    assert event(f"id=1&from={number}&text=x").sender == PERSON


def test_another_country_can_be_named_in_the_webhook() -> None:
    sender = event("region=GB&id=1&from=07911123456&text=x").sender
    assert sender
    assert sender.address == "+447911123456"


@pytest.mark.parametrize("number", ["PARCELS", "12345", "", "1-800-FLOWERS"])
def test_nobody_can_be_answered_there(number: str) -> None:
    found = event(f"id=1&from={number}&text=x")
    assert found.kind is Kind.UNKNOWN
    assert found.sender is None


@given(st.text(max_size=120))
def test_parse_takes_anything(query: str) -> None:
    for found in (event(query), event(f"id=1&from=0501234567&charset={query}"), event(f"id={query}&status=1")):
        assert found.dedup_key


def test_reports_of_one_message_differ_and_a_repeated_one_does_not() -> None:
    keys = [event(f"id=ref-1&status={code}").dedup_key for code in ("8", "1", "1")]
    assert len(set(keys)) == 2


def test_without_an_id_the_same_words_at_another_second_are_another_message() -> None:
    first, again, later = (event(f"from=0501234567&text=2&ts={second}").dedup_key for second in (10, 10, 11))
    assert first == again != later


def test_what_is_said_fits_into_ten_parts() -> None:
    say = Say("בחרו נושא. " * 100, (Option("a", "בור בכביש"), Option("b", "פנס רחוב")))
    payloads = ADAPTER.render(say, PERSON, ADAPTER.capabilities(ACCOUNT))
    assert len(payloads) > 1
    assert all(length(payload.body["text"], "utf16") <= 670 for payload in payloads)
    assert {payload.body["coding"] for payload in payloads} == {"2"}
    assert ADAPTER.render(Say("OK {}"), PERSON, ADAPTER.capabilities(ACCOUNT))[0].body["coding"] == "0"
    assert ADAPTER.render(say, Address("tg", "1"), ADAPTER.capabilities(ACCOUNT)) == []


def test_send_asks_for_every_report_under_our_reference() -> None:
    gateway = Gateway(202, "0: Accepted for delivery")
    payload = Payload(PERSON, {"text": "שלום & ברכה", "coding": "2"}, ref="ref-1")
    receipt = asyncio.run(ADAPTER.send(payload, ACCOUNT, gateway))
    [(method, url)] = gateway.asked
    fields = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert (method, url.partition("?")[0]) == ("GET", "http://10.0.0.5:13013/cgi-bin/sendsms")
    report = fields.pop("dlr-url")
    assert report == f"https://city.example/in/kannel/k1/{KEY}?id=ref-1&status=%d&smscid=%F&text=%A"
    assert fields == {
        "username": "city",
        "password": "let-me-in",
        "from": "+972521112222",
        "to": "+972501234567",
        "text": "שלום & ברכה",
        "coding": "2",
        "charset": "UTF-8",
        "dlr-mask": "31",
    }
    assert (receipt.external_id, receipt.status) == ("ref-1", "sent")


@pytest.mark.parametrize(("status", "permanent"), [(400, True), (403, False), (503, False)])
def test_a_refusal_says_whether_to_try_again(status: int, permanent: bool) -> None:
    payload = Payload(PERSON, {"text": "x", "coding": "0"}, ref="r")
    with pytest.raises(ChannelError) as caught:
        asyncio.run(ADAPTER.send(payload, ACCOUNT, Gateway(status, "no")))
    assert caught.value.permanent is permanent
    assert not caught.value.unknown


@pytest.mark.parametrize("text", ["שלום, עיר + מדינה 🙂", "hello & good-bye"])
def test_a_simulated_message_passes_and_reads_back(text: str) -> None:
    request = ADAPTER.simulate(PERSON, {"text": text, "id": "one", "at": 1795559589}, ACCOUNT)
    assert request is not None
    ADAPTER.verify(request, ACCOUNT)
    [found] = ADAPTER.parse(request)
    assert (found.text, found.sender, found.account) == (text, PERSON, "+972521112222")


def test_a_log_of_request_targets_can_be_replayed() -> None:
    requests = ADAPTER.replay("access.log", b"GET /mo?id=1&from=0501234567&text=a HTTP/1.1\n/dlr?id=r&status=1\n")
    assert [found.kind for request in requests for found in ADAPTER.parse(request)] == [Kind.MESSAGE, Kind.STATUS]


def test_check_names_what_is_missing() -> None:
    assert [line.name for line in ADAPTER.check(ACCOUNT) if not line.ok] == ["allowed_ips"]
    assert json.dumps([line.hint for line in ADAPTER.check(AccountInfo("k", "kannel"))])
