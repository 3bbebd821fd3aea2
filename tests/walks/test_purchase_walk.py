"""A purchase reaches its second price by SMS: everybody sees the new price, and earlier pledgers are informed."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.utils import timezone

from kesher.agencies.business_hours import is_quiet
from kesher.channels.base import Address
from kesher.contacts.services import find_identity
from kesher.conversations.services import expand_broadcasts
from kesher.core.audit import SYSTEM
from kesher.purchases import services
from kesher.purchases.models import Allotment, Pledge, Purchase
from kesher.purchases.tests.factories import a_purchase, pass_deadline
from tests.end_to_end import KesherServer, until

DANA = Address("tel", "+972505550142", "דנה לוי")
OMAR = Address("tg", "5550143", "عمر حداد")
NOA = Address("tel", "+972505550177", "נעה בר")


def news_go_out(kesher_server: KesherServer) -> None:
    """Send at noon, since the worker waits in quiet hours."""
    kesher_server.quiet()
    services.announce_prices()
    while is_quiet(kesher_server.agency, timezone.now()) and expand_broadcasts():
        pass


@pytest.fixture
def purchase(kesher_server: KesherServer, noon: datetime) -> Purchase:
    """Create a purchase at ₪5,200 each, ₪4,800 from four units."""
    return a_purchase(code="52712", minimum=2, ladder=((1, 520_000), (4, 480_000)))


def test_the_second_price_is_reached_by_number_keys(kesher_server: KesherServer, purchase: Purchase) -> None:
    # Omar pledges on Telegram, in Arabic, at the first price.
    kesher_server.ask("telegram", OMAR, "العربية", "")
    kesher_server.ask("telegram", OMAR, "شراء 52712", "5,200")
    kesher_server.ask("telegram", OMAR, "2", "10,400")
    kesher_server.ask("telegram", OMAR, "نعم", "")
    kesher_server.quiet()
    page = kesher_server.http.get("/purchases/52712/")
    assert "5,200" in page.text
    assert re.search(r"<b\s*>2 ", page.text)
    # Dana brings the second price with number keys.
    kesher_server.ask("sms", DANA, "לקנות 52712", "4,800")
    kesher_server.ask("sms", DANA, "2", "9,600")
    before = len(kesher_server.providers.sent)
    kesher_server.says("sms", DANA, "1")
    assert "4,800" in kesher_server.hears("sms", DANA, "4,800", before).text
    news_go_out(kesher_server)
    # Everybody sees the new price; Omar is informed on Telegram; Dana, who caused it, is not.
    told = kesher_server.hears("telegram", OMAR, "4,800", before)
    assert "52712" in told.text
    assert until(lambda: "4,800" in kesher_server.http.get("/purchases/52712/count/").text)
    kesher_server.quiet()
    assert sum(item.channel == "sms" for item in kesher_server.providers.sent[before:]) == 1
    assert [line.quantity for line in Pledge.objects.in_order()] == [2, 2]


def test_a_free_place_is_offered_and_taken_by_number_keys(kesher_server: KesherServer, purchase: Purchase) -> None:
    Purchase.objects.update(stock=2)
    kesher_server.ask("sms", DANA, "לקנות 52712", "")
    kesher_server.ask("sms", DANA, "2", "")
    kesher_server.ask("sms", DANA, "1", "")
    kesher_server.ask("sms", NOA, "לקנות 52712", "")
    kesher_server.ask("sms", NOA, "1", "")
    kesher_server.ask("sms", NOA, "1", "")
    kesher_server.ask("sms", NOA, "1", "")
    kesher_server.quiet()
    assert Pledge.objects.standing("waiting").count() == 1
    kesher_server.ask("sms", DANA, "לבטל רכישה 52712", "")
    before = len(kesher_server.providers.sent)
    kesher_server.says("sms", DANA, "1")
    news_go_out(kesher_server)
    kesher_server.hears("sms", NOA, "מקום 52712", before)
    kesher_server.quiet()
    kesher_server.ask("sms", NOA, "מקום 52712", "")
    kesher_server.ask("sms", NOA, "1", "")
    kesher_server.quiet()
    assert Pledge.objects.standing("in").get().quantity == 1
    assert Purchase.objects.get().taken == 1


def test_from_the_deadline_to_the_pickup_code(kesher_server: KesherServer, purchase: Purchase) -> None:
    kesher_server.ask("sms", DANA, "לקנות 52712", "")
    kesher_server.ask("sms", DANA, "2", "")
    kesher_server.ask("sms", DANA, "1", "")
    kesher_server.quiet()
    before = len(kesher_server.providers.sent)
    closed = pass_deadline(purchase)
    # It closes once the web process has reported that nothing sent in time is on its way.
    assert until(lambda: services.close_what_is_due() or Purchase.objects.get().state == "closed")
    news_go_out(kesher_server)
    kesher_server.hears("sms", DANA, "5,200", before)
    services.make_transition(closed, "confirm", by=SYSTEM)
    news_go_out(kesher_server)
    kesher_server.hears("sms", DANA, "הרכישה שלי 52712", before)
    kesher_server.quiet()
    code = Allotment.objects.get().code
    assert find_identity(DANA)
    kesher_server.ask("sms", DANA, "הרכישה שלי 52712", code)
