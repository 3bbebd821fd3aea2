"""Receipts that hold for all that was sent to a person up to a time, and receipts that come before the answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kesher.agencies.models import Agency
from kesher.channels.base import Address, Event, Kind, Receipt
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.conversations.delivery.leases import Job, Outcome, lease_deliveries, record_outcomes
from kesher.conversations.models import ChannelEvent, Conversation, Delivery, Message
from kesher.conversations.services import receive
from kesher.conversations.tests.talk import hear

PAGE = "1122334455667"
DANA = Address("messenger", f"{PAGE}:24680135791113")
OMAR = Address("messenger", f"{PAGE}:24680135791200")
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def messenger(city: Agency) -> Account:
    return open_account("messenger", address=PAGE, secrets=("s",), token="t", settings={"app_id": "1500000000000042"})


def sent(account: Account, who: Address, *, at: float, state: str = "sent") -> Delivery:
    """What the bot answered to this person, as if its request had begun at this time."""
    hear(account, who, "שלום")
    row = Delivery.objects.latest("pk")
    Delivery.objects.filter(pk=row.pk).update(state=state, leased_at=at, external_id=f"m_{row.pk}")
    Message.objects.filter(pk=row.message_id).update(state=state, external_id=f"m_{row.pk}")
    row.refresh_from_db()
    return row


def receipt(who: Address, status: str, *, until: float = 0, target: str = "", **data: Any) -> Event:
    data |= {"until": datetime.fromtimestamp(until, UTC).isoformat()} if until else {}
    return Event(Kind.STATUS, f"s|{status}|{until}|{target}", sender=who, status=status, target=target, data=data)


def told(account: Account, event: Event) -> None:
    assert receive(account, event, received=datetime.now(UTC)) is None


def states(*rows: Delivery) -> list[str]:
    for row in rows:
        row.refresh_from_db()
        assert row.message.__class__.objects.get(pk=row.message_id).state == row.state
    return [row.state for row in rows]


def test_a_watermark_covers_what_was_sent_to_this_person_before_it(messenger: Account) -> None:
    first, second = sent(messenger, DANA, at=NOON), sent(messenger, DANA, at=NOON + 60)
    later, other = sent(messenger, DANA, at=NOON + 120), sent(messenger, OMAR, at=NOON)
    told(messenger, receipt(DANA, "delivered", until=NOON + 60))
    assert states(first, second, later, other) == ["delivered", "delivered", "sent", "sent"]
    told(messenger, receipt(DANA, "read", until=NOON + 30))
    assert states(first, second, later, other) == ["read", "delivered", "sent", "sent"]


def test_a_late_watermark_takes_nothing_back_and_touches_no_failure(messenger: Account) -> None:
    read, failed, unknown = (sent(messenger, DANA, at=NOON, state=state) for state in ("read", "failed", "unknown"))
    told(messenger, receipt(DANA, "delivered", until=NOON + 60))
    assert states(read, failed, unknown) == ["read", "failed", "unknown"]


def test_the_same_watermark_counts_once_and_is_over(messenger: Account) -> None:
    sent(messenger, DANA, at=NOON)
    for _again in range(3):
        told(messenger, receipt(DANA, "read", until=NOON + 60))
    assert ChannelEvent.objects.get(kind="status").state == "applied"


def test_a_watermark_of_a_stranger_means_nothing(messenger: Account) -> None:
    row = sent(messenger, DANA, at=NOON)
    told(messenger, receipt(OMAR, "read", until=NOON + 60))
    assert states(row) == ["sent"]


def test_a_receipt_that_names_a_message_and_a_time_holds_for_both(messenger: Account) -> None:
    first, named = sent(messenger, DANA, at=NOON), sent(messenger, DANA, at=NOON + 90)
    told(messenger, receipt(DANA, "read", until=NOON + 60, target=named.external_id))
    assert states(first, named) == ["read", "read"]


def leased(account: Account) -> Job:
    hear(account, DANA, "שלום")
    return lease_deliveries()[0]


def test_a_receipt_before_the_providers_answer_is_not_lost(messenger: Account) -> None:
    job = leased(messenger)
    told(messenger, receipt(DANA, "delivered", target="m_9"))
    assert ChannelEvent.objects.get(kind="status").state == "parked"
    record_outcomes([Outcome(job, receipt=Receipt("m_9"))])
    assert states(Delivery.objects.get(pk=job.pk)) == ["delivered"]
    assert ChannelEvent.objects.get(kind="status").state == "applied"


def test_an_echo_before_the_providers_answer_settles_the_delivery(messenger: Account) -> None:
    job = leased(messenger)
    told(messenger, receipt(DANA, "sent", target="m_9", ref=job.payload.ref))
    assert Message.objects.filter(direction="out", external_id="m_9").count() == 1
    record_outcomes([Outcome(job, receipt=Receipt("m_9"))])
    row = Delivery.objects.get(pk=job.pk)
    assert (row.state, row.external_id) == ("sent", "m_9")
    assert row.sent_at is not None


def test_an_echo_after_an_unknown_outcome_says_that_it_was_sent(messenger: Account) -> None:
    row = sent(messenger, DANA, at=NOON, state="unknown")
    told(messenger, receipt(DANA, "sent", target="m_9", ref=str(row.ref)))
    assert states(row) == ["sent"]


def test_an_echo_of_our_own_app_is_no_answer_of_a_clerk(messenger: Account) -> None:
    data = {"by": PAGE, "app_id": "1500000000000042"}
    hear(messenger, DANA, "שלום")
    before = Message.objects.count()
    told(messenger, Event(Kind.ECHO, "echo|m_7", sender=DANA, external_id="m_7", text="במה אפשר לעזור?", data=data))
    assert Message.objects.count() == before
    told(messenger, Event(Kind.ECHO, "echo|m_8", sender=DANA, external_id="m_8", text="בודקים", data={"by": PAGE}))
    assert Message.objects.latest("pk").content == {"sent_elsewhere": True}


def test_an_automatic_reply_of_another_program_is_no_answer_of_a_clerk(messenger: Account) -> None:
    hear(messenger, DANA, "שלום")
    since = datetime.fromtimestamp(NOON, UTC)
    Conversation.objects.update(held=False, waiting_since=since)
    data = {"by": PAGE, "automatic": True}
    told(messenger, Event(Kind.ECHO, "echo|m_7", sender=DANA, external_id="m_7", text="תודה, נחזור אליכם", data=data))
    talk, reply = Conversation.objects.get(), Message.objects.get(external_id="m_7")
    assert (talk.held, talk.waiting_since, reply.direction, reply.content) == (False, since, "out", {})
