"""A purchase reaches its second price by SMS: everybody sees the new price, and earlier pledgers are informed."""

from __future__ import annotations

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
from tests.street import Street, until

DANA = Address("tel", "+972505550142", "דנה לוי")
OMAR = Address("tg", "5550143", "عمر حداد")
NOA = Address("tel", "+972505550177", "נעה בר")


def news_go_out(street: Street) -> None:
    """Send at noon, since the worker waits in quiet hours."""
    street.quiet()
    services.note_prices()
    while is_quiet(street.agency, timezone.now()) and expand_broadcasts():
        pass


@pytest.fixture
def purchase(street: Street, noon: datetime) -> Purchase:
    """Create a purchase at ₪5,200 each, ₪4,800 from four units."""
    return a_purchase(code="52712", minimum=2, ladder=((1, 520_000), (4, 480_000)))


def test_the_second_price_is_reached_by_number_keys(street: Street, purchase: Purchase) -> None:
    # Omar pledges on Telegram, in his own language, at the first price.
    street.ask("telegram", OMAR, "العربية", "")
    street.ask("telegram", OMAR, "شراء 52712", "5,200")
    street.ask("telegram", OMAR, "2", "10,400")
    street.ask("telegram", OMAR, "نعم", "")
    street.quiet()
    page = street.http.get("/purchases/52712/")
    assert "5,200" in page.text
    assert "<b>2 " in page.text
    # Dana brings the second price with number keys.
    street.ask("sms", DANA, "לקנות 52712", "4,800")
    street.ask("sms", DANA, "2", "9,600")
    before = len(street.providers.sent)
    street.says("sms", DANA, "1")
    assert "4,800" in street.hears("sms", DANA, "4,800", before).text
    news_go_out(street)
    # Everybody sees the new price; Omar is told where he pledged, and Dana, who knows, is not told again.
    told = street.hears("telegram", OMAR, "4,800", before)
    assert "52712" in told.text
    assert until(lambda: "4,800" in street.http.get("/purchases/52712/count/").text)
    street.quiet()
    assert sum(item.channel == "sms" for item in street.providers.sent[before:]) == 1
    assert [line.quantity for line in Pledge.objects.in_order()] == [2, 2]


def test_a_place_that_became_free_is_told_and_taken_by_number_keys(street: Street, purchase: Purchase) -> None:
    Purchase.objects.update(stock=2)
    street.ask("sms", DANA, "לקנות 52712", "")
    street.ask("sms", DANA, "2", "")
    street.ask("sms", DANA, "1", "")
    street.ask("sms", NOA, "לקנות 52712", "")
    street.ask("sms", NOA, "1", "")
    street.ask("sms", NOA, "1", "")
    street.ask("sms", NOA, "1", "")
    street.quiet()
    assert Pledge.objects.standing("waiting").count() == 1
    street.ask("sms", DANA, "לבטל רכישה 52712", "")
    before = len(street.providers.sent)
    street.says("sms", DANA, "1")
    news_go_out(street)
    street.hears("sms", NOA, "מקום 52712", before)
    street.quiet()
    street.ask("sms", NOA, "מקום 52712", "")
    street.ask("sms", NOA, "1", "")
    street.quiet()
    assert Pledge.objects.standing("in").get().quantity == 1
    assert Purchase.objects.get().taken == 1


def test_from_the_deadline_to_the_pickup_code(street: Street, purchase: Purchase) -> None:
    street.ask("sms", DANA, "לקנות 52712", "")
    street.ask("sms", DANA, "2", "")
    street.ask("sms", DANA, "1", "")
    street.quiet()
    before = len(street.providers.sent)
    closed = pass_deadline(purchase)
    news_go_out(street)
    street.hears("sms", DANA, "5,200", before)
    services.move(closed, "confirm", by=SYSTEM)
    news_go_out(street)
    street.hears("sms", DANA, "הרכישה שלי 52712", before)
    street.quiet()
    code = Allotment.objects.get().code
    assert find_identity(DANA)
    street.ask("sms", DANA, "הרכישה שלי 52712", code)
