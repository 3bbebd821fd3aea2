"""Comments under our posts, from Meta's webhook to the desk: answered, hidden, liked, edited and deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.cases.models import Case
from kesher.cases.timeline import read_timeline
from kesher.channels.base import Client, Say
from kesher.channels.messenger.test_messenger import Meta, fixture
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.conversations.models import Message, Route
from kesher.conversations.services import invite_to_private, receive, respond, say, verdict, writing
from kesher.conversations.services.public_messages import comment_moderation as moderation
from kesher.core.errors import Refused
from kesher.core.models import Audit

pytestmark = pytest.mark.django_db
PAGE = "1122334455667"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def page(city: Agency) -> Account:
    """The city's page, with its comments."""
    return open_account("messenger", address=PAGE, secrets=("s",), token="page-token", settings={"comments": True})


@pytest.fixture
def comment(page: Account) -> Message:
    """A question under one of the page's posts."""
    arrive(page, "comment")
    return Message.objects.get(external_id="17_42")


@pytest.fixture
def meta(monkeypatch: pytest.MonkeyPatch) -> Meta:
    """Stands in for Meta."""
    stand_in = Meta()

    def call(ask: Callable[[Client], Awaitable[Any]]) -> Any:
        """Let the stand-in be asked."""

        async def asked() -> Any:
            """Ask it."""
            return await ask(stand_in)

        return asyncio.run(asked())

    monkeypatch.setattr(moderation, "call_provider", call)
    return stand_in


def arrive(account: Account, *names: str) -> None:
    """Let the events of these fixtures come in."""
    for event in (event for name in names for event in fixture(name)):
        message = receive(account, event, received=timezone.now())
        if message is not None:
            respond(message)


def test_a_comment_opens_a_case_and_gets_no_answer_of_the_bot(comment: Message) -> None:
    assert (comment.public, comment.thread, comment.text) == (True, f"{PAGE}_17", "מתי זה נפתח?")
    assert Case.objects.get().kind == Case.Kind.PUBLIC
    assert not Message.objects.filter(direction="out").exists()


def test_an_edit_and_a_deletion_of_the_author_change_the_message(page: Account, comment: Message) -> None:
    arrive(page, "comment_edited")
    comment.refresh_from_db()
    assert comment.text == "מתי זה נפתח ביום שישי?"
    arrive(page, "comment_removed")
    comment.refresh_from_db()
    assert (comment.text, comment.deleted_at is None) == ("", False)


def test_a_public_answer_goes_under_the_comment(comment: Message) -> None:
    route = Route.objects.select_related("identity", "account", "conversation__contact").get()
    what = Say("בשעה 8.", public=True, thread=comment.thread, reply_to=comment.external_id)
    with writing(comment.conversation) as writer:
        sent = say(writer, route, what, answering=True)
    assert sent.deliveries.get().payload["body"] == {"edge": "17_42/comments", "message": "בשעה 8."}


def test_a_link_to_continue_privately_is_a_private_reply_to_the_comment(comment: Message, ruth: Staff) -> None:
    sent = invite_to_private(comment, staff=ruth)
    assert (sent.public, sent.deliveries.get().sealed["body"]["recipient"]) == (False, {"comment_id": "17_42"})


def test_a_comment_opens_no_window_for_private_messages(page: Account, comment: Message) -> None:
    route, now = Route.objects.select_related("identity", "account", "conversation__contact").get(), timezone.now()
    judge = partial(verdict, route, capabilities=page.capabilities(), purpose="service", now=now, automatic=False)
    assert [judge().code, judge(public=True).code, judge(private_reply=True).code] == ["window", "", ""]
    Message.objects.filter(pk=comment.pk).update(public=False)
    assert judge().code == ""


def test_a_clerk_hides_a_comment_and_shows_it_again(comment: Message, meta: Meta, ruth: Staff) -> None:
    meta.answers = [(200, {"success": True})] * 2
    moderation.moderate(comment, "hide", staff=ruth)
    [entry] = read_timeline(comment.conversation.contact).entries
    assert (entry.hidden, [action for action, _title in entry.actions]) == (True, ["show", "like"])
    moderation.moderate(comment, "show", staff=ruth)
    assert [body for *_rest, body in meta.asked] == [{"is_hidden": True}, {"is_hidden": False}]
    assert Audit.objects.filter(operation="conversations.moderate").count() == 2


def test_a_comment_is_liked_once(comment: Message, meta: Meta, ruth: Staff) -> None:
    meta.answers = [(200, {"success": True})]
    moderation.moderate(comment, "like", staff=ruth)
    with pytest.raises(Refused):
        moderation.moderate(comment, "like", staff=ruth)
    assert [path for _method, path, *_rest in meta.asked] == ["17_42/likes"]


def test_what_meta_refuses_is_said_and_not_stored(comment: Message, meta: Meta, ruth: Staff) -> None:
    meta.answers = [(400, {"error": {"code": 200, "message": "page-token lacks a permission"}})]
    with pytest.raises(Refused) as refused:
        moderation.moderate(comment, "hide", staff=ruth)
    assert "page-token" not in refused.value.message
    comment.refresh_from_db()
    assert "hidden" not in comment.content


@pytest.mark.parametrize("change", [{"public": False}, {"direction": "out"}, {"deleted_at": NOON}])
def test_nothing_can_be_done_with_another_message(comment: Message, meta: Meta, ruth: Staff, change: Any) -> None:
    Message.objects.filter(pk=comment.pk).update(**change)
    comment.refresh_from_db()
    assert moderation.list_actions(comment) == []
    with pytest.raises(Refused):
        moderation.moderate(comment, "hide", staff=ruth)
    assert meta.asked == []
