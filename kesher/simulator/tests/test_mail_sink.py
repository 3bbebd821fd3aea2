"""The simulator's mail server, over a real socket."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.core.db.agency_scope import scope
from kesher.simulator.mail_sink import start_sink, store_mail
from kesher.simulator.models import SimulatedMessage


@pytest.fixture
def sink() -> Iterator[Controller]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = start_sink(port)
    assert controller is not None
    yield controller
    controller.stop()


def letter(sender: str = "moked@neve-yam.example") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "dana.levi@example.org", "הקוד שלכם"
    message["Message-ID"] = "<1@neve-yam.example>"
    message.set_content("הקוד: 123456")
    message.add_alternative("<p dir='rtl'>הקוד: 123456</p>", subtype="html")
    return message


def test_a_letter_stands_on_the_phone_of_its_recipient(mailbox: Account) -> None:
    assert store_mail(letter().as_bytes(), ["Dana.Levi@example.org"])
    row = SimulatedMessage.objects.get()
    assert (row.channel, row.address, row.payload["subject"]) == ("email", "dana.levi@example.org", "הקוד שלכם")
    assert "123456" in row.payload["text"]
    assert "<p" in row.payload["html"]


def test_a_letter_from_nobody_of_ours_is_refused(mailbox: Account) -> None:
    assert not store_mail(letter("stranger@example.org").as_bytes(), ["dana.levi@example.org"])
    assert not SimulatedMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_letter_comes_in_over_smtp(sink: Controller, transactional_db: None) -> None:
    agency = Agency.objects.create(slug="neve-yam", names={"he": "עיר"})
    with scope(agency):
        open_account("email", address="moked@neve-yam.example")
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as server:
            server.send_message(letter())
        assert SimulatedMessage.objects.get().payload["subject"] == "הקוד שלכם"


def test_an_address_that_no_mailbox_has_is_refused(sink: Controller) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as server:
        server.ehlo()
        server.mail("moked@neve-yam.example")
        assert server.rcpt("nobody@nowhere.invalid")[0] == 550


def test_a_port_that_is_taken_stops_nobody(sink: Controller) -> None:
    assert start_sink(sink.port) is None
