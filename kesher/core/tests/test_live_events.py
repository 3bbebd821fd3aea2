"""Tickets to hear what changes, and events that come and go with their transaction."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.db import models, transaction
from django.utils import timezone

from kesher.core.db.agency_scope import ScopeMissing, everywhere, scope
from kesher.core.live import live_lane
from kesher.core.live.live_events import delete_old_events, publish, read_ticket, sign_live_ticket
from kesher.core.live.live_lane import find_missed_events, find_new_events, format_event, newest_id
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


def test_an_event_says_where_and_nothing_else(city: models.Model) -> None:
    publish("inbox", "conversation:7", ref="12")
    first, second = LiveEvent.objects.order_by("id")
    assert (first.stream, second.stream, second.ref) == ("inbox", "conversation:7", "12")
    wire = format_event((second.pk, city.pk, second.stream, second.ref)).decode()
    assert wire == f'id: {second.pk}\ndata: {{"id": {second.pk}, "stream": "conversation:7", "ref": "12"}}\n\n'


def test_whoever_comes_back_hears_what_he_missed(
    city: models.Model, town: models.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_lane, "close_old_connections", lambda: None)  # this thread's own connection stays
    publish("inbox")
    seen = newest_id()
    publish("inbox", "cases")
    with scope(town):
        publish("inbox")
    events = find_missed_events(city.pk, frozenset({"inbox"}), seen)
    assert [(agency, stream) for _id, agency, stream, _ref in events] == [(city.pk, "inbox")]
    assert len([event for event in find_new_events(seen) if event[0] > seen]) == 3


def test_old_events_are_forgotten_and_fresh_ones_are_not(city: models.Model) -> None:
    publish("old", "fresh")
    LiveEvent.objects.filter(stream="old").update(at=timezone.now() - timedelta(hours=3))
    assert delete_old_events() == 1
    assert LiveEvent.objects.get().stream == "fresh"
