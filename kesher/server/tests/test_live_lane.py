"""The live lane: an event as browsers get it, and what a browser missed."""

from __future__ import annotations

import pytest
from django.db import models

from kesher.core.db.agency_scope import scope
from kesher.core.live.live_events import publish
from kesher.core.models import LiveEvent
from kesher.server.lanes import live
from kesher.server.lanes.live import find_missed_events, find_new_events, format_event, newest_id


def test_an_event_says_where_and_nothing_else(city: models.Model) -> None:
    publish("inbox", "conversation:7", ref="12")
    first, second = LiveEvent.objects.order_by("id")
    assert (first.stream, second.stream, second.ref) == ("inbox", "conversation:7", "12")
    wire = format_event((second.pk, city.pk, second.stream, second.ref)).decode()
    assert wire == f'id: {second.pk}\ndata: {{"id": {second.pk}, "stream": "conversation:7", "ref": "12"}}\n\n'


def test_whoever_comes_back_hears_what_he_missed(
    city: models.Model, town: models.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "close_old_connections", lambda: None)  # this thread's own connection stays
    publish("inbox")
    seen = newest_id()
    publish("inbox", "cases")
    with scope(town):
        publish("inbox")
    events = find_missed_events(city.pk, frozenset({"inbox"}), seen)
    assert [(agency, stream) for _id, agency, stream, _ref in events] == [(city.pk, "inbox")]
    assert len([event for event in find_new_events(seen) if event[0] > seen]) == 3
