"""Visitors of the chat: strangers of one network share a limit, and shut out nobody else."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.contacts.models import UnprovedAddress
from kesher.conversations import views
from kesher.conversations.intake.journal import Row
from kesher.conversations.models import Intake, Message
from kesher.conversations.tests.backlog import work
from kesher.core.http.throttle import forget_throttles
from kesher.server.lanes.intake import NETWORK, IntakeLane, read_accounts


class Kept:
    """A journal that writes at once."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    async def put(self, row: Row) -> None:
        self.rows.append(row)


def post(account: Account, visitor: str, text: str, ip: str, **headers: str) -> str:
    """Write as a visitor, by the page's script, from this IP address; return the answers."""
    request = account.adapter.simulate(Address("web", visitor), {"text": text}, account.info("https://city.example"))
    assert request is not None
    journal: Any = Kept()
    lane = IntakeLane(journal)
    lane.lines, lane.read_at = read_accounts(), time.monotonic()
    sent = {**request.headers, "content-length": str(len(request.body)), **headers}
    scope = {
        "path": f"/in/webchat/{account.key}", "method": "POST", "query_string": b"", "client": (ip, 1),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.body}

    asyncio.run(lane.handle(scope, receive))
    [row] = journal.rows
    Intake.objects.create(**row._asdict())
    return work()


def link(account: Account, number: int, ip: str) -> str:
    """A visitor names a telephone as theirs: a code may go there."""
    visitor = f"visitor-{number:04}-{ip.replace('.', '-')}"
    post(account, visitor, "link", ip)
    return post(account, visitor, f"05055500{number:02}", ip)


@pytest.fixture
def counted(city: Agency, webchat: Account, sms: Account, monkeypatch: Any) -> Account:
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 2)
    monkeypatch.setattr("kesher.server.lanes.intake.close_old_connections", lambda: None)  # it is the test's own
    return webchat


def test_whoever_names_many_numbers_in_the_chat_shuts_out_their_own_network_alone(counted: Account) -> None:
    for number in range(4):
        link(counted, number, "203.0.113.9")
    assert UnprovedAddress.objects.count() == 2
    link(counted, 7, "203.0.113.200")
    assert UnprovedAddress.objects.count() == 2
    link(counted, 8, "198.51.100.1")
    assert UnprovedAddress.objects.count() == 3


def test_a_visitor_cannot_say_which_network_they_come_from(counted: Account) -> None:
    for number in range(4):
        visitor = f"visitor-{number:04}"
        for text in ("link", f"05055500{number:02}"):
            post(counted, visitor, text, "203.0.113.9", **{NETWORK: f"{number:016x}"})
    assert UnprovedAddress.objects.count() == 2
    assert "203.0.113" not in json.dumps(list(Intake.objects.values_list("headers", flat=True)))


def test_a_crowd_behind_one_address_writes_without_script_and_each_visitor_has_a_measure(
    city: Agency, webchat: Account, monkeypatch: Any
) -> None:
    monkeypatch.setattr(views, "MESSAGES_A_MINUTE", 3)
    browsers = [Client() for _ in range(6)]
    for _round in range(2):
        for browser in browsers:
            browser.post("/chat/", {"text": "שלום"})
    assert Message.objects.filter(direction="in").count() == 12
    for _more in range(5):
        browsers[0].post("/chat/", {"text": "עוד"})
    assert Message.objects.filter(direction="in").count() == 12 + 1


def test_who_comes_from_no_known_address_shares_no_limit(city: Agency, webchat: Account, monkeypatch: Any) -> None:
    monkeypatch.setattr(views, "MESSAGES_A_MINUTE", 1)
    monkeypatch.setattr(views, "STRANGERS", 1)
    for address, heard in (("", 3), ("203.0.113.9", 4)):
        for _visitor in range(3):
            Client(REMOTE_ADDR=address).post("/chat/", {"text": "שלום"})
        assert Message.objects.filter(direction="in").count() == heard
    assert forget_throttles() == 0
