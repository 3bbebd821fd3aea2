"""SMS by Twilio's protocol. The oracle of signatures is Twilio's own validator."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from kesher.channels.base import (
    AccountInfo,
    Address,
    BadSignature,
    ChannelError,
    Kind,
    Media,
    Option,
    Payload,
    Request,
    Say,
)
from kesher.channels.sms.adapter import Adapter
from kesher.channels.telephone.twilio_requests import FORM
from kesher.language import length

URL = "https://city.example/in/sms/k1"
KEY = "0f1e2d3c4b5a"
ACCOUNT = AccountInfo(
    "k1",
    "sms",
    address="+972521112222",
    secrets=("older-key", KEY),
    token=KEY,
    settings={"account_sid": "AC1"},
    public_url=URL,
)
PERSON = Address("tel", "+972501234567")
ADAPTER = Adapter()


class Values(dict[str, list[str]]):
    """A form as Twilio's validator reads one: several values for a name."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


class Provider:
    """Answers as told, and remembers what it was asked."""

    def __init__(self, *answers: tuple[int, Any], headers: Mapping[str, str] | None = None) -> None:
        self.answers = list(answers)
        self.headers = headers or {}
        self.asked: list[dict[str, Any]] = []

    async def request(self, method: str, url: str, **rest: Any) -> tuple[int, Mapping[str, str], bytes]:
        self.asked.append({"method": method, "url": url, **rest})
        status, body = self.answers.pop(0)
        return status, self.headers, body if isinstance(body, bytes) else json.dumps(body).encode()


def signed(fields: list[tuple[str, str]], url: str = URL, key: str = KEY, algorithm: str = "HMAC_SHA1") -> Request:
    body = urlencode(fields)
    values = Values(parse_qs(body, keep_blank_values=True))
    headers = {
        "content-type": FORM,
        "x-twilio-signature": RequestValidator(key).compute_signature(url, values, algorithm),
    }
    if algorithm != "HMAC_SHA1":
        headers["x-twilio-webhooks-signature-settings"] = f"key=webhooks_1,algorithm={algorithm}"
    return Request("POST", "/in/sms/k1", "", headers, body.encode(), url)


FIELDS = [("MessageSid", "SM1"), ("From", "+972501234567"), ("To", "+972521112222"), ("Body", "שלום + 1&2 = 3")]
CASES = [
    FIELDS,
    [*FIELDS, ("Extra", "")],
    [*FIELDS, ("Twice", "b"), ("Twice", "a"), ("Twice", "b")],
    [*FIELDS, ("body", " spaces kept \n")],
]


@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
@pytest.mark.parametrize("fields", CASES)
@pytest.mark.parametrize("url", [URL, "https://city.example:443/in/sms/k1", f"{URL}?ref=a%20b"])
def test_what_the_provider_signed_is_accepted(fields: list[tuple[str, str]], url: str, algorithm: str) -> None:
    ADAPTER.verify(signed(fields, url, algorithm=algorithm), ACCOUNT)


@pytest.mark.parametrize("public", [URL, "https://city.example:443/in/sms/k1"])
def test_a_port_that_only_one_side_names_does_not_matter(public: str) -> None:
    request = signed(FIELDS, "https://city.example:443/in/sms/k1")
    ADAPTER.verify(replace(request, url=public), ACCOUNT)
    ADAPTER.verify(replace(signed(FIELDS, URL), url=public), ACCOUNT)


@given(st.lists(st.tuples(st.text("ab=&אב ", min_size=1), st.text("ab=&א+ %\n"))))
def test_any_form_is_signed_as_the_provider_signs_it(fields: list[tuple[str, str]]) -> None:
    ADAPTER.verify(signed(fields), ACCOUNT)


def test_a_changed_letter_is_refused() -> None:
    request = signed(FIELDS)
    with pytest.raises(BadSignature):
        ADAPTER.verify(replace(request, body=request.body.replace(b"SM1", b"SM2")), ACCOUNT)


@pytest.mark.parametrize("url", ["https://other.example/in/sms/k1", f"{URL}?ref=1", "http://city.example/in/sms/k1"])
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(BadSignature):
        ADAPTER.verify(replace(signed(FIELDS), url=url), ACCOUNT)


@pytest.mark.parametrize("secrets", [(), ("",), ("older-key",)])
def test_without_the_right_secret_nothing_is_accepted(secrets: tuple[str, ...]) -> None:
    with pytest.raises(BadSignature):
        ADAPTER.verify(signed(FIELDS, key=KEY), replace(ACCOUNT, secrets=secrets))
    with pytest.raises(BadSignature):
        ADAPTER.verify(signed(FIELDS, key=""), replace(ACCOUNT, secrets=("",)))


@pytest.mark.parametrize("change", ["missing", "algorithm", "not ascii"])
def test_a_strange_signature_is_refused(change: str) -> None:
    request = signed(FIELDS)
    headers = dict(request.headers)
    if change == "missing":
        del headers["x-twilio-signature"]
    elif change == "algorithm":
        headers["x-twilio-webhooks-signature-settings"] = "algorithm=HMAC_MD5"
    else:
        headers["x-twilio-signature"] = "שלום"
    with pytest.raises(BadSignature):
        ADAPTER.verify(replace(request, headers=headers), ACCOUNT)


def test_a_signature_of_the_newer_kind_is_not_taken_for_one_of_the_older() -> None:
    request = signed(FIELDS, algorithm="HMAC_SHA256")
    headers = {name: value for name, value in request.headers.items() if "settings" not in name}
    with pytest.raises(BadSignature):
        ADAPTER.verify(replace(request, headers=headers), ACCOUNT)


@given(st.binary(max_size=200), st.text(max_size=40))
def test_parse_takes_anything(body: bytes, query: str) -> None:
    for raw in (body, b"MessageStatus=sent&MessageSid=" + body, b"MessageSid=1&From=%2B972501234567&Body=" + body):
        [event] = ADAPTER.parse(Request("POST", "/", query, {}, raw))
        assert event.dedup_key


def test_a_redelivery_has_the_same_key_and_another_message_has_not() -> None:
    first, again = (ADAPTER.parse(signed(FIELDS))[0] for _ in range(2))
    other = ADAPTER.parse(signed([("MessageSid", "SM2"), *FIELDS[1:]]))[0]
    assert first.dedup_key == again.dedup_key != other.dedup_key


def test_the_states_of_one_message_are_several_events() -> None:
    keys = {
        ADAPTER.parse(signed([("MessageSid", "SM1"), ("MessageStatus", word)]))[0].dedup_key
        for word in ("queued", "sent", "delivered")
    }
    assert len(keys) == 3


def test_options_become_numbered_lines_and_a_long_text_becomes_several_messages() -> None:
    say = Say("במה מדובר? " * 200, (Option("a", "בור בכביש"), Option("b", "פנס רחוב")))
    payloads = ADAPTER.render(say, PERSON, ADAPTER.capabilities(ACCOUNT))
    assert len(payloads) == 2
    assert all(length(payload.body["body"], "utf16") <= 1600 for payload in payloads)
    assert payloads[-1].text.endswith("1 בור בכביש\n\u200f2 פנס רחוב")


def test_a_file_goes_as_a_link_and_only_to_a_phone() -> None:
    say = Say("המפה", media=(Media("image", url="https://city.example/f/1", caption="מפה"),))
    [payload] = ADAPTER.render(say, PERSON, ADAPTER.capabilities(ACCOUNT))
    assert payload.body["body"] == "המפה\nמפה: https://city.example/f/1"
    assert ADAPTER.render(say, Address("mailto", "a@b.example"), ADAPTER.capabilities(ACCOUNT)) == []


def test_send_makes_one_request_with_our_reference_in_the_callback() -> None:
    provider = Provider((201, {"sid": "SM9", "status": "queued"}))
    receipt = asyncio.run(ADAPTER.send(Payload(PERSON, {"body": "שלום"}, ref="r/1"), ACCOUNT, provider))
    [asked] = provider.asked
    assert (asked["method"], asked["url"]) == ("POST", "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json")
    assert asked["auth"] == ("AC1", KEY)
    assert asked["data"] == {
        "To": PERSON.address,
        "From": "+972521112222",
        "Body": "שלום",
        "StatusCallback": f"{URL}?ref=r%2F1",
    }
    assert (receipt.external_id, receipt.status) == ("SM9", "sent")


@pytest.mark.parametrize(
    ("status", "code", "permanent", "stopped"),
    [
        (400, 21610, True, True),
        (400, 21211, True, False),
        (400, 21614, True, False),
        (400, 99999, True, False),
        (429, 20429, False, False),
        (429, None, False, False),
        (401, 20003, False, False),
        (503, None, False, False),
    ],
)
def test_a_refusal_says_whether_to_try_again(status: int, code: int | None, permanent: bool, stopped: bool) -> None:
    provider = Provider((status, {"code": code, "message": "no"}), headers={"retry-after": "7"})
    with pytest.raises(ChannelError) as caught:
        asyncio.run(ADAPTER.send(Payload(PERSON, {"body": "x"}), ACCOUNT, provider))
    error = caught.value
    assert (error.permanent, error.stopped, error.unknown) == (permanent, stopped, False)
    assert error.retry_after == 7.0


def test_an_answer_that_names_no_message_is_an_unknown_outcome() -> None:
    with pytest.raises(ChannelError) as caught:
        asyncio.run(ADAPTER.send(Payload(PERSON, {"body": "x"}), ACCOUNT, Provider((200, b"<html>"))))
    assert caught.value.unknown


def test_the_password_goes_to_the_provider_and_not_along_its_redirect() -> None:
    provider = Provider((307, b""), (200, b"jpeg"), headers={"location": "https://files.example/1"})
    media = Media("image", url="https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1")
    assert asyncio.run(ADAPTER.fetch_media(media, ACCOUNT, provider)) == b"jpeg"
    assert [asked.get("auth") for asked in provider.asked] == [("AC1", KEY), None]


@pytest.mark.parametrize("url", ["https://evil.example/1", "https://api.twilio.com.evil.example/1"])
def test_the_password_never_goes_to_another_host(url: str) -> None:
    provider = Provider((200, b"jpeg"))
    asyncio.run(ADAPTER.fetch_media(Media("image", url=url), ACCOUNT, provider))
    assert provider.asked[0]["auth"] is None


def test_a_simulated_message_is_signed_and_reads_back() -> None:
    request = ADAPTER.simulate(PERSON, {"text": "שלום", "id": "one"}, ACCOUNT)
    assert request is not None
    ADAPTER.verify(request, ACCOUNT)
    [event] = ADAPTER.parse(request)
    assert (event.kind, event.sender, event.text) == (Kind.MESSAGE, PERSON, "שלום")
    assert ADAPTER.simulate(Address("web", "visitor-1"), {"text": "x"}, ACCOUNT) is None


def test_the_provider_is_told_to_say_nothing_itself() -> None:
    reply = ADAPTER.acknowledge(signed(FIELDS), ACCOUNT)
    assert (reply.status, reply.body, reply.content_type) == (200, b"<Response/>", "text/xml")


def test_check_names_what_is_missing() -> None:
    assert all(line.ok for line in ADAPTER.check(ACCOUNT))
    assert not any(line.ok for line in ADAPTER.check(AccountInfo("k", "sms")))
