"""Which delivery a receipt means, and what it costs to find it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kesher.agencies.models import Agency
from kesher.channels.base import Event, Kind
from kesher.channels.models import Account
from kesher.conversations.models import ChannelEvent, Delivery, Message
from kesher.conversations.services.events.external_ids import filter_by_external_id
from kesher.conversations.services.events.provider_events import find_delivery, record_event
from kesher.conversations.tests.talk import DANA, hear
from kesher.core.db.agency_scope import everywhere


@pytest.fixture
def delivery(whatsapp: Account) -> Delivery:
    hear(whatsapp, DANA, "שלום")
    first = Delivery.objects.earliest("pk")
    Delivery.objects.filter(pk=first.pk).update(state="sent", external_id="wamid.1")
    return first


@pytest.mark.parametrize("rows", [Message.objects, Delivery.objects], ids=["messages", "deliveries"])
def test_a_receipt_is_found_by_its_index(city: Agency, whatsapp: Account, rows: Any) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the other database sees through the condition of an index by itself")
    with everywhere("as the lookup does"):
        wanted = filter_by_external_id(rows.filter(account=whatsapp), "wamid.1").order_by("pk")[:1]
    assert f"{rows.model._meta.model_name}_external" in wanted.explain()


def test_a_receipt_is_looked_for_in_its_account_and_not_in_all_of_an_agency(
    delivery: Delivery, whatsapp: Account
) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert find_delivery(whatsapp, ChannelEvent(target="wamid.1", data={})) == delivery
    [query] = asked.captured_queries
    assert '"conversations_delivery"."agency_id" =' not in query["sql"]
    assert "NOT" in query["sql"]


def test_a_receipt_is_found_by_our_reference_with_one_query(delivery: Delivery, whatsapp: Account) -> None:
    event = ChannelEvent(target="unknown", data={"ref": str(delivery.ref)})
    with CaptureQueriesContext(connection) as asked:
        assert find_delivery(whatsapp, event) == delivery
    assert len(asked) == 1


def test_a_receipt_without_our_reference_is_found_by_the_providers(delivery: Delivery, whatsapp: Account) -> None:
    record_event(whatsapp, Event(Kind.STATUS, "s|1", target="wamid.1", status="read"))
    delivery.refresh_from_db()
    assert delivery.state == "read"


def test_a_receipt_of_nothing_means_nothing(delivery: Delivery, whatsapp: Account) -> None:
    Delivery.objects.update(external_id="")
    assert find_delivery(whatsapp, ChannelEvent(target="", data={})) is None
