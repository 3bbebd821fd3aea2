"""What providers sent us in the raw is kept for a while, and not for ever."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.channels.base import Address, Event, Kind, Status, dedup
from kesher.channels.models import Account
from kesher.conversations.models import ChannelEvent, Intake
from kesher.conversations.services import forget_raw, receive


def raw(account: Account, days: float, state: str) -> Intake:
    return Intake.objects.create(
        account_id=account.pk, received=time.time() - days * 86_400, path="/in/", body=b"{}", state=state
    )


def read(account: Account, number: int) -> None:
    """Somebody's device says that he read what we wrote."""
    dana, target = Address("tel", "+972505550142"), f"wamid.{number}"
    key = dedup(Kind.STATUS, dana, target, "read")
    event = Event(Kind.STATUS, key, sender=dana, target=target, status=Status.READ)
    assert receive(account, event, received=timezone.now()) is None


@pytest.mark.parametrize("state", ["done", "failed"])
def test_what_was_worked_off_or_given_up_long_ago_is_dropped(
    city: Agency, sms: Account, settings: Any, state: str
) -> None:
    settings.KESHER_RAW_DAYS = 30
    raw(sms, 31, state)
    assert forget_raw() == 1
    assert not Intake.objects.exists()


def test_what_is_new_or_came_lately_stays(city: Agency, sms: Account) -> None:
    kept = [raw(sms, 1, "done"), raw(sms, 1, "failed"), raw(sms, 40, "new")]
    assert forget_raw() == 0
    assert Intake.objects.count() == len(kept)


def test_an_event_is_known_again_though_nobodys_number_is_kept(city: Agency, whatsapp: Account) -> None:
    for number in (1, 2, 1):
        read(whatsapp, number)
    assert ChannelEvent.objects.count() == 2
    kept = " ".join(str(row) for row in ChannelEvent.objects.values_list())
    assert "+972505550142" not in kept


def test_events_of_long_ago_are_dropped_and_the_later_stay(city: Agency, whatsapp: Account, settings: Any) -> None:
    settings.KESHER_RAW_DAYS = 30
    for number in (1, 2):
        read(whatsapp, number)
    long_ago = timezone.now() - timedelta(days=31)
    ChannelEvent.objects.filter(target="wamid.1").update(at=long_ago, state="unknown")
    assert forget_raw() == 1
    assert ChannelEvent.objects.get().target == "wamid.2"
