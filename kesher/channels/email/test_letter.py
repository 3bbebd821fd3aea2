"""Mail that goes out: how it looks, and what a real SMTP server receives of it."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from kesher.channels.base import AccountInfo, Address, ChannelError, Media, Option, Payload, Say
from kesher.channels.email import mail_servers
from kesher.channels.email.adapter import Adapter
from kesher.channels.email.compose import compose, html_page
from kesher.channels.email.mail_servers import check_host
from kesher.channels.http_client import GuardedClient

ACCOUNT = AccountInfo(
    "k1",
    "email",
    address="moked@city.example",
    settings={
        "smtp_host": "127.0.0.1",
        "smtp_tls": "none",
        "allow_private": True,
        "from_name": {"he": "עיריית הדוגמה", "en": "City of Examples"},
        "accent": "#7a1f3d",
    },
)
PERSON = Address("mailto", "resident@mail.example")
ADAPTER = Adapter()
CAPABILITIES = ADAPTER.capabilities(ACCOUNT)
CLIENT = GuardedClient()
SAY = Say("שלום רב,\n\nבמה מדובר?", (Option("a", "בור בכביש"), Option("b", "פנס <רחוב>")), subject="דיווח\nחדש")


@dataclass
class Citizen:
    """A mail server that keeps what it gets, or answers as told."""

    got: list[Envelope] = field(default_factory=list)
    on_rcpt: str = "250 OK"
    on_data: str = "250 2.0.0 kept as 42"
    silent: bool = False
    slow: float = 0.0  # seconds in which the mail is read through

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, to: str, options: Any) -> str:
        if self.on_rcpt.startswith("250"):
            envelope.rcpt_tos.append(to)
        return self.on_rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.got.append(envelope)
        await asyncio.sleep(self.slow)
        if self.silent:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return self.on_data


def only_us(_server: SMTP, _session: Session, _envelope: Envelope, _way: str, given: Any) -> AuthResult:
    return AuthResult(success=isinstance(given, LoginPassword) and given.password == b"right", handled=False)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def citizen() -> Iterator[tuple[Citizen, AccountInfo]]:
    handler = Citizen()
    port = free_port()
    server = Controller(
        handler, hostname="127.0.0.1", port=port, authenticator=only_us, auth_require_tls=False, ready_timeout=10
    )
    server.start()
    yield handler, replace(ACCOUNT, settings={**ACCOUNT.settings, "smtp_port": port})
    server.stop()


def made(say: Say = SAY, ref: str = "0123abcd", **extra: Any) -> Payload:
    [payload] = ADAPTER.render(say, PERSON, CAPABILITIES)
    return replace(payload, ref=ref, body={**payload.body, **extra})


def sent(payload: Payload, account: AccountInfo) -> Any:
    return asyncio.run(ADAPTER.send(payload, account, CLIENT))


def composed(payload: Payload, account: AccountInfo = ACCOUNT) -> EmailMessage:
    message = message_from_bytes(compose(payload, account).as_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert isinstance(found, EmailMessage)
    return str(found.get_content())


def content(envelope: Envelope) -> bytes:
    assert isinstance(envelope.content, bytes)
    return envelope.content


# How it looks


def test_the_plain_text_numbers_the_options_and_says_how_to_answer() -> None:
    options = "\u200f1 בור בכביש\n\u200f2 פנס <רחוב>"
    assert made().text == f"שלום רב,\n\nבמה מדובר?\n{options}\n\nכדי לענות, השיבו להודעה הזו וכתבו את המספר."


@pytest.mark.parametrize(("lang", "direction"), [("he", "rtl"), ("ar", "rtl"), ("ru", "ltr"), ("en", "ltr")])
def test_the_html_runs_in_the_readers_direction(lang: str, direction: str) -> None:
    html = html_page(made(replace(SAY, lang=lang)).body, ACCOUNT)
    assert f'<html lang="{lang}" dir="{direction}">' in html
    assert f'<div lang="{lang}" dir="{direction}"' in html


def test_the_html_escapes_words_and_wears_the_agencys_name_and_colour() -> None:
    html = html_page(made(replace(SAY, links=(("טופס", "https://city.example/f?a=1&b=2"),))).body, ACCOUNT)
    assert "פנס &lt;רחוב&gt;" in html
    assert "עיריית הדוגמה" in html
    assert 'href="https://city.example/f?a=1&amp;b=2"' in html
    assert "background:#7a1f3d" in html
    assert "#0b5394" not in html


@pytest.mark.parametrize("accent", ["red", "#12", '#000000"><script>', None])
def test_a_colour_that_is_none_is_not_used(accent: Any) -> None:
    html = html_page(made().body, replace(ACCOUNT, settings={**ACCOUNT.settings, "accent": accent}))
    assert "background:#0b5394" in html
    assert "<script>" not in html


def test_a_web_address_can_be_tapped_and_no_other_address_can() -> None:
    html = html_page(made(Say("ראו https://city.example/x, תודה", links=(("x", "javascript:alert(1)"),))).body, ACCOUNT)
    assert '<a href="https://city.example/x" dir="ltr">https://city.example/x</a>, תודה' in html
    assert 'href="javascript' not in html


def test_only_a_mailbox_is_written_to() -> None:
    assert ADAPTER.render(SAY, Address("tel", "+972501234567"), CAPABILITIES) == []


# Its headers


def test_the_headers_of_a_machines_answer_in_a_thread() -> None:
    answer = made(
        auto=True,
        in_reply_to="<last@mail.example>",
        references=["<first@mail.example>", "<last@mail.example>"],
        thread_token="k3m9",
        unsubscribe_url="https://city.example/u/1",
    )
    mail = composed(answer)
    assert mail["From"] == "עיריית הדוגמה <moked@city.example>"
    assert mail["Subject"] == "דיווח חדש"
    assert mail["Message-ID"] == "<0123abcd@city.example>"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["In-Reply-To"] == "<last@mail.example>"
    assert mail["References"] == "<first@mail.example> <last@mail.example>"
    assert mail["Reply-To"] == "moked+t-k3m9@city.example"
    assert mail["List-Unsubscribe"] == "<https://city.example/u/1>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "https://city.example/u/1" in part(mail, "html")


def test_a_persons_answer_is_not_marked_as_a_machines() -> None:
    mail = composed(made())
    for name in ("Auto-Submitted", "In-Reply-To", "References", "Reply-To", "List-Unsubscribe"):
        assert name not in mail


def test_a_long_message_id_is_never_folded_into_encoded_words() -> None:
    long = f"<{'A' * 90}@mail.example>"
    raw = compose(made(thread={"reply_to": long, "references": [long], "subject": "x"}), ACCOUNT).as_bytes()
    assert raw.count(long.encode()) == 2


def test_the_routes_memory_of_a_thread_names_the_subject() -> None:
    thread = {"subject": "בור", "references": ["<1@m.example>"], "reply_to": "<2@m.example>"}
    mail = composed(made(Say("טופל"), thread=thread))
    assert mail["Subject"] == "Re: בור"
    assert mail["References"] == "<1@m.example> <2@m.example>"
    assert composed(made(Say("טופל"), thread={"subject": "Re: בור"}))["Subject"] == "Re: בור"
    assert composed(made(Say("טופל")))["Subject"] == "הודעה בעניין פנייתכם"


@pytest.mark.parametrize("hostile", ["x\r\nBcc: all@mail.example", "x\nBcc: all@mail.example"])
def test_no_header_can_be_smuggled_in(hostile: str) -> None:
    payload = made(
        Say("x", subject=hostile), in_reply_to=hostile, thread_token=hostile, unsubscribe_url=hostile, ref=hostile
    )
    assert "Bcc" not in composed(payload)


# A real server


def test_a_real_server_receives_the_mail_and_where_bounces_go(citizen: tuple[Citizen, AccountInfo]) -> None:
    handler, account = citizen
    receipt = sent(
        made(replace(SAY, media=(Media("document", "text/plain", name="הודעה.txt", content=b"file"),))), account
    )
    [envelope] = handler.got
    assert (envelope.mail_from, envelope.rcpt_tos) == ("moked+b-0123abcd@city.example", ["resident@mail.example"])
    mail = message_from_bytes(content(envelope), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert part(mail, "plain").startswith("שלום רב,")
    assert 'dir="rtl"' in part(mail, "html")
    assert [(file.get_filename(), file.get_content()) for file in mail.iter_attachments()] == [("הודעה.txt", "file")]
    assert (receipt.external_id, receipt.status) == ("<0123abcd@city.example>", "sent")
    assert receipt.data["answer"].endswith("kept as 42")


def test_what_we_send_is_understood_when_it_comes_back(citizen: tuple[Citizen, AccountInfo]) -> None:
    handler, account = citizen
    sent(made(auto=True), account)
    [event] = [
        found for request in ADAPTER.replay("x.eml", content(handler.got[0])) for found in ADAPTER.parse(request)
    ]
    assert event.kind == "auto_reply"  # so two Keshers do not talk to each other for ever


def test_the_same_reference_is_the_same_message_id(citizen: tuple[Citizen, AccountInfo]) -> None:
    _, account = citizen
    assert sent(made(), account).external_id == sent(made(), account).external_id
    assert sent(made(ref=""), account).external_id != sent(made(ref=""), account).external_id


@pytest.mark.parametrize(
    ("answer", "permanent", "code"),
    [
        ("550 5.1.1 no such user", True, "5.1.1"),
        ("554 refused", True, "554"),
        ("451 4.7.1 later", False, "4.7.1"),
        ("421 busy", False, "421"),
    ],
)
@pytest.mark.parametrize("step", ["on_rcpt", "on_data"])
def test_a_refusal_says_whether_to_try_again(
    citizen: tuple[Citizen, AccountInfo], step: str, answer: str, permanent: bool, code: str
) -> None:
    handler, account = citizen
    setattr(handler, step, answer)
    with pytest.raises(ChannelError) as caught:
        sent(made(), account)
    assert (caught.value.permanent, caught.value.unknown, caught.value.code) == (permanent, False, code)


def test_no_answer_after_the_words_is_an_unknown_outcome(citizen: tuple[Citizen, AccountInfo]) -> None:
    handler, account = citizen
    handler.silent = True
    with pytest.raises(ChannelError) as caught:
        sent(made(), account)
    assert caught.value.unknown
    assert not caught.value.permanent


def test_a_server_may_read_a_mail_through_before_it_answers(
    citizen: tuple[Citizen, AccountInfo], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, account = citizen
    handler.slow = 0.6
    monkeypatch.setattr(mail_servers, "TIMEOUT", 0.3)
    assert sent(made(), account).status == "sent"


def test_nobody_there_is_a_passing_trouble() -> None:
    account = replace(ACCOUNT, settings={**ACCOUNT.settings, "smtp_port": free_port()})
    with pytest.raises(ChannelError) as caught:
        sent(made(), account)
    assert not caught.value.unknown
    assert not caught.value.permanent


@pytest.mark.parametrize(("password", "good"), [("right", True), ("wrong", False)])
def test_a_wrong_password_makes_the_mail_wait(citizen: tuple[Citizen, AccountInfo], password: str, good: bool) -> None:
    handler, account = citizen
    account = replace(account, token=password, settings={**account.settings, "smtp_user": "moked"})
    if good:
        sent(made(), account)
        assert handler.got
        return
    with pytest.raises(ChannelError) as caught:
        sent(made(), account)
    assert not caught.value.permanent
    assert caught.value.retry_after


def test_a_server_without_encryption_is_refused_where_it_was_asked_for(citizen: tuple[Citizen, AccountInfo]) -> None:
    handler, account = citizen
    with pytest.raises(ChannelError):
        sent(made(), replace(account, settings={**account.settings, "smtp_tls": "starttls"}))
    assert handler.got == []


@pytest.mark.parametrize(
    "change", [{"allow_private": False, "smtp_tls": "ssl"}, {"allow_private": False}, {"smtp_host": ""}]
)
def test_our_own_network_is_not_reached(citizen: tuple[Citizen, AccountInfo], change: dict[str, Any]) -> None:
    handler, account = citizen
    with pytest.raises(ChannelError) as caught:
        sent(made(), replace(account, settings={**account.settings, **change}))
    assert caught.value.permanent
    assert handler.got == []


def test_the_installation_permits_a_host_and_port_of_its_own_network(citizen: tuple[Citizen, AccountInfo]) -> None:
    handler, account = citizen
    account = replace(account, settings={**account.settings, "allow_private": False})
    place = f"127.0.0.1:{account.settings['smtp_port']}"
    with pytest.raises(ChannelError):
        sent(made(), replace(account, reachable=frozenset({"127.0.0.1:1"})))
    sent(made(), replace(account, reachable=frozenset({place})))
    assert len(handler.got) == 1


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "2130706433", "10.1.2.3", "169.254.169.254", "::1", "[::1]"]
)
def test_a_private_address_in_any_spelling_is_refused(host: str) -> None:
    with pytest.raises(ChannelError):
        check_host(host, 25, private=False)


@pytest.mark.parametrize(
    "address", ["a b@mail.example", "nobody", "x@y.example\nBcc: z@y.example", "תושב@mail.example", "@x", "a@"]
)
def test_what_is_no_address_is_refused_for_good(address: str) -> None:
    with pytest.raises(ChannelError) as caught:
        sent(replace(made(), to=Address("mailto", address)), ACCOUNT)
    assert caught.value.permanent


def test_a_broken_file_does_not_stop_the_mail() -> None:
    mail = composed(made(files=[{"name": "a\nb", "mime": "x\ny", "content_b64": "A"}]))
    assert [base64.b64encode(file.get_content()) for file in mail.iter_attachments()] == [b""]


def test_check_names_what_is_missing() -> None:
    assert [line.name for line in ADAPTER.check(ACCOUNT) if not line.ok] == ["way in"]
    assert [line.name for line in ADAPTER.check(AccountInfo("k", "email")) if not line.ok] == [
        "address",
        "smtp_host",
        "way in",
    ]
