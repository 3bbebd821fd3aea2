"""The public's pages: a pledge from form to code to one's own page, and who may not."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.tests.talk import code_sent_to, link_sent_to
from kesher.core.audit import SYSTEM
from kesher.participation.models import Participation
from kesher.participation.services import drain_deltas
from kesher.purchases import services
from kesher.purchases.magic_links import organiser_path, own_path
from kesher.purchases.models import Allotment, Offer, OfferVote, Pledge, Purchase
from kesher.purchases.tests.factories import a_buyer, a_demand, a_purchase, an_offer, buy, pass_deadline

MAIL, PHONE = "dana@example.org", "+972505550142"


@pytest.fixture(autouse=True)
def public(settings: Any) -> None:
    settings.KESHER_PUBLIC_URL = "https://city.example"


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_list_shows_what_can_be_joined(purchase: Purchase, client: Client) -> None:
    buy(purchase, 5)
    page = text(client, "/purchases/")
    assert "דודי שמש לשכונה" in page
    assert "52712" in page
    assert "דודי" not in text(client, "/purchases/?show=over")


def test_a_link_that_is_passed_on_has_a_picture(purchase: Purchase, client: Client) -> None:
    assert "https://city.example/purchases/52712/card.png" in text(client, "/purchases/52712/")
    assert Image.open(io.BytesIO(client.get("/purchases/52712/card.png").content)).size == (1200, 630)
    assert client.get("/purchases/99999/card.png").status_code == 404


def test_the_page_says_how_many_more_to_the_next_price(purchase: Purchase, client: Client) -> None:
    buy(purchase, 5)
    page = text(client, "/purchases/52712/")
    assert "5,200" in page
    assert re.search(r'<svg class="ladder" role="img"', page)
    assert page.count('<th scope="row">') >= 3
    part = text(client, "/purchases/52712/count/")
    assert "4,800" in part


@pytest.mark.parametrize(
    ("path", "most"), [("/purchases/", 9), ("/purchases/52712/", 14), ("/purchases/52712/count/", 7)]
)
def test_pages_ask_few_questions(
    purchase: Purchase, client: Client, django_assert_max_num_queries: Any, path: str, most: int
) -> None:
    for _ in range(3):
        a_purchase()
        buy(purchase, 2)
    client.get("/purchases/")
    with django_assert_max_num_queries(most):
        client.get(path)


def test_a_pledge_waits_for_its_code_and_holds_nothing(purchase: Purchase, client: Client, mailbox: Account) -> None:
    answer = client.post("/purchases/52712/pledge/", {"quantity": 2, "address": MAIL})
    assert answer.status_code == 302
    assert not Pledge.objects.exists()
    page = client.post(answer["location"], {"code": code_sent_to(MAIL)}, follow=True)
    line = Pledge.objects.get()
    assert (line.quantity, line.participation.level, line.door) == (2, 1, "web")
    assert line.participation.receipt in page.content.decode()


def test_the_link_brings_the_wish_along(purchase: Purchase, client: Client, sms: Account) -> None:
    client.post("/purchases/52712/pledge/", {"quantity": 3, "address": PHONE})
    link = link_sent_to(PHONE)
    stranger = Client()
    assert "052" not in text(stranger, link)
    assert not Pledge.objects.exists()
    code = re.search(r"code=(\d{6})", link)
    assert code
    stranger.post(link, {"code": code[1]})
    assert (Pledge.objects.get().quantity, Pledge.objects.get().participation.level) == (3, 2)


def test_a_wrong_code_pledges_nothing(purchase: Purchase, client: Client, mailbox: Account) -> None:
    client.post("/purchases/52712/pledge/", {"quantity": 2, "address": MAIL})
    assert client.post("/purchases/52712/confirm/", {"code": "000000"}).status_code == 422
    assert not Pledge.objects.exists()


@pytest.mark.parametrize("wrong", [{"quantity": 9}, {"quantity": 0}, {"quantity": "x"}, {"address": "nobody"}])
def test_a_wrong_form_says_what_to_do(purchase: Purchase, client: Client, mailbox: Account, wrong: Any) -> None:
    answer = client.post("/purchases/52712/pledge/", {"quantity": 2, "address": MAIL, **wrong})
    assert answer.status_code == 422
    assert not Participation.objects.exists()


def test_a_robot_is_led_on_for_nothing(purchase: Purchase, client: Client, mailbox: Account) -> None:
    answer = client.post("/purchases/52712/pledge/", {"quantity": 2, "address": MAIL, "website": "x"})
    assert answer.status_code == 302
    assert not Participation.objects.exists()


def test_interest_and_a_vote_on_the_own_page(city: Agency, client: Client, mailbox: Account) -> None:
    demand = a_demand(code="52712")
    offer = an_offer(demand)
    client.post("/purchases/52712/join/", {"address": MAIL})
    own = client.post("/purchases/52712/confirm/", {"code": code_sent_to(MAIL)})["location"]
    assert offer.seller in text(client, own)
    client.post(own, {"verb": "vote", "offer": offer.pk})
    assert OfferVote.objects.get().offer == offer


def test_the_own_page_changes_and_gives_up(purchase: Purchase, client: Client, dana: Identity) -> None:
    own = own_path(buy(purchase, 3, dana).line.participation)
    client.post(own, {"verb": "change", "quantity": 5})
    client.post(own, {"verb": "give_up"})
    assert [line.quantity for line in Pledge.objects.in_order()] == [3, 5, 0]
    assert text(client, own)


def test_a_forged_link_opens_nothing(purchase: Purchase, client: Client, dana: Identity) -> None:
    own = own_path(buy(purchase, 3, dana).line.participation)
    text(client, own.replace(own[-5:-1], "aaaa"), 404)
    text(client, organiser_path(purchase).replace("organise", "mine"), 404)
    assert client.post(own[:-3] + "/", {"verb": "give_up"}).status_code == 404
    assert Pledge.objects.get().quantity == 3


def test_the_pickup_code_stands_on_the_own_page_once_it_is_ordered(
    purchase: Purchase, client: Client, dana: Identity
) -> None:
    own = own_path(buy(purchase, 4, dana).line.participation)
    closed = pass_deadline(purchase)
    code = Allotment.objects.get().code
    assert code not in text(client, own)
    services.make_transition(closed, "confirm", by=SYSTEM)
    page = text(client, own)
    assert code in page
    assert 'class="qr"' in page


def test_who_talked_reads_of_four_months(purchase: Purchase, client: Client) -> None:
    talked = own_path(buy(purchase, 1, door="whatsapp").line.participation)
    silent = own_path(buy(purchase, 1, door="web").line.participation)
    assert text(client, talked) != text(client, silent)
    assert "14ג1" in text(client, talked) or "14C1" in text(client, talked)


def test_a_citizen_starts_a_purchase(city: Agency, client: Client, sms: Account) -> None:
    given = {"title": "עגלות", "text": "מתקפלות", "declared": "stated", "name": "דנה", "address": PHONE}
    assert client.post("/purchases/new/", given).status_code == 422
    answer = client.post("/purchases/new/", {**given, "declaration": "אחי מוכר עגלות"})
    assert Purchase.objects.get().state == "draft"
    page = client.post(answer["location"], {"code": code_sent_to(PHONE)}, follow=True)
    assert Purchase.objects.get().state == "submitted"
    assert page.status_code == 200
    text(Client(), Purchase.objects.get().get_absolute_url(), 404)


def test_a_mailbox_is_not_enough_for_an_organiser(city: Agency, client: Client, mailbox: Account) -> None:
    given = {"title": "עגלות", "text": "מתקפלות", "declared": "none", "name": "דנה", "address": MAIL}
    assert client.post("/purchases/new/", given).status_code == 422


def test_the_organiser_opens_and_calls_off(city: Agency, client: Client) -> None:
    demand = a_demand(code="52712", organiser=a_buyer(2).contact)
    offer = an_offer(demand)
    path = organiser_path(demand)
    day = "2099-01-01"
    client.post(path, {"verb": "open", "offer": offer.pk, "closes_at": day, "tie": "first"})
    demand.refresh_from_db()
    assert demand.state == "open"
    assert client.post(path, {"verb": "cancel", "reason": ""}).status_code == 422
    client.post(path, {"verb": "cancel", "reason": "הספק חזר בו"})
    demand.refresh_from_db()
    assert demand.state == "cancelled"


def test_a_seller_makes_an_offer_that_waits_for_review(city: Agency, client: Client, mailbox: Account) -> None:
    a_demand(code="52712")
    given = {
        "seller": "קרן שמש", "minimum": 1, "box": 1, "each": 5, "terms": "כולל התקנה", "address": MAIL,
        "start_1": 1, "price_1": "5000", "start_2": 10, "price_2": "4500.50",
    }  # fmt: skip
    answer = client.post("/purchases/52712/offer/", given)
    client.post(answer["location"], {"code": code_sent_to(MAIL)})
    offer = Offer.objects.get()
    assert (offer.state, [tier.price for tier in offer.ladder]) == ("proposed", [500_000, 450_050])
    assert "קרן שמש" not in text(client, "/purchases/52712/")


def test_the_lottery_page_keeps_the_seed_until_the_draw(city: Agency, client: Client) -> None:
    drawn = a_purchase(code="52712", tie="lottery", stock=2, minimum=1)
    buy(drawn, 2)
    buy(drawn, 2)
    assert drawn.seed not in text(client, "/purchases/52712/draw/")
    pass_deadline(drawn)
    page = text(client, "/purchases/52712/draw/")
    assert drawn.seed in page
    assert Allotment.objects.first().participation.receipt in page  # type: ignore[union-attr]


def test_people_and_units_are_of_the_same_moment(client: Client, purchase: Purchase) -> None:
    """The worker has gathered nothing of the second pledge yet."""
    buy(purchase, 2)
    drain_deltas()
    buy(purchase, 3)
    page = client.get("/purchases/52712/", headers={"accept-language": "en"}).content.decode()
    assert "2 people have joined" in page
    for path in ("/api/v1/purchases/52712/", "/api/v1/purchases/"):
        data = client.get(path).json()["data"]
        known = (data[0] if isinstance(data, list) else data)["attributes"]
        assert (known["units"], known["pledger_count"]) == (5, 2)
