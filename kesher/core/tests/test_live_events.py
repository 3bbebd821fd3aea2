"""Tickets to hear what changes, and events that come and go with their transaction."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.db import models, transaction
from django.utils import timezone

from kesher.core.db.agency_scope import ScopeMissing, everywhere
from kesher.core.live.live_events import delete_old_events, publish, read_ticket, sign_live_ticket
from kesher.core.models import LiveEvent


def test_a_ticket_names_its_agency_and_its_streams(city: models.Model) -> None:
    assert read_ticket(sign_live_ticket(["inbox", "conversation:7"])) == (
        city.pk,
        frozenset({"inbox", "conversation:7"}),
    )


def test_a_ticket_that_was_changed_opens_nothing(city: models.Model) -> None:
    good = sign_live_ticket(["inbox"])
    for bad in ("", "x", good[:-1] + ("a" if good[-1] != "a" else "b"), good.replace(":", ".", 1)):
        with pytest.raises(signing.BadSignature):
            read_ticket(bad)


def test_a_ticket_ends(city: models.Model) -> None:
    with pytest.raises(signing.SignatureExpired):
        read_ticket(sign_live_ticket(["inbox"]), max_age=-1)


def test_a_ticket_of_another_kind_opens_nothing(city: models.Model) -> None:
    with pytest.raises(signing.BadSignature):
        read_ticket(signing.dumps([city.pk, "inbox"], salt="kesher.visitor", compress=True))


def test_a_ticket_is_not_made_for_all_agencies(city: models.Model) -> None:
    with everywhere("a test"), pytest.raises(ScopeMissing):
        sign_live_ticket(["inbox"])


def test_what_was_undone_is_not_told(city: models.Model) -> None:
    with transaction.atomic():
        publish("inbox")
        transaction.set_rollback(True)
    assert not LiveEvent.objects.exists()


def test_old_events_are_forgotten_and_fresh_ones_are_not(city: models.Model) -> None:
    publish("old", "fresh")
    LiveEvent.objects.filter(stream="old").update(at=timezone.now() - timedelta(hours=3))
    assert delete_old_events() == 1
    assert LiveEvent.objects.get().stream == "fresh"
