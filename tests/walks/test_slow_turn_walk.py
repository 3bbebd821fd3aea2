"""A request that was posted in time counts, however long it waits."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import psycopg
from django.db import connection
from django.utils import timezone

from kesher.contacts.models import Proof
from kesher.conversations.deadlines import SETTLE, latest_end_to_close, may_close
from kesher.conversations.intake.journal import connection_string
from kesher.conversations.models import WebProcess
from kesher.petitions import services
from kesher.petitions.models import Petition
from kesher.petitions.tests.factories import a_petition
from tests.end_to_end import KesherServer, until

DANA = {"address": "+972505550142", "name": "דנה לוי"}


@contextmanager
def held_up() -> Iterator[None]:
    """Block the database or the table, so that no code can be stored."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        lite = sqlite3.connect(str(database["NAME"]), isolation_level=None)
        lite.execute("BEGIN IMMEDIATE")
        yield
        lite.close()
    else:
        with psycopg.connect(connection_string(database, "test")) as other:
            other.execute("LOCK TABLE participation_codedue IN SHARE MODE")
            yield


def test_a_request_that_came_in_time_counts_though_its_turn_comes_after_the_end(kesher_server: KesherServer) -> None:
    petition = a_petition(code="48213")
    answers: list[httpx.Response] = []
    path = "/api/v1/petitions/48213/signatures/"
    poster = threading.Thread(target=lambda: answers.append(kesher_server.http.post(path, json=DANA)))
    until(WebProcess.objects.exists)  # its first report may come after its first answer
    end = timezone.now() + timedelta(seconds=3)
    Petition.objects.filter(pk=petition.pk).update(closes_at=end)
    with held_up():
        poster.start()
        until(lambda: latest_end_to_close() > end + SETTLE)
        assert not answers
        assert not may_close(end)
    poster.join()
    assert answers[0].status_code == 202, answers[0].text
    assert until(Proof.objects.first).asked_at < end
    assert services.close_ended(latest_end_to_close()) == 0  # its code is valid for 15 minutes
    Proof.objects.all().delete()
    began = time.monotonic()
    until(lambda: may_close(end))
    assert time.monotonic() - began < 5
