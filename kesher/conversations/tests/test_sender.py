"""The sending process beside its messages: files that providers hold, and mailboxes that are read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from kesher.agencies.models import Agency
from kesher.channels.base import AccountInfo, Request
from kesher.channels.models import Account
from kesher.conversations.delivery import sender as sender_module
from kesher.conversations.delivery.sender import FILES_AT_ONCE, Sender, files_to_fetch, finish_file
from kesher.core.files.attachments import expect_attachment
from kesher.core.models import Attachment

SOURCE = {"kind": "image", "mime": "image/png", "ref": "r", "url": ""}
INFO = AccountInfo("k1", "email", token="old")
NO_CLIENT: Any = None


def provider(fetch: Callable[..., Any]) -> Any:
    """An account whose provider gives its files like this."""
    return SimpleNamespace(adapter=SimpleNamespace(fetch_media=fetch), info=lambda: INFO)


def test_a_file_under_way_is_not_fetched_again_and_holds_up_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    async def for_ever(*_: Any) -> bytes:
        asked.append(1)
        await asyncio.Event().wait()
        return b""

    def due(under_way: Collection[int], limit: int) -> list[Any]:
        assert limit == FILES_AT_ONCE - len(under_way)
        return [] if 7 in under_way else [(Attachment(pk=7, source=SOURCE), provider(for_ever))]

    async def twice() -> Sender:
        sender = Sender(NO_CLIENT)
        for _ in range(2):
            await sender.fetch_files()
            await asyncio.sleep(0)
        return sender

    monkeypatch.setattr(sender_module, "files_to_fetch", due)
    assert not asyncio.run(twice()).tasks
    assert asked == [1]


def test_our_own_fault_in_fetching_a_file_is_a_refused_file(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> bytes:
        raise KeyError("file_path")

    ends: list[tuple[bytes | None, str]] = []
    monkeypatch.setattr(sender_module, "finish_file", lambda _row, content, reason: ends.append((content, reason)))
    asyncio.run(Sender(NO_CLIENT).fetch(Attachment(pk=7, source=SOURCE), provider(broken)))
    assert ends == [(None, "our own fault: KeyError('file_path')")]


def test_files_whose_time_has_not_come_do_not_hide_those_behind_them(city: Agency, whatsapp: Account) -> None:
    source: dict[str, object] = {"account": whatsapp.pk}
    expect_attachment(name="later", mime="", kind="image", source={**source, "not_before": time.time() + 60})
    again = expect_attachment(name="again", mime="", kind="image", source={**source, "not_before": time.time() - 60})
    new = expect_attachment(name="new", mime="", kind="image", source=source)
    assert files_to_fetch((), 1) == [(again, whatsapp)]
    assert files_to_fetch((again.pk,), 1) == [(new, whatsapp)]


def test_a_picture_on_which_the_library_stumbles_is_refused(city: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_content: bytes) -> None:
        raise SyntaxError("broken PNG file")

    row = expect_attachment(name="x.png", mime="image/png", kind="image", source={})
    monkeypatch.setattr("kesher.core.files.attachments.redraw_picture", stumble)
    finish_file(row, b"\x89PNG\r\n\x1a\n", "")
    assert Attachment.objects.get(pk=row.pk).state == "refused"


class Mailbox:
    """An account that is read: it says which passwords it was read with, and who still reads."""

    pk = 1

    def __init__(self) -> None:
        self.now = INFO
        self.reading: list[str] = []
        self.adapter = self

    def info(self) -> AccountInfo:
        return self.now

    async def listen(self, info: AccountInfo) -> AsyncIterator[Request]:
        self.reading.append(info.token)
        try:
            await asyncio.Event().wait()
            yield Request("POST", "/", "", {}, b"")
        finally:
            self.reading.remove(info.token)


def reading(monkeypatch: pytest.MonkeyPatch, change: Callable[[Mailbox, list[Mailbox]], None]) -> list[str]:
    """With which passwords the mailbox is read after a change of it, or of the list of those that are read."""
    box = Mailbox()
    listed = [box]
    monkeypatch.setattr(sender_module, "listening_accounts", lambda: list(listed))

    async def two_rounds() -> list[str]:
        sender = Sender(NO_CLIENT)
        await sender.listen()
        await asyncio.sleep(0.01)
        change(box, listed)
        await sender.listen()
        await asyncio.sleep(0.01)
        return list(box.reading)

    return asyncio.run(two_rounds())


def test_a_mailbox_is_read_with_its_password_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    def new_password(box: Mailbox, _listed: list[Mailbox]) -> None:
        box.now = replace(INFO, token="new")

    assert reading(monkeypatch, new_password) == ["new"]


def test_a_mailbox_that_was_switched_off_is_read_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reading(monkeypatch, lambda _box, listed: listed.clear()) == []


def test_a_mailbox_in_which_nothing_changed_is_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reading(monkeypatch, lambda _box, _listed: None) == ["old"]
