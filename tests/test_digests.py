"""Digests: at most one a period whatever happens, on a working morning, with consent, and only with news."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.privacy_registry import HOLDINGS
from kesher.contacts.service_caller import Call
from kesher.contacts.services import merge_contacts, record_consent, refuse_messages, set_preferences
from kesher.conversations.delivery.leases import lease_deliveries
from kesher.conversations.models import Broadcast, Delivery
from kesher.conversations.services import expand_broadcasts
from kesher.conversations.tests.talk import DANA, MAIL, hear
from kesher.core.audit import SYSTEM
from kesher.following.feeds import FEEDS, Item, Wanted
from kesher.following.models import Digest, Following
from kesher.following.presenters import Concern, list_concerns, silence_in_words
from kesher.following.rules import first_day, is_morning
from kesher.following.services import digests, follow
from kesher.following.services.digests import find_news, forget_empty_digests, queue_digest, send_digests
from kesher.petitions.models import Petition
from tests.followings import a_following, shade

HERE = ZoneInfo("Asia/Jerusalem")
WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=HERE)
FRIDAY, NIGHT = WEDNESDAY + timedelta(days=2), WEDNESDAY.replace(hour=2)

Clock = Callable[[datetime], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the time of everything: a week before the first digest, unless the test says otherwise."""

    def set_time(moment: datetime) -> None:
        """Let it be this moment, also for the feeds, which leave out what is not public yet."""
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment.astimezone(UTC))

    set_time(WEDNESDAY - timedelta(days=7))
    return set_time


def subscriber(who: Identity, *, frequency: str = "daily", agrees: bool = True) -> Following:
    """Somebody who follows petitions since Monday and agreed to be written to."""
    if agrees:
        record_consent(who, "information", granted=True, source="web")
    row = a_following(who, frequency=frequency)
    Following.objects.filter(pk=row.pk).update(created=WEDNESDAY - timedelta(days=2))
    return Following.objects.get(pk=row.pk)


def new_petition(at: datetime, code: str = "48213") -> Petition:
    """A petition that was published at a moment."""
    made = shade(code=code)
    Petition.objects.filter(pk=made.pk).update(opens_at=at)
    return made


def test_a_digest_says_what_is_new_and_why_and_how_it_ends(sms: Account, dana: Identity, clock: Clock) -> None:
    hear(sms, DANA, "שלום")
    subscriber(dana)
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)
    assert send_digests() == 1
    expand_broadcasts()
    text = Delivery.objects.latest("pk").message.text
    assert "צל לגני השעשועים" in text
    assert "/following/" in text
    assert "/petitions/" not in text  # each line of an SMS is paid for


def test_a_digest_by_mail_has_the_reason_and_a_header_that_ends_it(mailbox: Account, clock: Clock) -> None:
    hear(mailbox, MAIL, "שלום", authenticated=True)
    subscriber(Identity.objects.get(address=MAIL.address))
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)
    send_digests()
    expand_broadcasts()
    assert "אתם עוקבים אחרי כל הפריטים מסוג זה: עצומות" in Delivery.objects.latest("pk").message.text
    Delivery.objects.exclude(message__purpose="information").delete()
    assert "/stop/" in lease_deliveries()[-1].payload.body["unsubscribe_url"]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hours=st.lists(st.integers(0, 24 * 15), min_size=2, max_size=8),
    workers=st.integers(1, 2),
    frequency=st.sampled_from(["daily", "weekly"]),
)
def test_a_period_has_at_most_one_digest(
    sms: Account, dana: Identity, clock: Clock, hours: list[int], workers: int, frequency: str
) -> None:
    Digest.objects.all().delete()
    Following.objects.all().delete()
    subscriber(dana, frequency=frequency)
    petition = Petition.objects.first() or new_petition(WEDNESDAY)
    for at in sorted(WEDNESDAY + timedelta(hours=hour) for hour in hours):
        Petition.objects.filter(pk=petition.pk).update(opens_at=at - timedelta(minutes=1))
        clock(at)
        for _worker in range(workers):
            send_digests()
    sent = [row.at.astimezone(HERE) for row in Digest.objects.filter(broadcast__isnull=False)]
    assert len({first_day(frequency, at.date()) for at in sent}) == len(sent)
    assert all(is_morning(dana.agency, at) for at in sent)


def test_runs_of_a_restarted_worker_send_one_a_day(sms: Account, dana: Identity, clock: Clock) -> None:
    hear(sms, DANA, "שלום")
    subscriber(dana)
    for number, hours in enumerate((0, 1, 2, 24, 25, 48, 72, 96)):  # Wednesday to Sunday
        now = WEDNESDAY + timedelta(hours=hours)
        new_petition(now - timedelta(minutes=1), code=f"4820{number}")
        clock(now)
        send_digests()
    assert list(Digest.objects.order_by("period").values_list("period", flat=True)) == [
        date(2026, 11, 25), date(2026, 11, 26), date(2026, 11, 29),
    ]  # fmt: skip
    assert Broadcast.objects.count() == 3


def test_two_workers_with_one_row_send_one(sms: Account, dana: Identity, clock: Clock) -> None:
    row, day = subscriber(dana), WEDNESDAY.date()
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)
    both = [find_news(row, day, WEDNESDAY) for _worker in range(2)]  # each reads before the other has stored
    assert None not in both
    assert [queue_digest(row.contact, day, WEDNESDAY, news) for news in both] == [1, 0]
    assert Broadcast.objects.count() == 1


def test_the_news_are_read_outside_a_transaction(
    sms: Account, dana: Identity, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriber(dana)
    clock(WEDNESDAY)
    depths: list[int] = []
    outside = len(connection.savepoint_ids)

    def find(_wanted: Wanted, _since: datetime) -> list[Item]:
        """Note how many transactions are open."""
        depths.append(len(connection.savepoint_ids))
        return []

    monkeypatch.setitem(FEEDS, "petitions", replace(FEEDS["petitions"], find=find))
    send_digests()
    assert depths == [outside]


def test_one_person_s_fault_does_not_stop_the_others(
    sms: Account, dana: Identity, omar: Identity, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, _fine = subscriber(dana), subscriber(omar)
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)

    def fail(row: Following, **how: Any) -> list[Concern]:
        """Fail for one of them."""
        if row.pk == broken.pk:
            raise ValueError(row.pk)
        return list_concerns(row, **how)

    monkeypatch.setattr(digests, "list_concerns", fail)
    assert [send_digests(), send_digests()] == [1, 0]
    monkeypatch.setattr(digests, "list_concerns", list_concerns)
    clock(WEDNESDAY + timedelta(days=1))
    assert send_digests() == 1  # and nothing was lost


def test_a_feed_that_fails_takes_nobody_s_other_news(
    sms: Account, dana: Identity, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriber(dana)
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)

    def find(_wanted: Wanted, _since: datetime) -> list[Item]:
        """Fail, as a bug would."""
        raise ValueError

    monkeypatch.setitem(FEEDS, "contests", replace(FEEDS["contests"], find=find))
    assert send_digests() == 1


def test_a_run_goes_on_until_nobody_is_left(
    sms: Account, dana: Identity, omar: Identity, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "BATCH", 1)
    subscriber(dana)
    subscriber(omar)
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)
    assert send_digests() == 2


def test_a_run_without_time_leaves_the_rest_to_the_next(
    sms: Account, dana: Identity, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriber(dana)
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)
    monkeypatch.setattr(digests, "RUN_SECONDS", 0)
    assert send_digests() == 0
    assert not Digest.objects.exists()


def test_a_change_of_frequency_sends_no_second_one_in_a_week(sms: Account, dana: Identity, clock: Clock) -> None:
    row = subscriber(dana)
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)
    assert send_digests() == 1
    Following.objects.filter(pk=row.pk).update(frequency="weekly")
    new_petition(WEDNESDAY + timedelta(minutes=30), code="48214")
    clock(WEDNESDAY + timedelta(hours=1))
    assert send_digests() == 0
    clock(WEDNESDAY + timedelta(days=4))  # Sunday: what came after the last digest was not lost
    assert send_digests() == 1


def test_news_of_days_without_consent_come_after_it(sms: Account, dana: Identity, clock: Clock) -> None:
    subscriber(dana, agrees=False)
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)
    assert send_digests() == 0
    record_consent(dana, "information", granted=True, source="web")
    clock(WEDNESDAY + timedelta(days=1))
    assert send_digests() == 1


def test_who_muted_digests_gets_none_until_they_follow_again(sms: Account, dana: Identity, clock: Clock) -> None:
    row = subscriber(dana)
    set_preferences(dana.contact, {"muted": ["following", "petitions"]}, language="he", by=SYSTEM)
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)
    assert send_digests() == 0
    assert "כיביתם" in silence_in_words(Following.objects.get(pk=row.pk))
    follow(Call(door="web", identity=Identity.objects.get(pk=dana.pk), level=1), topics=row.topics, frequency="daily")
    assert Contact.objects.get(pk=dana.contact_id).prefs["muted"] == ["petitions"]
    assert silence_in_words(Following.objects.get(pk=row.pk)) == ""


def test_rows_without_news_are_forgotten_and_others_stay(sms: Account, dana: Identity, clock: Clock) -> None:
    subscriber(dana)
    clock(WEDNESDAY)
    send_digests()
    new_petition(WEDNESDAY)
    clock(WEDNESDAY + timedelta(days=1))
    assert send_digests() == 1
    clock(WEDNESDAY + timedelta(days=59))
    assert forget_empty_digests() == 0
    clock(WEDNESDAY + timedelta(days=90))
    assert forget_empty_digests() == 1
    assert Digest.objects.get().broadcast is not None


def test_merged_people_get_one(sms: Account, dana: Identity, omar: Identity, clock: Clock) -> None:
    subscriber(dana)
    subscriber(omar)
    new_petition(WEDNESDAY - timedelta(hours=1))
    merge_contacts(dana.contact, omar.contact, reason="test", by=SYSTEM)
    record_consent(dana, "information", granted=True, source="web")
    clock(WEDNESDAY)
    assert send_digests() == 1


def test_nothing_new_sends_nothing(sms: Account, dana: Identity, clock: Clock) -> None:
    subscriber(dana)
    new_petition(WEDNESDAY - timedelta(days=3))
    clock(WEDNESDAY)
    assert send_digests() == 0
    assert not Broadcast.objects.exists()


@pytest.mark.parametrize("refuses", [True, False])
def test_who_refused_or_never_agreed_gets_nothing(sms: Account, dana: Identity, clock: Clock, refuses: bool) -> None:
    subscriber(dana, agrees=refuses)
    if refuses:
        refuse_messages(dana.contact, everything=False, source="sms", by=SYSTEM)
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)
    assert send_digests() == 0
    assert not Broadcast.objects.exists()


@pytest.mark.parametrize("moment", [NIGHT, FRIDAY])
def test_nothing_is_sent_at_night_or_on_friday(sms: Account, dana: Identity, clock: Clock, moment: datetime) -> None:
    subscriber(dana)
    new_petition(WEDNESDAY - timedelta(days=1))
    clock(moment)
    assert send_digests() == 0
    assert not Digest.objects.exists()


def test_the_words_of_digests_are_erased_and_that_they_were_sent_stays(
    sms: Account, dana: Identity, clock: Clock
) -> None:
    subscriber(dana)
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)
    send_digests()
    HOLDINGS["digests"].erase([dana.contact_id])
    assert Broadcast.objects.get().texts == {}
    assert Digest.objects.count() == 1
