"""Mail that comes in: who wrote, what, and whether a machine did."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kesher.channels.base import AccountInfo, Address, BadSignature, Event, Kind, Request
from kesher.channels.email.adapter import Adapter, sign
from kesher.channels.email.charsets import decode, header_text
from kesher.channels.email.mail_author import is_authenticated
from kesher.channels.event_json import stored_requests

SAMPLES = Path(__file__).parents[4] / "shared/data/channels/email"
FIXTURES = Path(__file__).with_name("fixtures")
KEY = "mail-key"
ACCOUNT = AccountInfo(
    "k1",
    "email",
    address="moked@city.example",
    secrets=("older", KEY),
    settings={"trusted_authserv": "mx.city.example"},
    public_url="https://city.example/in/email/k1",
)
PERSON = Address("mailto", "resident@mail.example", "תושבת לדוגמה")
ADAPTER = Adapter()
RAW = "From: Resident <Resident@Mail.example>\nTo: moked@city.example\nSubject: s\nMessage-ID: <1@mail.example>\n"


def pushed(body: bytes, **headers: str) -> Request:
    return Request("POST", "/in/email/k1", "", {"content-type": "message/rfc822", **headers}, body)


def read(extra: str = "", words: str = "hello\n", head: str = RAW) -> Event:
    [found] = ADAPTER.parse(pushed(f"{head}{extra}\n{words}".encode()))
    return found


def sample(name: str) -> list[Event]:
    file = SAMPLES / name
    if not file.exists():
        pytest.skip(f"no {name} here")
    return [event for request in ADAPTER.replay(file.name, file.read_bytes()) for event in ADAPTER.parse(request)]


# Who may push


def test_our_signature_opens_the_door() -> None:
    body = RAW.encode()
    ADAPTER.verify(pushed(body, **{"x-kesher-signature": sign(body, KEY)}), ACCOUNT)
    ADAPTER.verify(pushed(body, **{"x-kesher-signature": f"sha256={sign(body, 'older')}"}), ACCOUNT)


def test_a_providers_password_opens_the_door() -> None:
    credentials = base64.b64encode(f"anybody:{KEY}".encode()).decode()
    ADAPTER.verify(pushed(b"{}", authorization=f"Basic {credentials}"), ACCOUNT)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-kesher-signature": sign(b"other", KEY)},
        {"x-kesher-signature": sign(RAW.encode(), "wrong")},
        {"x-kesher-signature": "שלום"},
        {"authorization": f"Basic {base64.b64encode(b'user:wrong').decode()}"},
        {"authorization": f"Basic {base64.b64encode(KEY.encode()).decode()}"},
        {"authorization": f"Bearer {KEY}"},
        {"authorization": "Basic !!!"},
    ],
)
def test_anything_else_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        ADAPTER.verify(pushed(RAW.encode(), **headers), ACCOUNT)


def test_an_empty_secret_or_password_lets_nobody_in() -> None:
    empty = base64.b64encode(b"user:").decode()
    for secrets in ((), ("",)):
        with pytest.raises(BadSignature):
            ADAPTER.verify(pushed(b"", authorization=f"Basic {empty}"), replace(ACCOUNT, secrets=secrets))


# Who wrote, and to whom


def test_an_address_is_one_in_any_case_and_the_name_stays() -> None:
    assert read().sender == Address("mailto", "resident@mail.example", "Resident")


def test_a_strangers_mail_with_a_known_id_is_another_event() -> None:
    forged = read(head=RAW.replace("Resident@", "stranger@"))
    assert read().external_id == forged.external_id
    assert read().dedup_key != forged.dedup_key


def test_without_a_message_id_the_content_tells_two_mails_apart() -> None:
    head = RAW.replace("Message-ID: <1@mail.example>\n", "")
    keys = [read(words=words, head=head).dedup_key for words in ("one", "one", "two")]
    assert keys[0] == keys[1] != keys[2]


def test_the_servers_word_on_the_recipient_comes_before_the_senders() -> None:
    found = read("Delivered-To: moked+t-abc1@city.example\nCc: moked+t-zzzz@city.example\n")
    assert found.account == "moked@city.example"
    assert found.data["thread_token"] == "abc1"
    assert found.data["recipients"][0] == "moked+t-abc1@city.example"


def test_an_ordinary_tag_is_no_token() -> None:
    assert "thread_token" not in read("Delivered-To: moked+parking@city.example\n").data


def test_several_references_are_read_folded_and_with_commas() -> None:
    found = read("In-Reply-To: <a@x>,\n <b@x>\nReferences: <c@x>\n\t<a@x>\n")
    assert found.reply_to == "<a@x>"
    assert found.data["references"] == ["<c@x>", "<a@x>", "<b@x>"]


# What was written


def test_a_reply_is_shortened_and_the_whole_of_it_kept() -> None:
    found = read(words="Yes.\n\nOn 24 Nov 2026, at 10:00, City <m@c.example> wrote:\n> Is it?\n")
    assert found.text == "Yes."
    assert found.data["full_text"].endswith("> Is it?")


def test_a_mail_that_is_only_a_subject_says_its_subject() -> None:
    assert read(words="\n", head=RAW.replace("Subject: s", "Subject: no water")).text == "no water"


@pytest.mark.parametrize(
    "charset", ["windows-1255", "iso-8859-8", "iso-8859-8-i", "utf-8", "utf-16", "us-ascii", "no-such-charset", ""]
)
def test_hebrew_is_read_whatever_the_mail_calls_it(charset: str) -> None:
    codec = charset if charset in ("windows-1255", "utf-8", "utf-16", "iso-8859-8") else "windows-1255"
    body = f"{RAW}Content-Type: text/plain; charset={charset}\n\n".encode() + "שלום לכם".encode(codec)
    [found] = ADAPTER.parse(pushed(body))
    assert found.text == "שלום לכם"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("=?utf-8?B?16nXnNeV150=?=", "שלום"),
        ("=?utf-8?B?16nXnA==?= =?utf-8?B?15XXnQ==?=", "שלום"),
        ("=?utf-8?B?16nXnNc=?=\r\n =?utf-8?B?ldedIQ==?=", "שלום!"),  # a letter cut between two words
        ("=?windows-1255?Q?=F9=EC=E5=ED_=E0=E1?= x", "שלום אב x"),
        ("=?iso-8859-8-i?B?+ezl7Q==?=", "שלום"),
        ("=?utf-8*he?Q?=D7=A9?=", "ש"),
        ("=?nonsense?B?16k=?=", "ש"),
        ("=?utf-8?B?A?=", "A"),
        ("=?idna?Q?abc?=", "abc"),
        ("plain\r\n folded", "plain folded"),
    ],
)
def test_encoded_words(written: str, meant: str) -> None:
    assert header_text(written) == meant


def test_raw_letters_in_a_header_are_read() -> None:
    body = RAW.replace("Subject: s", "Subject: שלום").encode() + b"\nx"
    assert ADAPTER.parse(pushed(body))[0].data["subject"] == "שלום"
    body = RAW.replace("Subject: s", "Subject: שלום").encode("windows-1255") + b"\nx"
    assert ADAPTER.parse(pushed(body))[0].data["subject"] == "שלום"


def test_files_come_with_their_names_and_ornaments_do_not() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "r@mail.example", "moked@city.example", "<f@mail.example>"
    mail.set_content("see file")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="../../טופס.pdf")
    mail.add_attachment("notes", filename="notes.txt")
    mail.add_attachment(b"seal", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    [found] = ADAPTER.parse(pushed(mail.as_bytes()))
    assert found.text == "see file"
    assert [(media.name, media.mime) for media in found.media] == [
        ("טופס.pdf", "application/pdf"),
        ("notes.txt", "text/plain"),
    ]


def picture(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + width.to_bytes(4) + height.to_bytes(4) + b"rest"


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (picture(1, 1), 0),
        (picture(600, 1), 0),
        (b"GIF89a\x01\x00\x01\x00", 0),
        (picture(40, 40), 1),
        (picture(3, 3), 1),
        (b"\xff\xd8\xff a small photograph", 1),
        (b"x", 1),
    ],
)
def test_a_dot_that_counts_readers_is_left_out_and_a_small_picture_is_not(content: bytes, kept: int) -> None:
    def related(times: int) -> Event:
        mail = EmailMessage()
        mail["From"], mail["To"] = "r@mail.example", "moked@city.example"
        mail.set_content("<p>hello</p><img src='cid:1'>", subtype="html")
        for n in range(times):
            mail.add_related(content, maintype="image", subtype="png", cid=f"<{n}>")
        return ADAPTER.parse(pushed(mail.as_bytes()))[0]

    assert len(related(1).media) == len(related(3).media) == kept
    head = "Content-Type: image/gif; name=dot.gif\n"
    assert len(read(head, "GIF89a\x01\x00\x01\x00").media) == 1, "what somebody attached is a file, however small"


def test_an_attached_mail_is_a_file_and_not_a_bounce() -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "other@mail.example", "inner"
    inner.set_content("inner words")
    mail = EmailMessage()
    mail["From"], mail["To"] = "r@mail.example", "moked@city.example"
    mail.set_content("look")
    mail.add_attachment(inner)
    [found] = ADAPTER.parse(pushed(mail.as_bytes()))
    assert (found.kind, found.text) == (Kind.MESSAGE, "look")
    assert b"inner words" in found.media[0].content


def test_flowed_lines_are_joined() -> None:
    found = read("Content-Type: text/plain; format=flowed\n", "one long \nline\n\nanother\n")
    assert found.text == "one long line\n\nanother"


# Machines


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-generated",
        "Auto-Submitted: auto-replied (vacation)",
        "Precedence: bulk",
        "Precedence: List",
        "List-Id: <l.example>",
        "X-Auto-Response-Suppress: OOF",
        "X-Autoreply: yes",
        "Return-Path: <>",
    ],
)
def test_a_machine_is_known_by_its_headers(header: str) -> None:
    assert read(f"{header}\n").kind is Kind.AUTO_REPLY


@pytest.mark.parametrize("header", ["Auto-Submitted: no", "Precedence: first-class", "Return-Path: <r@mail.example>"])
def test_a_person_is_no_machine(header: str) -> None:
    assert read(f"{header}\n").kind is Kind.MESSAGE


def test_a_bounce_without_a_report_is_known_by_who_sends_it() -> None:
    head = RAW.replace("Resident <Resident@Mail.example>", "MAILER-DAEMON@mail.example")
    found = read("Return-Path: <>\nDelivered-To: moked+b-r1@city.example\n", "550 5.1.1 unknown\n", head)
    assert (found.kind, found.status, found.sender) == (Kind.BOUNCE, "failed", None)
    assert found.data == {"ref": "r1", "code": "5.1.1"}


def test_a_read_receipt_is_no_bounce() -> None:
    head = RAW + 'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\n'
    assert read(words="--b\n\nread\n--b--\n", head=head).kind is Kind.AUTO_REPLY


# Whose word counts

OURS = "mx.city.example; dkim=pass header.d=mail.example; dmarc=pass (p=none) header.from=mail.example"


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ([OURS], True),
        (["mx.city.example; dkim=pass header.i=@mail.example"], True),
        (["mx.other.example; dmarc=pass header.from=mail.example"], False),
        (["mx.city.example; dmarc=fail header.from=mail.example", OURS], False),
        (["mx.city.example; dkim=pass header.d=evil.example"], False),
        (["mx.city.example; dkim=pass header.d=mail.example; dmarc=fail header.from=mail.example"], False),
        (["mx.city.example; dmarc=pass header.from=evil.example"], False),
        (['mx.city.example; spf=pass smtp.mailfrom="a;dmarc=pass header.from=mail.example"@evil.example'], False),
        (["mx.city.example; spf=pass smtp.mailfrom=mail.example"], False),
        (["mx.city.example"], False),
        ([], False),
    ],
)
def test_only_our_own_server_vouches_for_a_domain(headers: list[str], good: bool) -> None:
    assert is_authenticated(headers, "mx.city.example", "resident@mail.example") is good
    assert not is_authenticated(headers, "", "resident@mail.example")


def test_assess_marks_what_our_server_vouches_for() -> None:
    found = read(f"Authentication-Results: {OURS}\n")
    assert ADAPTER.assess(found, ACCOUNT).data["authenticated"] is True
    assert "authenticated" not in ADAPTER.assess(found, replace(ACCOUNT, settings={})).data
    assert "authenticated" not in found.data


# Other people's samples, and anything at all


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("anymail_sample_email.txt", "Hi Bob, This is a message. Thanks!"),
        ("anymail_postmark-inbound-test-payload.json", "This is a test text body."),
        ("anymail_postmark-inbound-test-payload-with-raw.json", "This is a test text body."),
        ("chatwoot_mail_with_references.eml", "Email with references header"),
        ("chatwoot_multiple_in_reply_to.eml", "Let's talk about these images"),
    ],
)
def test_samples_that_others_wrote(name: str, text: str) -> None:
    [found] = sample(name)
    assert (found.kind, found.text) == (Kind.MESSAGE, text)
    assert found.sender
    assert found.account


def test_a_bounce_of_a_real_postfix() -> None:
    [found] = sample("dsn-postfix-3.10-own-capture.eml")
    assert (found.kind, found.status, found.account) == (Kind.BOUNCE, "failed", "moked@kesher.test")
    assert found.target == "<179555971286.22578.1988782687727360915@kesher.test>"
    assert found.data == {"ref": "8f3a.m3", "code": "5.1.1", "recipient": "nouser@citizen.test"}


def raws() -> Iterator[bytes]:
    for file in sorted(FIXTURES.iterdir()):
        if not file.name.endswith(".expected.json"):
            yield from (request.body for request in stored_requests(ADAPTER, file.name, file.read_bytes()))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(raws())), st.data())
def test_parse_takes_anything(raw: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(raw)))
    mutated = raw[:at] + data.draw(st.binary(max_size=12)) + raw[at + data.draw(st.integers(0, 30)) :]
    kinds = (
        "message/rfc822",
        "application/json",
        "multipart/form-data; boundary=fb",
        "application/x-www-form-urlencoded",
    )
    for kind in kinds:
        assert all(found.dedup_key for found in ADAPTER.parse(pushed(mutated, **{"content-type": kind})))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\x00\xff", b"no mail at all", b"From" * 5000])
def test_what_is_no_mail_is_kept_as_unknown(body: bytes) -> None:
    [found] = ADAPTER.parse(pushed(body))
    assert found.kind is Kind.UNKNOWN


def test_absurd_nesting_is_survived() -> None:
    parts = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(3000))
    assert ADAPTER.parse(pushed(f"{RAW}{parts}\ndeep".encode()))[0].dedup_key


def test_a_codec_that_takes_quadratic_time_is_not_asked() -> None:
    assert decode(b"abc", "punycode") == "abc"


# The simulator


@pytest.mark.parametrize(
    "say",
    [
        {"text": "שלום עיר"},
        {"choice_id": "2"},
        {"text": "x", "media": [{"mime": "image/png", "name": "a.png", "content_b64": "iVBORw0="}]},
    ],
)
def test_a_simulated_mail_is_signed_and_reads_back(say: dict[str, Any]) -> None:
    request = ADAPTER.simulate(PERSON, say, ACCOUNT)
    assert request is not None
    ADAPTER.verify(request, ACCOUNT)
    [found] = ADAPTER.parse(request)
    assert (found.sender, found.account) == (PERSON, "moked@city.example")
    assert found.text == say.get("text", "2")
    assert len(found.media) == len(say.get("media", []))
