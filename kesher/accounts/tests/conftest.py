"""Fixtures of staff accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import oidc_provider_mock
import pytest
from aiosmtpd.controller import Controller
from django.core.cache import cache
from django.test import Client

from kesher.accounts.models import StaffProvider
from kesher.accounts.services.staff_mail import send_due_mails
from kesher.accounts.tests.provider_acting import at_work, set_up
from kesher.accounts.tests.staff_acting import NOA, Postbox, free_port
from kesher.agencies.models import Agency, Staff
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


@pytest.fixture
def provider(settings: Any) -> Iterator[str]:
    """A provider of OpenID Connect that runs here, with Ruth in it."""
    cache.clear()  # allauth stores used codes of apps there
    with oidc_provider_mock.run_server_in_thread() as server:
        url = f"http://localhost:{server.server_port}"
        settings.KESHER_SSRF_ALLOW = [urlsplit(url).netloc]
        at_work(url)
        yield url


@pytest.fixture
def sso(city: Agency, provider: str, admin: Staff) -> StaffProvider:
    """The city's single sign-on."""
    return set_up(provider, admin)
