"""A pledge that fills the last box closes the purchase: what is said is what came of it, and nothing else is offered."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.conversations.models import Broadcast
from kesher.conversations.tests.talk import DANA, hear
from kesher.core.errors import Refused
from kesher.purchases import services
from kesher.purchases.magic_links import own_path
from kesher.purchases.models import Allotment, Pledge, Purchase
from kesher.purchases.pledge_cost import pledge_question
from kesher.purchases.registrations import list_own_things
from kesher.purchases.skill.purchases import describe_progress
from kesher.purchases.tests.factories import a_purchase, buy, pass_deadline

STEPS = ((12, 25_000), (36, 23_500), (48, 21_500))


@pytest.fixture
def filling(city: Agency) -> Purchase:
    """Boxes of twelve: 44 are asked for, and four more fill the fourth box."""
    boxed = a_purchase(code="81534", box=12, minimum=12, ladder=STEPS)
    for quantity in (5, 5, 5, 5, 5, 5, 5, 5, 4):
        buy(boxed, quantity)
    return pass_deadline(boxed)


def test_what_is_said_is_what_came_of_it(filling: Purchase, sms: Account) -> None:
    """Three, and two more if needed: one of those is."""
    assert (filling.state, filling.outcome.lacks) == ("filling", 4)
    with translation.override("en"):
        asked = pledge_question(Purchase.objects.get(pk=filling.pk), {"quantity": "3", "tolerance": "2"})
    assert "You get 4 units at ₪215 each, ₪860 together" in asked
    said = hear(sms, DANA, "לקנות 81534", "3", "2", "1")
    assert all(figure in said for figure in ("215", "860"))
    assert "לבטל רכישה" not in said
    assert Purchase.objects.get(pk=filling.pk).state == "closed"
    assert "הזכויות שלכם" in hear(sms, DANA, "לבטל רכישה 81534")  # no "are you sure?" before a no
    assert Broadcast.objects.filter(texts__en__icontains="final price").exists()


def test_page_overview_and_api_agree_on_what_one_gets(filling: Purchase, client: Client) -> None:
    made = buy(filling, 3, tolerance=2)
    share = Allotment.objects.get(participation=made.line.participation)
    assert (share.quantity, share.price, made.share) == (4, 21_500, share)
    page = client.get(own_path(made.line.participation), headers={"accept-language": "en"}).content.decode()
    assert "₪860" in page
    assert 'value="give_up"' not in page
    with translation.override("en"):
        assert [thing.text for thing in list_own_things(made.line.participation.contact, 5)] == ["4 units"]


def test_nobody_is_asked_to_be_sure_of_what_they_may_not_do(filling: Purchase, sms: Account) -> None:
    line = Pledge.objects.of(filling).first()
    assert line is not None
    with pytest.raises(Refused):
        services.check_may_give_up(filling, line)


def test_units_taken_if_needed_are_named_where_they_are_counted(city: Agency, client: Client) -> None:
    boxed = a_purchase(code="81534", box=12, minimum=12, ladder=STEPS)
    for n in range(8):
        buy(boxed, 5 if n else 1, tolerance=0 if n else 4)
    words = "People would take 4 more, if that fills a box of 12"
    assert words in client.get("/purchases/81534/", headers={"accept-language": "en"}).content.decode()
    with translation.override("en"):
        assert words in describe_progress(Purchase.objects.with_page().get(pk=boxed.pk))


def test_the_api_gives_the_deadline_of_the_phase_that_is_open(filling: Purchase, client: Client) -> None:
    told = client.get("/api/v1/purchases/81534/").json()["data"]["attributes"]["closes_at"]
    assert filling.filling_until is not None
    assert told[:16] == filling.filling_until.isoformat()[:16]
