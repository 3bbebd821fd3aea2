"""A Telegram group from the webhook to the conversation: public messages, the way into private, and edits."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from django.db import transaction

from kesher.agencies.models import Agency, Staff
from kesher.cases.models import Case
from kesher.channels.base import Address, Request
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.channels.telegram.test_groups import FOR_OTHERS, FOR_US, body_of
from kesher.contacts.models import Identity
from kesher.contacts.services import find_identity
from kesher.conversations.models import ChannelEvent, Conversation, Delivery, Intake, Message, Route
from kesher.conversations.services import invite_to_private
from kesher.conversations.services.channel_tests import must_write_first
from kesher.conversations.services.identity_linkage import find_open_account
from kesher.conversations.services.outbound import best_route
from kesher.conversations.tests.talk import OMAR
from kesher.conversations.tests.test_page_samples import arrive

pytestmark = pytest.mark.django_db
NOA = Address("tg", "5550177")


@pytest.fixture
def bot(city: Agency) -> Account:
    """A bot that answers in groups."""
    settings = {"groups": True}
    return open_account("telegram", address="neve_yam_bot", secrets=("s",), token="77:t", settings=settings)


def let_in(account: Account, *bodies: bytes) -> None:
    """Let these webhooks arrive, without what may not be stored of them."""
    asked = [Request("POST", "/", "", {}, body) for body in bodies]
    kept = [account.adapter.minimize(request, account.info()) for request in asked]
    arrive(account, [request.body for request in kept if request is not None])


def update(number: int, text: str, *, private: bool = False, field: str = "message", **more: Any) -> bytes:
    """A message of Omar that mentions the bot, in the group or in private."""
    chat = {"id": 5550143, "type": "private"} if private else {"id": -1001755500123, "type": "supergroup"}
    omar = {"id": 5550143, "is_bot": False, "first_name": "Omar", "language_code": "he"}
    words = text if private else f"@neve_yam_bot {text}"
    mention = [] if private else [{"type": "mention", "offset": 0, "length": 13}]
    item = {"message_id": number, "from": omar, "chat": chat, "date": 1761995000, "text": words, "entities": mention}
    return json.dumps({"update_id": number, field: item | more}).encode()


def identity(address: Address) -> Identity:
    found = find_identity(address)
    assert found is not None
    return found


def said() -> list[Any]:
    """What is stored of people's words, without order."""
    rows = Message.objects.filter(direction="in")
    return sorted(rows.values_list("dedup_key", "text", "public", "thread"))


def test_what_is_said_to_the_bot_is_a_public_message_and_a_case(bot: Account) -> None:
    let_in(bot, update(5, "מתי יתקנו את הבור ברחוב הים?"))
    message = Message.objects.get()
    assert (message.public, message.text, message.content["url"]) == (
        True,
        "מתי יתקנו את הבור ברחוב הים?",
        "https://t.me/c/1755500123/5",
    )
    assert Case.objects.get().kind == "public"


def test_what_is_said_to_others_leaves_nothing(bot: Account) -> None:
    let_in(bot, *map(body_of, FOR_OTHERS))
    assert not Intake.objects.exists()
    assert not Message.objects.exists()
    assert find_identity(OMAR) is None


def test_one_person_in_one_thread_is_one_case(bot: Account) -> None:
    let_in(bot, update(5, "מתי יתקנו את הבור ברחוב הים?"))
    answered = {"message_id": 5, "chat": {"id": -1001755500123}}
    let_in(bot, update(6, "ומה עם הפנס?", reply_to_message=answered), update(7, "מתי פתוחה הספרייה?"))
    assert Case.objects.count() == 2
    assert list(Message.objects.order_by("id").values_list("thread", flat=True)) == [
        "-1001755500123:5",
        "-1001755500123:5",
        "-1001755500123:7",
    ]


def test_who_only_wrote_in_a_group_may_not_be_written_to_in_private(bot: Account) -> None:
    let_in(bot, update(5, "מתי יתקנו את הבור ברחוב הים?"))
    omar = identity(OMAR)
    assert find_open_account(omar) is None
    assert best_route(omar.contact) is None
    assert must_write_first(bot, omar)
    bot.settings = {"groups": False}
    bot.save()
    assert best_route(omar.contact) is None


def test_who_opened_the_bot_may_be_written_to_although_they_write_in_a_group_too(bot: Account) -> None:
    let_in(bot, update(4, "/start", private=True), update(5, "מתי יתקנו את הבור ברחוב הים?"))
    omar = identity(OMAR)
    assert find_open_account(omar) == bot
    assert best_route(omar.contact) is not None


def test_a_verb_asked_for_in_public_begins_in_private_with_the_bot(bot: Account) -> None:
    let_in(bot, update(5, "דיווח"))
    (sent,) = Delivery.objects.all()
    assert (sent.message.public, sent.payload["to"]["address"]) == (True, OMAR.address)
    link = next(secret for secret in sent.sealed["secrets"] if "://" in secret)
    assert link.startswith("https://t.me/neve_yam_bot?start=private-")
    assert sent.sealed["body"]["reply_parameters"] == {"message_id": 5}
    word = link.partition("start=")[2]
    let_in(bot, update(6, f"/start {word}", private=True))
    opened = Message.objects.filter(direction="in").latest("id")
    assert (opened.public, opened.text, word in str(opened.content)) == (False, "דיווח", False)
    assert Delivery.objects.latest("id").payload["body"]["chat_id"] == 5550143


def test_a_clerks_link_opens_the_bot_once_and_merges_nobody(bot: Account, ruth: Staff) -> None:
    let_in(bot, body_of("group_mention_first"))
    invite_to_private(Message.objects.get(), staff=ruth)
    link = next(secret for secret in Delivery.objects.get().sealed["secrets"] if "://" in secret)
    for number in (6, 7):
        let_in(bot, update(number, f"/start {link.partition('start=')[2]}", private=True))
    assert Conversation.objects.count() == 2
    assert [row.text for row in Message.objects.filter(direction="in", public=False)] == ["", ""]
    assert identity(OMAR).contact.root() != identity(NOA).contact.root()


def test_the_link_goes_into_the_private_chat_that_is_open_already(bot: Account, ruth: Staff) -> None:
    let_in(bot, update(4, "/start", private=True), update(5, "מתי יתקנו את הבור ברחוב הים?"))
    sent = invite_to_private(Message.objects.get(public=True), staff=ruth)
    assert not sent.public
    assert Delivery.objects.get(message=sent).sealed["body"]["chat_id"] == 5550143


def test_an_edit_changes_the_message_and_one_without_the_mention_takes_it_back(bot: Account) -> None:
    let_in(bot, update(5, "מתי יתקנו את הבור?"))
    let_in(bot, update(6, "מתי יתקנו את הפנס?", field="edited_message", message_id=5, edit_date=1761995100))
    message = Message.objects.get()
    assert (message.text, message.edited_at is None) == ("מתי יתקנו את הפנס?", False)
    let_in(bot, update(7, "כבר תוקן", field="edited_message", message_id=5, entities=[], edit_date=1761995200))
    message.refresh_from_db()
    assert (message.text, message.deleted_at is None) == ("", False)


def test_a_message_that_mentions_the_bot_only_after_an_edit_is_a_message(bot: Account) -> None:
    let_in(bot, update(6, "מתי יתקנו את הבור?", field="edited_message", message_id=5, edit_date=1761995100))
    assert Message.objects.get().text == "מתי יתקנו את הבור?"


def test_the_bot_is_removed_and_nobody_is_stopped_by_it(bot: Account) -> None:
    let_in(bot, update(5, "מתי יתקנו את הבור?"), body_of("group_bot_removed"), body_of("group_migrated"))
    assert not Route.objects.get().closed
    assert set(ChannelEvent.objects.values_list("kind", "state")) == {("account", "ignored")}


@pytest.mark.parametrize("seed", range(3))
def test_three_times_and_in_any_order_they_leave_the_same_words(bot: Account, seed: int) -> None:
    names = [*FOR_US, "group_edited_without_mention", "group_bot_added", "group_migrated", *FOR_OTHERS]
    with transaction.atomic():
        let_in(bot, *map(body_of, names))
        once = said()
        let_in(bot, *map(body_of, names * 3))
        assert said() == once
        transaction.set_rollback(True)
    mixed = names * 3
    random.Random(seed).shuffle(mixed)
    let_in(bot, *map(body_of, mixed))
    assert said() == once
