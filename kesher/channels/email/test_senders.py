"""Who a mail is from, and who may say so: an address is what stands as one, and never a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.channels.base import AccountInfo, Event, Kind, Request
from kesher.channels.email.adapter import Adapter
from kesher.channels.email.address_header_parser import read_mailboxes

ADAPTER = Adapter()
SERVER = "mx.city.example"
ACCOUNT = AccountInfo("k1", "email", address="moked@city.example", settings={"trusted_authserv": SERVER})
VICTIM, ATTACKER = "dana@mail.example", "omar@mail.example"  # of one provider, which signs for both
PASS = f"Authentication-Results: {SERVER}; dmarc=pass header.from=mail.example\n"


def read(head: str, proof: str = PASS) -> Event:
    """The assessed event of a mail with these headers."""
    raw = f"{proof}{head}\nTo: moked@city.example\nMessage-ID: <1@mail.example>\n\nhello\n".encode()
    [found] = ADAPTER.parse(Request("POST", "/", "", {"content-type": "message/rfc822"}, raw))
    return ADAPTER.assess(found, ACCOUNT)


def sender(head: str) -> str:
    found = read(head)
    return found.sender.address if found.sender else ""


def is_authenticated(head: str, proof: str = PASS) -> bool:
    return "authenticated" in read(head, proof).data


# A name is only a name

FORGED = [
    f"&lt;{VICTIM}&gt; <{ATTACKER}>",
    f"{VICTIM} <{ATTACKER}>",
    f"{VICTIM}\n <{ATTACKER}>",
    f"{VICTIM}\n\t\n\t<{ATTACKER}>",
    f'"{VICTIM}" <{ATTACKER}>',
    f'"Levi, Dana <{VICTIM}>" <{ATTACKER}>',
    f'"\\" <{VICTIM}>" <{ATTACKER}>',
    f"Levi, Dana {VICTIM} <{ATTACKER}>",
    f"<{ATTACKER}> {VICTIM}",
    f"({VICTIM}) <{ATTACKER}>",
    f"(a (nested <{VICTIM}>) comment) {ATTACKER} ({VICTIM})",
    f"{ATTACKER} ({VICTIM})",
    f"Dana ({VICTIM}) <{ATTACKER}>",
    f"=?utf-8?q?dana=40mail.example?= <{ATTACKER}>",
    f"=?utf-8?q?=3Cdana=40mail.example=3E?= <{ATTACKER}>",
    f"=?utf-8?b?ZGFuYUBtYWlsLmV4YW1wbGU=?=\n <{ATTACKER}>",
    f"{VICTIM}\u200f <{ATTACKER}>",
    f"{VICTIM}: <{ATTACKER}>",
    f"{VICTIM}: {ATTACKER};",
]


@pytest.mark.parametrize("value", FORGED)
def test_an_address_in_the_name_is_not_the_sender(value: str) -> None:
    assert sender(f"From: {value}") == ATTACKER


@given(st.text(st.sampled_from('dana@mil.exp \\"(),;:=?<>q_\n\t'), max_size=40))
def test_no_name_before_the_brackets_becomes_an_address_that_is_believed(name: str) -> None:
    sure = [box.address for box in read_mailboxes(f'"{name}" {name} <{ATTACKER}>') if box.sure]
    assert set(sure) <= {ATTACKER} or "<" in name or "," in name or ";" in name or ":" in name


@pytest.mark.parametrize(
    "value",
    [
        f"{VICTIM}, {ATTACKER}",
        f"{VICTIM}; {ATTACKER}",
        f"<{VICTIM}> <{ATTACKER}>",
        f"{VICTIM}, Omar <{ATTACKER}>",
        f"{VICTIM} <{ATTACKER}>",
        f"{VICTIM} {ATTACKER}",
        f"City: {VICTIM}, {ATTACKER};",
        f"City: {VICTIM};",
        f"Dana {VICTIM}",
        f"<<{VICTIM}>>",
        f"Dana <{VICTIM}",
        "da\x00na@mail.example",
        "=?utf-8?q?Dana_=3Cdana=40mail.example=3E?=",
        f"{VICTIM}\nFrom: {ATTACKER}",
        f"{VICTIM}\nfrom: {VICTIM}",
    ],
)
def test_what_can_be_read_in_two_ways_is_never_authenticated(value: str) -> None:
    found = read(f"From: {value}")
    assert found.sender is not None
    assert found.data["claimed"] is True
    assert "authenticated" not in found.data
    assert "\x00" not in found.sender.address


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (VICTIM, ""),
        (f"<{VICTIM}>", ""),
        (f"Dana <{VICTIM.upper()}>", "Dana"),
        (f'"Levi, Dana" <{VICTIM}>', "Levi, Dana"),
        (f"Levi, Dana <{VICTIM}>", "Levi, Dana"),
        (f"{VICTIM} <{VICTIM}>", VICTIM),
        (f"{VICTIM} (Dana)", "Dana"),
        ('"dana"@mail.example', ""),
        (f"=?utf-8?b?15PXoNeUINec15XXmQ==?= <{VICTIM}>", "דנה לוי"),
        (f"דנה לוי <{VICTIM}>", "דנה לוי"),
    ],
)
def test_an_ordinary_from_is_authenticated_with_its_name(value: str, name: str) -> None:
    found = read(f"From: {value}")
    assert found.sender is not None
    assert (found.sender.address, found.sender.display) == (VICTIM, name)
    assert found.data["authenticated"] is True


def test_of_several_authors_the_one_who_sent_it_is_meant() -> None:
    assert sender(f"From: {VICTIM}, {ATTACKER}\nSender: {ATTACKER}") == ATTACKER
    assert sender(f"From: {VICTIM}, {ATTACKER}\nSender: other@mail.example") == VICTIM


# The proof must be about that very address


@pytest.mark.parametrize(
    "proof",
    [
        f"{SERVER}; dmarc=pass header.from=evil.example",
        f"{SERVER}; dmarc=pass header.from=sub.mail.example",
        f"{SERVER}; dmarc=pass header.from={ATTACKER}",
        f"{SERVER}; dmarc=pass",
        f"{SERVER}; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=mail.example",
        f"{SERVER}; dmarc=fail header.from=mail.example\n{PASS.strip()}",
        f"{SERVER}; dmarc=pass header.from=mail.example; dmarc=fail header.from=mail.example",
        f"{SERVER}; none (dmarc=pass header.from=mail.example)",
        f"{SERVER}; none ((x) ; dmarc=pass header.from=mail.example)",
        f'{SERVER}; spf=fail smtp.mailfrom="x; dmarc=pass header.from=mail.example',
        f"{SERVER}.evil.example; dmarc=pass header.from=mail.example",
        "other.example; dmarc=pass header.from=mail.example",
    ],
)
def test_a_proof_of_something_else_proves_nothing(proof: str) -> None:
    assert not is_authenticated(f"From: {VICTIM}", f"Authentication-Results: {proof}\n")


@pytest.mark.parametrize(
    "proof",
    [
        f"{SERVER}; dmarc=pass header.from={VICTIM}",
        f"{SERVER.upper()} 1; dkim=none; dmarc=pass (p=none (really)) header.from=Mail.example",
        f"other.example; dmarc=fail header.from=mail.example\n{PASS.strip()}",
        f"{SERVER}; dkim=pass header.d=mail.example",
    ],
)
def test_our_own_servers_word_on_the_address_counts(proof: str) -> None:
    assert is_authenticated(f"From: {VICTIM}", f"Authentication-Results: {proof}\n")


# Machines that pass on what a person wrote, and mails from nobody

MACHINES = [
    "noreply", "no-reply", "no_reply", "No.Reply", "donotreply", "do-not-reply", "noreply-forms", "forms-noreply",
    "mailer-daemon", "notifications", "notification+17", "alerts", "bounces", "wordpress", "www-data", "autoreply",
]  # fmt: skip


@pytest.mark.parametrize("machine", MACHINES)
def test_a_person_behind_a_machine_is_the_sender_and_only_claimed(machine: str) -> None:
    found = read(f"From: City form <{machine}@mail.example>\nReply-To: Dana <{VICTIM}>")
    assert found.sender is not None
    assert (found.sender.address, found.sender.display, found.kind) == (VICTIM, "Dana", found.kind)
    assert found.data["claimed"] is True
    assert found.data["via"] == f"{machine.lower()}@mail.example"
    assert "authenticated" not in found.data


def test_a_form_that_sends_in_our_own_name_is_a_machine_too() -> None:
    assert sender(f"From: moked@city.example\nReply-To: {VICTIM}") == VICTIM


@pytest.mark.parametrize("local", ["dana", "norah.eply", "reply", "alertson", "robotnik", "no", "webformation"])
def test_a_persons_reply_to_changes_nothing(local: str) -> None:
    found = read(f"From: {local}@mail.example\nReply-To: {ATTACKER}")
    assert found.sender is not None
    assert found.sender.address == f"{local}@mail.example"
    assert found.data["authenticated"] is True


def test_a_machine_with_nobody_behind_it_stays_itself() -> None:
    for behind in ("", "\nReply-To: no-reply@mail.example", "\nReply-To: moked@city.example", "\nReply-To: <>"):
        assert sender(f"From: noreply@mail.example{behind}") == "noreply@mail.example"


@pytest.mark.parametrize("header", ["Reply-To", "Sender", "Return-Path"])
def test_without_from_whoever_else_is_named_is_claimed(header: str) -> None:
    for wrong in ("", "From: \n", "From: <>\n", f"From: {ATTACKER} <>\n", 'From: "omar@mail.example"@\n'):
        found = read(f"{wrong}{header}: <{VICTIM}>")
        assert found.sender is not None
        assert found.sender.address == VICTIM
        assert found.data["claimed"] is True
        assert "authenticated" not in found.data


def test_nobody_at_all_is_unknown_and_kept() -> None:
    for head in ("Subject: s", "From: undisclosed-recipients:;", "From: Dana", "Reply-To: moked@city.example"):
        found = read(head)
        assert (found.kind, found.sender) == (Kind.UNKNOWN, None)
        assert found.data["raw"]["text"].strip() == "hello"
