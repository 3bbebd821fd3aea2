"""Mail that is fetched, from a small IMAP server that says the few things that we ask of one."""

from __future__ import annotations

import asyncio
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from kesher.channels.base import AccountInfo, ChannelError, Request
from kesher.channels.email import mail_servers
from kesher.channels.email.adapter import Adapter

ADAPTER = Adapter()


def mail(number: int) -> bytes:
    return (
        f"From: r@mail.example\r\nTo: moked@city.example\r\nMessage-ID: <{number}@m>\r\n\r\nmail {number}\r\n".encode()
    )


class Mailbox(socketserver.ThreadingTCPServer):
    """One folder with mails, shared by every connection."""

    daemon_threads = True

    def __init__(self, idle: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.mails: dict[int, bytes] = {}
        self.seen: set[int] = set()
        self.commands: list[str] = []
        self.came = threading.Event()
        self.idle = idle
        self.connections = 0
        self.break_at = ""

    def put(self, number: int) -> None:
        self.mails[number] = mail(number)
        self.came.set()

    def account(self) -> AccountInfo:
        settings = {"imap_host": "127.0.0.1", "imap_port": self.server_address[1], "imap_tls": "none"}
        settings |= {"allow_private": True, "imap_poll_seconds": 0.01}
        return AccountInfo("k1", "email", address="moked@city.example", token="right", settings=settings)


class Session(socketserver.StreamRequestHandler):
    server: Mailbox

    def say(self, *lines: str) -> None:
        for line in lines:
            self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.server.connections += 1
        self.say("* OK ready")
        for line in iter(self.rfile.readline, b""):
            tag, _, command = line.decode().strip().partition(" ")
            self.server.commands.append(command)
            if self.server.break_at and command.startswith(self.server.break_at):
                self.server.break_at = ""
                return
            self.answer(tag, command)

    def answer(self, tag: str, command: str) -> None:
        box = self.server
        if command == "CAPABILITY":
            self.say(f"* CAPABILITY IMAP4rev1{' IDLE' if box.idle else ''}")
        elif command.startswith("LOGIN") and "right" not in command:
            self.say(f"{tag} NO wrong password")
            return
        elif command.startswith("SELECT"):
            self.say(f"* {len(box.mails)} EXISTS")
        elif command.startswith("UID SEARCH"):
            self.say("* SEARCH " + " ".join(str(number) for number in sorted(box.mails) if number not in box.seen))
        elif found := re.fullmatch(r"UID FETCH (\d+) \(BODY.PEEK\[\]<0.(\d+)>\)", command):
            raw = box.mails[int(found[1])][: int(found[2])]
            self.say(f"* 1 FETCH (UID {found[1]} BODY[]<0> {{{len(raw)}}}")
            self.wfile.write(raw + b")\r\n")
        elif found := re.fullmatch(r"UID STORE (\d+) \+FLAGS.SILENT \(\\Seen\)", command):
            box.seen.add(int(found[1]))
        elif command == "IDLE":
            self.say("+ idling")
            if box.came.wait(5):
                box.came.clear()
                self.say(f"* {len(box.mails)} EXISTS")
            self.rfile.readline()
        self.say(f"{tag} OK done")


@pytest.fixture(params=[True, False], ids=["idle", "poll"])
def box(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    monkeypatch.setattr(mail_servers, "FIRST_WAIT", 0.01)
    with Mailbox(idle=request.param) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.came.set()
        server.shutdown()


def taken(
    box: Mailbox, count: int, between: Callable[[int], Any] = lambda number: None, **changes: Any
) -> list[Request]:
    """The first requests that the adapter hears; ``between`` runs after each."""

    async def hear() -> list[Request]:
        account = replace(box.account(), **changes)
        heard: list[Request] = []
        arriving = ADAPTER.listen(account)
        assert arriving is not None
        async with asyncio.timeout(10):
            async for request in arriving:
                heard.append(request)
                between(len(heard))
                if len(heard) == count:
                    break
        await arriving.aclose()  # type: ignore[attr-defined]
        return heard

    return asyncio.run(hear())


def test_unread_mails_come_raw_and_read_as_events(box: Mailbox) -> None:
    box.put(1)
    box.put(2)
    heard = taken(box, 2)
    assert [request.body for request in heard] == [mail(1), mail(2)]
    assert [ADAPTER.parse(request)[0].text for request in heard] == ["mail 1", "mail 2"]


def test_a_mail_is_read_only_once_the_caller_came_back_for_the_next(box: Mailbox) -> None:
    box.put(1)
    box.put(2)
    states: list[set[int]] = []
    taken(box, 2, lambda _: states.append(set(box.seen)))
    assert states == [set(), {1}]
    assert [request.body for request in taken(box, 1)] == [mail(2)]


def test_a_mail_that_comes_later_is_heard(box: Mailbox) -> None:
    box.put(1)

    def more(heard: int) -> None:
        if heard == 1:
            threading.Timer(0.05, box.put, (2,)).start()

    assert len(taken(box, 2, more)) == 2


@pytest.mark.parametrize("step", ["UID SEARCH", "UID FETCH", "UID STORE"])
def test_a_broken_connection_is_made_again_and_nothing_is_lost(box: Mailbox, step: str) -> None:
    box.put(1)
    box.put(2)
    box.break_at = step
    heard = taken(box, 3 if step == "UID STORE" else 2)
    assert {request.body for request in heard} == {mail(1), mail(2)}
    assert box.connections == 2


def test_nothing_is_ever_expunged(box: Mailbox) -> None:
    box.put(1)
    box.put(2)
    taken(box, 2)
    assert not [command for command in box.commands if "EXPUNGE" in command or "Deleted" in command]


def test_a_monster_is_cut_at_the_cap(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Adapter, "body_cap", 40)
    box.put(1)
    assert taken(box, 1)[0].body == mail(1)[:40]


def test_a_wrong_password_is_tried_again_later(box: Mailbox) -> None:
    box.put(1)
    with pytest.raises(TimeoutError):
        asyncio.run(first_within(box, 0.2))
    assert box.connections > 1
    assert not box.seen


async def first_within(box: Mailbox, seconds: float) -> None:
    arriving = ADAPTER.listen(replace(box.account(), token="wrong"))
    assert arriving is not None
    async with asyncio.timeout(seconds):
        await anext(arriving)


def test_our_own_network_is_not_reached() -> None:
    settings = {"imap_host": "127.0.0.1", "imap_port": 9, "imap_tls": "ssl"}
    with pytest.raises(ChannelError):
        mail_servers.connect_imap(AccountInfo("k", "email", settings=settings))


def test_without_a_mailbox_nothing_is_fetched() -> None:
    assert ADAPTER.listen(AccountInfo("k", "email")) is None
