"""What a citizen organiser does: places, times, codes and news, on the page and by API."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.contacts.privacy_registry import HOLDINGS, read_rows
from kesher.contacts.services import merge_contacts
from kesher.conversations.models import Broadcast, BroadcastRow
from kesher.core.audit import SYSTEM, Actor
from kesher.core.errors import Refused
from kesher.participation.models import Participation
from kesher.purchases import pickup_list, services
from kesher.purchases.magic_links import organiser_key, own_key
from kesher.purchases.models import Allotment, News, PickupSlot, Purchase, Step
from kesher.purchases.services.erasure import erase_organiser
from kesher.purchases.tests.factories import a_buyer, an_offer, buy, interested, pass_deadline

TIME = {"name": "המתנ״ס", "address": "הרצל 12", "day": "2099-05-03", "starts": "16:00", "ends": "18:00", "places": 9}


@pytest.fixture
def led(purchase: Purchase) -> Purchase:
    """One that a citizen organises."""
    purchase.organiser = a_buyer(2).contact
    purchase.save()
    return purchase


@pytest.fixture
def page(led: Purchase) -> str:
    return f"/purchases/organise/{organiser_key(led)}/"


@pytest.fixture
def door(led: Purchase) -> str:
    return f"/api/v1/purchases/organise/{organiser_key(led)}/"


def ordered(led: Purchase, dana: Identity, miriam: Staff) -> Allotment:
    """Dana's share, to be collected."""
    buy(led, 4, dana)
    services.make_transition(pass_deadline(led), "confirm", staff=miriam)
    return Allotment.objects.get()


def test_a_mistyped_code_is_taken_back(led: Purchase, dana: Identity, miriam: Staff, client: Client, page: str) -> None:
    share = ordered(led, dana, miriam)
    client.post(f"{page}pickup/", {"codes": share.code})
    assert share.again().state == "collected"
    client.post(f"{page}pickup/", {"codes": share.code, "verb": "back"})
    assert (share.again().state, share.again().collected_at) == ("held", None)
    assert services.mark_collected(led, [share.code], back=True, staff=miriam).twice == (share.code,)


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def told(purchase: Purchase) -> list[str]:
    """What the organiser was told, in Hebrew, the newest last."""
    rows = BroadcastRow.objects.filter(contact=purchase.organiser).select_related("broadcast").order_by("broadcast_id")
    return [row.broadcast.texts["he"] for row in rows]


def test_he_hears_that_it_is_published_and_of_each_offer(dana: Identity, miriam: Staff) -> None:
    draft = services.start_purchase(titles={"he": "עגלות"}, organiser=dana.contact, code="52712", by=SYSTEM)
    services.make_transition(draft, "submit", by=SYSTEM)
    purchase = services.make_transition(draft, "publish", staff=miriam)
    assert "52712" in told(purchase)[-1]
    offer = an_offer(purchase, state="proposed", seller="שמש הדרום")
    services.review_offer(offer, accept=True, staff=miriam)
    assert "שמש הדרום" in told(purchase)[-1]


@pytest.mark.parametrize("state", ["submitted", "published"])
def test_he_hears_why_it_was_called_off_and_once(dana: Identity, miriam: Staff, state: str) -> None:
    draft = services.start_purchase(titles={"he": "עגלות"}, organiser=dana.contact, by=SYSTEM)
    purchase = services.make_transition(draft, "submit", by=SYSTEM)
    if state == "published":
        purchase = services.make_transition(draft, "publish", staff=miriam)
        interested(purchase, dana)
    before = len(told(purchase))
    services.make_transition(purchase, "cancel", staff=miriam, reason="זה לא לציבור")
    assert [("זה לא לציבור" in words) for words in told(purchase)[before:]] == [True]


def test_he_hears_it_once_under_whichever_of_his_addresses_he_joined(
    dana: Identity, omar: Identity, miriam: Staff
) -> None:
    draft = services.start_purchase(titles={"he": "עגלות"}, organiser=dana.contact, by=SYSTEM)
    services.make_transition(draft, "submit", by=SYSTEM)
    purchase = services.make_transition(draft, "publish", staff=miriam)
    interested(purchase, omar, "telegram", level=1)
    merge_contacts(omar.contact, dana.contact, reason="code", by=SYSTEM)
    before = BroadcastRow.objects.count()
    services.make_transition(purchase, "cancel", staff=miriam, reason="זה לא לציבור")
    assert BroadcastRow.objects.count() == before + 1


def test_he_hears_how_it_ended(led: Purchase) -> None:
    buy(led, 5)
    buy(led, 5)
    pass_deadline(led)
    assert "שמש הצפון" in told(led)[-1]


def test_he_hears_that_it_did_not_come_about(led: Purchase) -> None:
    pass_deadline(led)
    assert len(told(led)) == 1


def test_he_adds_changes_and_removes_a_time(led: Purchase, client: Client, page: str) -> None:
    assert client.post(f"{page}places/", {"verb": "add_time", **TIME}).status_code == 302
    slot = PickupSlot.objects.get()
    client.post(f"{page}places/", {"verb": "change_time", "time": slot.pk, **TIME, "places": 4})
    assert PickupSlot.objects.get().places == 4
    client.post(f"{page}places/", {"verb": "remove_time", "time": slot.pk})
    assert not PickupSlot.objects.exists()


def test_he_hands_out_by_code(led: Purchase, client: Client, page: str, dana: Identity, miriam: Staff) -> None:
    share = ordered(led, dana, miriam)
    assert share.code in client.get(f"{page}pickup/").content.decode()
    client.post(f"{page}pickup/", {"codes": share.code})
    share.refresh_from_db()
    assert (share.state, share.collected_by) == ("collected", None)


def test_nothing_is_collected_before_it_is_ordered(led: Purchase, client: Client, page: str, door: str) -> None:
    buy(led, 4)
    pass_deadline(led)
    code = Allotment.objects.get().code
    assert client.post(f"{page}pickup/", {"codes": code}).status_code == 422
    assert post(client, f"{door}collect/", codes=[code]).status_code == 409


def test_he_sees_no_number_and_only_the_names_that_may_be_shown(
    led: Purchase, client: Client, page: str, dana: Identity, miriam: Staff
) -> None:
    share = ordered(led, dana, miriam)
    Participation.objects.filter(pk=share.participation_id).update(name="דנה לוי")
    shown = client.get(f"{page}pickup/").content.decode()
    assert (dana.address in shown, "דנה לוי" in shown, f"•••{dana.address[-4:]}" in shown) == (False, False, True)
    Participation.objects.filter(pk=share.participation_id).update(show_name=True)
    assert "דנה לוי" in client.get(f"{page}pickup/").content.decode()


def test_his_news_are_read_before_they_are_sent(
    led: Purchase, client: Client, page: str, dana: Identity, miriams: Client
) -> None:
    buy(led, 2, dana)
    client.post(page, {"verb": "news", "text": "המשאית מגיעה ביום ראשון"})
    row = News.objects.get()
    assert (row.state, Broadcast.objects.count()) == ("waiting", 0)
    assert "המשאית" in miriams.get("/desk/purchases/52712/").content.decode()
    miriams.post(f"/desk/purchases/52712/news/{row.pk}/", {"verb": "send"})
    assert [("המשאית" in sent.texts["he"]) for sent in Broadcast.objects.order_by("id")] == [True, False]
    assert led.steps.filter(verb="news").exists()


def test_a_refusal_says_why_and_sends_nothing(led: Purchase, client: Client, page: str, miriams: Client) -> None:
    buy(led, 2)
    client.post(page, {"verb": "news", "text": "קנו גם אצל בן דודי"})
    at = f"/desk/purchases/52712/news/{News.objects.get().pk}/"
    miriams.post(at, {"verb": "refuse"})
    assert News.objects.get().state == "waiting"
    miriams.post(at, {"verb": "refuse", "note": "זו פרסומת"})
    assert (News.objects.get().state, Broadcast.objects.count()) == ("refused", 1)
    assert "זו פרסומת" in client.get(page).content.decode()


def test_one_news_waits_at_a_time_and_is_decided_once(led: Purchase, client: Client, page: str, miriam: Staff) -> None:
    for text in ("אחת", "שתיים"):
        client.post(page, {"verb": "news", "text": text})
    row = News.objects.get()
    services.decide_news(row, staff=miriam, allow=True)
    with pytest.raises(Refused):
        services.decide_news(row, staff=miriam, allow=False, note="מאוחר")


def test_the_desk_reads_waiting_news_first(led: Purchase, client: Client, page: str, miriams: Client) -> None:
    client.post(page, {"verb": "news", "text": "משהו"})
    assert Purchase.objects.waiting_first()[0].unread
    assert miriams.get("/desk/purchases/").status_code == 200


def test_the_same_by_api(led: Purchase, client: Client, door: str, dana: Identity, miriam: Staff) -> None:
    assert post(client, f"{door}add_time/", **TIME).json()["data"]["may"][-1] == "news"
    share = ordered(led, dana, miriam)
    data = client.get(f"{door}pickup/").json()["data"]
    assert (data["points"][0]["times"][0]["places"], data["points"][0]["people"]) == (9, 1)
    assert (data["shares"][0]["code"], data["shares"][0]["quantity"]) == (share.code, 4)
    assert post(client, f"{door}collect/", codes=[share.code, "000000"]).json()["data"] == {
        "done": [share.code], "twice": [], "unknown": ["000000"],
    }  # fmt: skip
    assert post(client, f"{door}news/", text="תודה לכולם").status_code == 202


def test_the_api_says_what_is_wrong_and_what_may_not_be(led: Purchase, client: Client, door: str) -> None:
    assert "day" in post(client, f"{door}add_time/", name="א", address="ב").json()["errors"]
    post(client, f"{door}add_time/", **TIME)
    point = led.points.get()
    buy(led, 2, point=point)
    assert post(client, f"{door}remove_point/", point=point.pk).status_code == 409
    assert post(client, f"{door}remove_time/", time=999).status_code == 409
    assert post(client, f"{door}remove_time/", time=PickupSlot.objects.get().pk).status_code == 200


def test_another_key_opens_nothing(city: Agency, led: Purchase, client: Client, dana: Identity) -> None:
    own = own_key(buy(led, 1, dana).line.participation)
    for path in (f"/purchases/organise/{own}/places/", f"/purchases/organise/{own}/pickup/"):
        assert client.post(path, {"verb": "add_time", **TIME}).status_code == 404
    assert client.get(f"/api/v1/purchases/organise/{own}/pickup/").status_code == 404
    assert not PickupSlot.objects.exists()


def test_two_clicks_make_one_place(led: Purchase, client: Client, page: str) -> None:
    answers = [client.post(f"{page}places/", {"verb": "add_time", **TIME}).status_code for _click in range(2)]
    assert (answers, led.points.count(), PickupSlot.objects.count()) == ([302, 422], 1, 1)


def test_a_place_is_looked_for_under_the_lock(led: Purchase, client: Client, page: str, monkeypatch: Any) -> None:
    """The other click was quicker, and we waited for it."""
    quicker = partial(services.add_point, names={"he": "המתנ״ס"}, address="הרצל 12", by=SYSTEM)
    monkeypatch.setattr(pickup_list, "lock_purchase", quicker)
    assert client.post(f"{page}places/", {"verb": "add_time", **TIME}).status_code == 302
    assert (led.points.count(), PickupSlot.objects.count()) == (1, 1)


def test_news_go_by_how_it_stands_now(led: Purchase) -> None:
    Purchase.objects.update(state="cancelled")
    with pytest.raises(Refused):
        services.propose_news(led, "משהו", language="he", by=SYSTEM)
    assert not News.objects.exists()


def test_the_list_of_codes_ends_a_fortnight_after_all_was_handed_out(
    led: Purchase, client: Client, page: str, door: str, dana: Identity, miriam: Staff
) -> None:
    code = ordered(led, dana, miriam).code
    services.make_transition(led, "fulfil", staff=miriam)
    assert code in client.get(f"{page}pickup/").content.decode()
    Step.objects.filter(verb="fulfil").update(at=timezone.now() - timedelta(days=15))
    assert code not in client.get(f"{page}pickup/").content.decode()
    assert client.get(f"{door}pickup/").json()["data"]["shares"] == []


def test_his_news_are_his_data_and_unsent_ones_go_with_him(led: Purchase, miriam: Staff) -> None:
    for text, allow in (("נשלח", True), ("נדחה", False), ("ממתין", None)):
        row = services.propose_news(led, text, language="he", by=Actor("contact", led.organiser_id, "web"))
        if allow is not None:
            services.decide_news(row, staff=miriam, allow=allow, note="" if allow else "פרסומת")
    assert led.organiser_id
    held = read_rows(HOLDINGS["purchase_news"], [led.organiser_id])
    assert [(row["texts"]["he"], row["note"]) for row in held] == [("נשלח", ""), ("נדחה", "פרסומת"), ("ממתין", "")]
    erase_organiser([led.organiser_id])
    left = [(row.texts, row.note, row.state) for row in News.objects.order_by("id")]
    assert left == [({"he": "נשלח"}, "", "published"), ({}, "", "refused"), ({}, "", "refused")]
