"""Failures: a killed worker, redelivery after a restart, a database that is down, a slow or failing provider."""

from __future__ import annotations

import time

from django.db import connection

from kesher.channels.base import Address
from kesher.contacts.services import find_identity
from kesher.conversations.models import Delivery, Intake, Message
from tests.street import Street, until


def person(number: int) -> Address:
    return Address("tel", f"+97250555{number:04d}", f"אדם {number}")


def test_a_worker_killed_in_mid_flight_loses_nothing_and_doubles_nothing(street: Street) -> None:
    for number in range(60):
        street.says("whatsapp", person(number), "תפריט", id=f"wamid.{number}")
        if number in (20, 40):
            street.kill("worker")
            street.kill("sender")
            street.start("worker", "sender")
    until(lambda: Message.objects.filter(direction="in").count() == 60, 40)
    until(lambda: not Delivery.objects.exclude(state__in=["sent", "delivered", "read"]).exists(), 40)
    assert Message.objects.filter(direction="in").values("external_id").distinct().count() == 60
    for number in range(60):
        told = [item for item in street.providers.sent if item.to == person(number).address]
        assert len({str(item.body) for item in told}) == len(told), "the same words went out twice"
        assert len(told) == Message.objects.filter(direction="out", identity=find_identity(person(number))).count()


def test_a_redelivery_after_a_restart_is_a_no_op(street: Street) -> None:
    made = street.request("whatsapp", person(1), text="תפריט", id="wamid.once")
    street.post("whatsapp", made)
    street.quiet()
    heard = len(street.providers.sent)
    for role in ("web", "worker", "sender"):
        street.kill(role)
    street.start("web", "worker", "sender")
    assert street.post("whatsapp", made).status_code == 200
    street.quiet()
    assert Message.objects.filter(external_id="wamid.once").count() == 1
    assert len(street.providers.sent) == heard


def test_a_locked_database_costs_no_message_and_no_order(street: Street) -> None:
    if connection.vendor != "sqlite":
        lock = "LOCK TABLE conversations_intake IN ACCESS EXCLUSIVE MODE"
        begin = "BEGIN"
    else:
        begin, lock = "BEGIN EXCLUSIVE", "SELECT 1"
    with connection.cursor() as cursor:
        cursor.execute(begin)
        cursor.execute(lock)
        started = time.monotonic()
        for number in range(5):
            street.says("whatsapp", person(7), f"מספר {number}", id=f"wamid.locked{number}")
        assert time.monotonic() - started < 15
        cursor.execute("ROLLBACK")
    until(lambda: Intake.objects.filter(state="done").count() >= 5, 30)
    texts = Message.objects.filter(direction="in").order_by("seq").values_list("text", flat=True)
    assert list(texts) == [f"מספר {number}" for number in range(5)]


def test_a_failing_provider_is_tried_again_and_then_shown(street: Street) -> None:
    street.providers.fail = 1
    street.says("whatsapp", person(2), "תפריט")
    until(lambda: Delivery.objects.filter(tries=1, state="queued").exists())
    Delivery.objects.filter(state="queued").update(not_before=0)
    street.hears("whatsapp", person(2), "")
