"""Requests whose end nobody saw: made again, shown, or waited for, by what the channel promises."""

from __future__ import annotations

import time

import pytest
from django.conf import settings

from kesher.agencies.models import Agency
from kesher.channels.base import ChannelError
from kesher.channels.models import Account
from kesher.conversations.delivery.leases import Outcome, lease_deliveries, record_outcomes, sweep_deliveries
from kesher.conversations.models import Delivery, Intake
from kesher.conversations.tests.talk import DANA, OMAR, hear


def left(account: Account, ago: float) -> Delivery:
    """A request that left so many seconds ago, and no more was heard."""
    hear(account, OMAR if account.channel == "telegram" else DANA, "שלום")
    job = lease_deliveries()[0]
    Delivery.objects.filter(pk=job.pk).update(leased_at=time.time() - ago)
    return Delivery.objects.get(pk=job.pk)


def came(account: Account, ago: float) -> None:
    """Something lies unread in the journal since so many seconds."""
    Intake.objects.create(account_id=account.pk, received=time.time() - ago, path="/", body=b"{}")


def state_after_sweep(delivery: Delivery) -> str:
    sweep_deliveries()
    delivery.refresh_from_db()
    return delivery.state


@pytest.fixture
def patience() -> float:
    return float(settings.KESHER_LEASE_SECONDS)


def test_silence_where_a_report_was_promised_sends_it_again(city: Agency, whatsapp: Account, patience: float) -> None:
    assert state_after_sweep(left(whatsapp, patience + 1)) == "queued"


def test_a_request_that_just_left_is_let_be(city: Agency, whatsapp: Account, patience: float) -> None:
    assert state_after_sweep(left(whatsapp, patience - 5)) == "sending"


def test_it_is_no_silence_while_a_report_may_lie_unread(city: Agency, whatsapp: Account, patience: float) -> None:
    delivery = left(whatsapp, patience + 1)
    came(whatsapp, patience - 1)
    assert state_after_sweep(delivery) == "sending"
    Intake.objects.update(state="done")
    assert state_after_sweep(delivery) == "queued"


def test_what_another_account_has_not_read_says_nothing(
    city: Agency, whatsapp: Account, sms: Account, patience: float
) -> None:
    delivery = left(whatsapp, patience + 1)
    came(sms, patience - 1)
    assert state_after_sweep(delivery) == "queued"


def test_what_came_later_says_nothing_either(city: Agency, whatsapp: Account, patience: float) -> None:
    delivery = left(whatsapp, patience + 10)
    came(whatsapp, 1)
    assert state_after_sweep(delivery) == "queued"


def test_where_nothing_is_promised_a_person_decides(city: Agency, telegram: Account, patience: float) -> None:
    assert state_after_sweep(left(telegram, patience + 1)) == "unknown"


def end_unseen() -> None:
    """The request leaves, and no answer comes."""
    [job] = lease_deliveries()
    record_outcomes([Outcome(job, error=ChannelError("no answer", unknown=True))])


def test_what_may_have_arrived_three_times_is_not_sent_a_fourth_time(
    city: Agency, whatsapp: Account, patience: float
) -> None:
    hear(whatsapp, DANA, "שלום")
    states = []
    for _ in range(3):
        end_unseen()
        delivery = Delivery.objects.earliest("pk")
        Delivery.objects.filter(pk=delivery.pk).update(leased_at=time.time() - patience - 1)
        states.append(state_after_sweep(delivery))
    assert states == ["queued", "queued", "unknown"]


def test_a_process_that_dies_of_a_message_does_not_get_it_for_ever(
    city: Agency, whatsapp: Account, patience: float
) -> None:
    delivery = left(whatsapp, patience + 1)
    Delivery.objects.update(tries=2)
    assert state_after_sweep(delivery) == "unknown"


def test_what_a_sender_still_waits_for_is_taken_by_no_process(city: Agency, whatsapp: Account, patience: float) -> None:
    delivery = left(whatsapp, patience + 1)
    sweep_deliveries([delivery.pk])
    assert state_after_sweep(delivery) == "sending"
