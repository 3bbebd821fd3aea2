"""Failures: a killed worker, redelivery after a restart, a database that is down, a slow or failing provider."""

from __future__ import annotations

import time

from django.db import connection

from kesher.channels.base import Address
from kesher.contacts.services import find_identity
from kesher.conversations.models import Delivery, Intake, Message
from tests.end_to_end import KesherServer, until


def person(number: int) -> Address:
    return Address("tel", f"+97250555{number:04d}", f"אדם {number}")


def test_a_worker_killed_in_mid_flight_loses_nothing_and_doubles_nothing(kesher_server: KesherServer) -> None:
    for number in range(60):
        kesher_server.says("whatsapp", person(number), "תפריט", id=f"wamid.{number}")
        if number in (20, 40):
            kesher_server.kill("worker")
            kesher_server.kill("sender")
            kesher_server.start("worker", "sender")
    until(lambda: Message.objects.filter(direction="in").count() == 60, 40)
    until(lambda: not Delivery.objects.exclude(state__in=["sent", "delivered", "read"]).exists(), 40)
    assert Message.objects.filter(direction="in").values("external_id").distinct().count() == 60
    for number in range(60):
        told = [item for item in kesher_server.providers.sent if item.to == person(number).address]
        assert len({str(item.body) for item in told}) == len(told), "the same words went out twice"
        assert len(told) == Message.objects.filter(direction="out", identity=find_identity(person(number))).count()


def test_a_redelivery_after_a_restart_is_a_no_op(kesher_server: KesherServer) -> None:
    made = kesher_server.request("whatsapp", person(1), text="תפריט", id="wamid.once")
    kesher_server.post("whatsapp", made)
    kesher_server.quiet()
    heard = len(kesher_server.providers.sent)
    for role in ("web", "worker", "sender"):
        kesher_server.kill(role)
    kesher_server.start("web", "worker", "sender")
    assert kesher_server.post("whatsapp", made).status_code == 200
    kesher_server.quiet()
    assert Message.objects.filter(external_id="wamid.once").count() == 1
    assert len(kesher_server.providers.sent) == heard


def test_a_locked_database_costs_no_message_and_no_order(kesher_server: KesherServer) -> None:
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
            kesher_server.says("whatsapp", person(7), f"מספר {number}", id=f"wamid.locked{number}")
        assert time.monotonic() - started < 15
        cursor.execute("ROLLBACK")
    until(lambda: Intake.objects.filter(state="done").count() >= 5, 30)
    texts = Message.objects.filter(direction="in").order_by("seq").values_list("text", flat=True)
    assert list(texts) == [f"מספר {number}" for number in range(5)]


def test_a_failing_provider_is_tried_again_and_then_shown(kesher_server: KesherServer) -> None:
    kesher_server.providers.fail = 1
    kesher_server.says("whatsapp", person(2), "תפריט")
    until(lambda: Delivery.objects.filter(tries=1, state="queued").exists())
    Delivery.objects.filter(state="queued").update(not_before=0)
    kesher_server.hears("whatsapp", person(2), "")
