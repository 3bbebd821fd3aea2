"""A close waits for requests that some web process has in hand, on whichever machine it runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kesher.conversations.deadlines import may_close
from kesher.conversations.models import WebProcess
from kesher.conversations.services import forget_web_process, report_web_process
from kesher.core.db.ids import uuid7

pytestmark = pytest.mark.django_db

# When the process reported, and since when its oldest request waited, in seconds from the end; may it be closed?
SAID = [
    (1, None, True),  # it had no request after the end
    (1, 0, True),  # its request came at the end, and so too late
    (5, 3, True),
    (0, None, False),  # it did not report after the end
    (-3, None, False),
    (1, -0.001, False),  # in time, and its turn has not come
    (28, -9, False),
    (-91, -99, True),  # silent for two minutes: dead
]


def test_a_close_waits_until_each_living_process_has_nothing_from_before_the_end() -> None:
    end = timezone.now() - timedelta(seconds=30)
    for seen, oldest, closes in SAID:
        process = uuid7()
        since = None if oldest is None else end.timestamp() + oldest
        report_web_process(process, end.timestamp() + 29, None)
        report_web_process(uuid7(), end.timestamp() + seen, since)
        assert may_close(end) is closes, (seen, oldest)
        WebProcess.objects.all().delete()


def test_after_twenty_minutes_nothing_is_waited_for() -> None:
    end = timezone.now() - timedelta(minutes=20)
    report_web_process(uuid7(), timezone.now().timestamp(), end.timestamp() - 1)
    assert may_close(end)


def test_a_process_takes_its_row_along_and_those_of_the_dead() -> None:
    now, ours = timezone.now().timestamp(), uuid7()
    for process, seen in ((ours, now), (uuid7(), now - 1), (uuid7(), now - 200)):
        report_web_process(process, seen, None)
    forget_web_process(ours)
    assert WebProcess.objects.get().seen == now - 1
