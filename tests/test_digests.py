"""Digests: at most one a period whatever happens, on a working morning, with consent, and only with news."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.privacy_registry import HOLDINGS
from kesher.contacts.services import merge_contacts, record_consent, refuse_messages
from kesher.conversations.models import Broadcast, Delivery
from kesher.conversations.services import expand_broadcasts
from kesher.conversations.tests.talk import DANA, MAIL, hear
from kesher.core.audit import SYSTEM
from kesher.following.models import Digest, Following
from kesher.following.rules import first_day, is_morning
from kesher.following.services.digests import send_digest, send_digests
from kesher.petitions.models import Petition
from tests.followings import a_following, shade

HERE = ZoneInfo("Asia/Jerusalem")
WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=HERE)
FRIDAY, NIGHT = WEDNESDAY + timedelta(days=2), WEDNESDAY.replace(hour=2)

Clock = Callable[[datetime], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the time of digests and of broadcasts."""

    def set_time(moment: datetime) -> None:
        """Let it be this moment."""
        frozen = SimpleNamespace(now=lambda: moment.astimezone(UTC))
        for name in ("kesher.following.services.digests", "kesher.conversations.services.broadcasts"):
            monkeypatch.setattr(import_module(name), "timezone", frozen)

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
    assert "אתם עוקבים אחרי הכול מסוג זה: עצומות" in text
    assert "/following/" in text


def test_a_digest_by_mail_has_a_link_that_ends_it(mailbox: Account, clock: Clock) -> None:
    hear(mailbox, MAIL, "שלום", authenticated=True)
    subscriber(Identity.objects.get(address=MAIL.address))
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)
    send_digests()
    expand_broadcasts()
    assert Delivery.objects.latest("pk").message.purpose == "information"  # the sender adds List-Unsubscribe to it


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


def test_two_workers_with_one_row_send_one(sms: Account, dana: Identity) -> None:
    row = subscriber(dana)
    new_petition(WEDNESDAY - timedelta(hours=1))
    assert [send_digest(row, WEDNESDAY.date(), WEDNESDAY) for _worker in range(2)] == [1, 0]
    assert Broadcast.objects.count() == 1


def test_a_change_of_frequency_sends_no_second_one_in_a_week(sms: Account, dana: Identity, clock: Clock) -> None:
    row = subscriber(dana)
    new_petition(WEDNESDAY - timedelta(hours=1))
    clock(WEDNESDAY)
    assert send_digests() == 1
    Following.objects.filter(pk=row.pk).update(frequency="weekly")
    new_petition(WEDNESDAY, code="48214")
    clock(WEDNESDAY + timedelta(hours=1))
    assert send_digests() == 0


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
