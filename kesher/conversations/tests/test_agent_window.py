"""The longer window in which only a clerk may still answer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.channels.base import Address, Say
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.conversations.models import Conversation, Delivery, Message, Route
from kesher.conversations.services import reply
from kesher.conversations.services.conversation_writer import writing
from kesher.conversations.services.outbound import NotNow, best_route, say, verdict, window_left
from kesher.conversations.tests.talk import DANA as CALLER
from kesher.conversations.tests.talk import hear

PAGE = "1122334455667"
DANA = Address("messenger", f"{PAGE}:24680135791113")


def page(**settings: object) -> Account:
    return open_account("messenger", address=PAGE, secrets=("s",), token="t", settings=settings)


def last_written(account: Account, *, before: timedelta, who: Address = DANA) -> Route:
    """The route of a person who wrote last before this time."""
    hear(account, who, "שלום")
    Delivery.objects.all().delete()
    Route.objects.update(last_in_at=timezone.now() - before)
    return Route.objects.select_related("conversation__contact", "identity__contact", "account").get()


def code(route: Route, *, automatic: bool, now: datetime) -> str:
    can = route.account.capabilities()
    return verdict(route, capabilities=can, purpose="service", now=now, answering=True, automatic=automatic).code


@pytest.mark.parametrize(
    ("hours", "clerk", "bot"), [(23, "", ""), (25, "", "window"), (167, "", "window"), (169, "window", "window")]
)
def test_a_clerk_has_seven_days_and_the_bot_has_one(city: Agency, hours: int, clerk: str, bot: str) -> None:
    route, now = last_written(page(human_agent=True), before=timedelta(hours=hours)), timezone.now()
    assert (code(route, automatic=False, now=now), code(route, automatic=True, now=now)) == (clerk, bot)


def test_where_meta_did_not_approve_it_a_clerk_has_one_day_too(city: Agency) -> None:
    route = last_written(page(), before=timedelta(hours=25))
    assert code(route, automatic=False, now=timezone.now()) == "window"


def test_a_late_answer_says_that_a_clerk_wrote_it_and_an_early_one_does_not(city: Agency, ruth: Staff) -> None:
    route = last_written(page(human_agent=True), before=timedelta(hours=25))
    late = reply(Conversation.objects.get(), "בדקנו", staff=ruth)
    assert Delivery.objects.get(message=late).payload["body"]["tag"] == "HUMAN_AGENT"
    Route.objects.filter(pk=route.pk).update(last_in_at=timezone.now())
    early = reply(Conversation.objects.get(), "ועוד", staff=ruth)
    body = Delivery.objects.get(message=early).payload["body"]
    assert (body["messaging_type"], "tag" in body) == ("RESPONSE", False)


def test_the_bot_may_not_write_late_and_writes_nothing(city: Agency) -> None:
    route = last_written(page(human_agent=True), before=timedelta(hours=25))
    before = Message.objects.count()
    with writing(route.conversation) as writer, pytest.raises(NotNow) as refused:
        say(writer, route, Say("הודעה", lang="he"), answering=True)
    assert refused.value.code == "window"
    assert (Message.objects.count(), Delivery.objects.count()) == (before, 0)
    assert best_route(route.conversation.contact) is None
    assert best_route(route.conversation.contact, automatic=False) == route


def test_a_clerk_has_no_more_time_where_the_channel_gives_none(whatsapp: Account, ruth: Staff) -> None:
    route = last_written(whatsapp, before=timedelta(hours=25), who=CALLER)
    now, can = timezone.now(), whatsapp.capabilities()
    assert window_left(route, can, now, clerk=True) == window_left(route, can, now)
    with pytest.raises(NotNow):
        reply(Conversation.objects.get(), "בדקנו", staff=ruth)
