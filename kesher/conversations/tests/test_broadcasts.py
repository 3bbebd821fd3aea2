"""One thing said to many: once a person, to those who agreed, and not at night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import merge_contacts, record_consent, refuse_messages, set_preferences
from kesher.conversations.models import BroadcastRow, Delivery, Route
from kesher.conversations.services import broadcast, expand_broadcasts, receive, routes_by_preference
from kesher.core.audit import SYSTEM
from kesher.core.db.agency_scope import scope
from kesher.core.periodic_jobs import JOBS

MODULE = import_module("kesher.conversations.services.broadcasts")  # the package exports a function of the same name
NOON, NIGHT = datetime(2026, 11, 25, 10, tzinfo=UTC), datetime(2026, 11, 25, 22, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """What time it is for a broadcast; noon unless the test says otherwise."""
    times = [NOON]
    monkeypatch.setattr(MODULE, "timezone", SimpleNamespace(now=lambda: times[-1]))
    return times


def subscriber(account: Account, identity: Identity, *, agrees: bool = True) -> Contact:
    """Somebody who wrote on an account, and agreed to news."""
    said = Event(Kind.MESSAGE, f"m|{identity.pk}", sender=Address(identity.scheme, identity.address), text="שלום")
    assert receive(account, said, received=timezone.now())
    if agrees:
        record_consent(identity, "information", granted=True, source="web")
    return identity.contact


def send(*people: Contact) -> list[str]:
    """A broadcast, and what became of each row."""
    broadcast(people, name="news", texts={"he": "חדשות", "ar": "أخبار"}, purpose="information")
    expand_broadcasts()
    return list(BroadcastRow.objects.order_by("id").values_list("state", flat=True))


def test_whoever_agreed_gets_it_in_his_language(
    sms: Account, telegram: Account, dana: Identity, omar: Identity
) -> None:
    assert send(subscriber(sms, dana), subscriber(telegram, omar)) == ["queued", "queued"]
    texts = list(Delivery.objects.order_by("id").values_list("message__text", flat=True))
    assert ["חדשות" in texts[0], "أخبار" in texts[1]] == [True, True]


def test_whoever_refused_or_never_agreed_does_not(
    sms: Account, dana: Identity, omar: Identity, telegram: Account
) -> None:
    refused, silent = subscriber(sms, dana), subscriber(telegram, omar, agrees=False)
    refuse_messages(refused, everything=False, source="sms", by=SYSTEM)
    assert send(refused, silent) == ["refused", "refused"]
    assert not Delivery.objects.exists()


def test_nobody_gets_it_twice(sms: Account, dana: Identity) -> None:
    person = subscriber(sms, dana)
    assert send(person, person) == ["queued"]
    expand_broadcasts()
    assert Delivery.objects.count() == 1


def test_two_that_turn_out_to_be_one_get_it_once(
    sms: Account, telegram: Account, dana: Identity, omar: Identity
) -> None:
    broadcast(
        [subscriber(sms, dana), subscriber(telegram, omar)], name="news", texts={"he": "חדשות"}, purpose="information"
    )
    merge_contacts(dana.contact, omar.contact, reason="code", by=SYSTEM)
    record_consent(dana, "information", granted=True, source="web")
    expand_broadcasts()
    assert Delivery.objects.count() == 1


def test_at_night_it_waits_and_goes_out_in_the_morning(sms: Account, dana: Identity, clock: list[datetime]) -> None:
    clock.append(NIGHT)
    assert send(subscriber(sms, dana)) == ["waiting"]
    assert expand_broadcasts() == 0
    clock.append(NOON)
    assert expand_broadcasts() == 1


def test_a_body_that_sleeps_holds_up_no_other(
    city: Agency, town: Agency, sms: Account, dana: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope(town):
        theirs = Contact.objects.create(agency=town)
        broadcast([theirs] * 3, name="theirs", texts={"he": "א"}, purpose="information")
    monkeypatch.setattr(MODULE, "is_quiet", lambda body, _now: body == town)
    monkeypatch.setattr(MODULE, "BATCH", 1)
    assert send(subscriber(sms, dana)) == ["queued"]


def test_the_worker_sends_broadcasts_by_itself() -> None:
    assert "kesher.conversations.tasks.expand_broadcasts" in JOBS


def test_whoever_wishes_no_news_of_this_gets_none(sms: Account, dana: Identity) -> None:
    person = subscriber(sms, dana)
    set_preferences(person, {"muted": ["petitions"]}, language="he", by=SYSTEM)
    for topic in ("petitions", "purchases"):
        broadcast([person], name="news", texts={"he": "חדשות"}, purpose="information", topic=topic)
    expand_broadcasts()
    assert list(BroadcastRow.objects.order_by("id").values_list("state", flat=True)) == ["refused", "queued"]


def test_ones_own_quiet_hours_are_kept_and_hold_up_nobody(
    sms: Account, telegram: Account, dana: Identity, omar: Identity, clock: list[datetime]
) -> None:
    """Noon in UTC is two in the afternoon in Jerusalem."""
    set_preferences(dana.contact, {"quiet": {"from": "11:00", "to": "13:00"}}, language="he", by=SYSTEM)
    assert send(subscriber(sms, dana), subscriber(telegram, omar)) == ["waiting", "queued"]
    assert BroadcastRow.objects.get(state="waiting").not_before == datetime(2026, 11, 25, 11, tzinfo=UTC)
    clock.append(datetime(2026, 11, 25, 11, 1, tzinfo=UTC))
    expand_broadcasts()
    assert not BroadcastRow.objects.filter(state="waiting").exists()


def test_the_channel_that_somebody_asked_for_comes_first(
    sms: Account, telegram: Account, dana: Identity, omar: Identity
) -> None:
    subscriber(telegram, omar)
    person = subscriber(sms, dana)
    merge_contacts(person, omar.contact, reason="test", by=SYSTEM)
    assert routes_by_preference(person)[0].account == sms
    set_preferences(person, {"channel": "telegram"}, language="he", by=SYSTEM)
    assert routes_by_preference(person)[0].account == telegram


def closed(whatsapp: Account, identity: Identity) -> Contact:
    """Wrote on WhatsApp two days ago: there nobody may answer any more."""
    person = subscriber(whatsapp, identity, agrees=False)
    Identity.objects.filter(pk=identity.pk).update(assurance=1)
    Route.objects.update(last_in_at=NOON - timedelta(days=2))
    return person


def tell(person: Contact) -> str:
    broadcast([person], name="answer", texts={"he": "התשובה"}, purpose="service")
    expand_broadcasts()
    return str(BroadcastRow.objects.latest("id").state)


def test_where_the_window_has_closed_ones_own_news_come_by_sms(whatsapp: Account, sms: Account, dana: Identity) -> None:
    assert tell(closed(whatsapp, dana)) == "queued"
    assert Delivery.objects.get().account == sms


def test_news_that_nobody_asked_for_do_not(whatsapp: Account, sms: Account, dana: Identity) -> None:
    person = closed(whatsapp, dana)
    record_consent(dana, "information", granted=True, source="web")
    assert send(person) == ["unreachable"]
    refuse_messages(person, everything=True, source="web", by=SYSTEM)
    assert tell(person) in ("refused", "unreachable")
    assert not Delivery.objects.exists()


def test_without_another_way_he_is_out_of_reach(whatsapp: Account, dana: Identity) -> None:
    assert tell(closed(whatsapp, dana)) == "unreachable"
