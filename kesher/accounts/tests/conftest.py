"""Fixtures of staff accounts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from django.test import Client

from kesher.accounts.services.staff_mail import send_due_mails
from kesher.accounts.tests.staff_acting import NOA, Postbox, free_port
from kesher.agencies.models import Agency
from kesher.channels.services import open_account


@pytest.fixture
def postbox(city: Agency) -> Iterator[Postbox]:
    box = Postbox()
    port = free_port()
    server = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=10)
    server.start()
    settings = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": "none", "allow_private": True}
    open_account("email", address="moked@neve-yam.example", secrets=("s",), settings=settings)
    yield box
    server.stop()


@pytest.fixture
def invited(postbox: Postbox, admins: Client) -> str:
    """Noa is invited: the path of the link."""
    assert admins.post("/desk/staff/new/", NOA)["Location"] == "/desk/staff/"
    send_due_mails()
    return postbox.path()
