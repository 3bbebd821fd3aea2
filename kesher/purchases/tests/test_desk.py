"""The desk: review, opening, handing out; and what a clerk may not."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.models import BroadcastRow
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.core.models import Audit
from kesher.participation.models import Alert, Participation
from kesher.purchases import services
from kesher.purchases.models import Allotment, Offer, PickupSlot, Pledge, Purchase
from kesher.purchases.tests.factories import TITLES, a_buyer, a_demand, a_purchase, an_offer, buy, pass_deadline

AT = "/desk/purchases/52712/"


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_begins_with_what_waits_for_a_review(purchase: Purchase, ruths: Client) -> None:
    draft = services.start_purchase(titles={"he": "עגלות"}, by=SYSTEM)
    services.submit_purchase(draft, a_buyer(2), by=SYSTEM)
    page = text(ruths, "/desk/purchases/")
    assert page.index("עגלות") < page.index("דודי שמש")


def test_the_list_is_paged(purchase: Purchase, ruths: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kesher.initiatives.desk.PAGE", 1)
    a_demand(code="61940")
    pages = [text(ruths, f"/desk/purchases/?page={page}") for page in (1, 2)]
    assert ["52712" in page for page in pages].count(True) == ["61940" in page for page in pages].count(True) == 1
    assert "page=2" in pages[0]


def test_an_offer_to_what_is_over_waits_for_nobody(purchase: Purchase, ruths: Client, miriam: Staff) -> None:
    offer = an_offer(purchase, state="proposed")
    services.make_transition(purchase, "cancel", staff=miriam, reason="אין מוכר")
    assert "יש הצעה לבדיקה" not in text(ruths, "/desk/purchases/")
    with pytest.raises(Refused):
        services.review_offer(offer.again(), accept=True, staff=miriam)


def test_an_offer_that_waits_for_a_review_is_on_top(purchase: Purchase, ruths: Client) -> None:
    demand = a_demand(code="61940", titles={"he": "פנלים"})
    a_demand(titles={"he": "עגלות"})
    an_offer(demand, state="proposed")
    page = text(ruths, "/desk/purchases/")
    assert page.index("פנלים") < min(page.index("עגלות"), page.index("דודי שמש"))


def test_the_list_says_where_something_looks_odd(purchase: Purchase, ruths: Client) -> None:
    for action in (purchase.action, purchase.pledging):
        Alert.objects.create(
            action=action, dimension="area", key="north", start=timezone.now(), seen=9, expected=0.1
        )  # fmt: skip
    assert [row["count"] for row in ruths.get("/desk/purchases/").context["odd"]] == [2]


def test_a_purchase_from_draft_to_open(miriams: Client, city: Agency) -> None:
    given = {"language": "he", "title_he": "פנלים", "tie": "lottery", "proof": "1", "declared": "none"}
    made = miriams.post("/desk/purchases/new/", given)
    at = made["location"]
    miriams.post(f"{at}move/", {"verb": "publish"})
    offer = {
        "seller": "קרן", "minimum": 2, "box": 1, "each": 5, "terms": "הכול כלול", "start_1": 1, "price_1": "900",
        "start_2": 5, "price_2": "800",
    }  # fmt: skip
    miriams.post(f"{at}offers/new/", offer)
    chosen = Offer.objects.get()
    answer = miriams.post(f"{at}choose/", {"offer": chosen.pk, "closes_at": "2099-01-01", "tie": "lottery"})
    assert answer.status_code == 302
    row = Purchase.objects.get()
    assert (row.state, row.tie, row.minimum) == ("open", "lottery", 2)


def test_a_clerk_opens_nothing(purchase: Purchase, ruths: Client) -> None:
    for path, data in (("move/", {"verb": "fulfil"}), ("cancel/", {"reason": "x"}), ("choose/", {}), ("news/", {})):
        assert ruths.post(AT + path, data).status_code == 403
    purchase.refresh_from_db()
    assert purchase.state == "open"


def test_another_bodys_clerk_sees_nothing(purchase: Purchase, sashas: Client) -> None:
    assert sashas.get(AT).status_code == 403


@pytest.mark.parametrize(("verb", "state"), [("publish", "published"), ("refuse", "refused")])
def test_an_offer_is_reviewed(city: Agency, miriams: Client, verb: str, state: str) -> None:
    offer = an_offer(a_demand(code="52712"), state=Offer.State.PROPOSED)
    text(miriams, f"{AT}offers/{offer.pk}/")
    miriams.post(f"{AT}offers/{offer.pk}/", {"verb": verb, "reason": "חסרה אחריות"})
    offer.refresh_from_db()
    assert offer.state == state


def test_the_pages_of_a_purchase_say_where_it_stands(purchase: Purchase, miriams: Client, dana: Identity) -> None:
    line = buy(purchase, 5, dana).line
    for path in ("", "pledges/", "allocation/", "points/", "edit/", "news/", "choose/", "pickup/", "cancel/"):
        page = text(miriams, AT + path)
        assert "דודי שמש לשכונה" in page
    assert line.participation.receipt in text(miriams, f"{AT}pledges/")


def test_codes_from_a_ticked_list_are_typed_in_at_once(purchase: Purchase, ruths: Client, miriam: Staff) -> None:
    buy(purchase, 3)
    buy(purchase, 3)
    closed = pass_deadline(purchase)
    codes = [share.code for share in Allotment.objects.all()]
    assert codes[0] in text(ruths, f"{AT}pickup/")
    assert ruths.post(f"{AT}pickup/", {"codes": codes[0]}).status_code == 422  # nothing was ordered yet
    services.make_transition(closed, "confirm", staff=miriam)
    answer = ruths.post(f"{AT}pickup/", {"codes": f"{codes[0]}, {codes[1]}\n999999 12345"}, follow=True)
    assert "999999, 12345" in answer.content.decode()  # what is no code is said to be none
    assert set(Allotment.objects.values_list("state", flat=True)) == {"collected"}


def test_the_spreadsheet_reads_hebrew_and_runs_no_formula(purchase: Purchase, miriams: Client, dana: Identity) -> None:
    dana.contact.name = "=HYPERLINK(1)"
    dana.contact.save()
    buy(purchase, 4, dana)
    pass_deadline(purchase)
    table = miriams.get(f"{AT}pickup.csv").content.decode()
    assert table.startswith("\ufeff")
    assert "'=HYPERLINK" in table


def test_a_clerk_exports_no_addresses(purchase: Purchase, ruths: Client) -> None:
    assert ruths.get(f"{AT}pickup.csv").status_code == 403


def test_a_point_gets_its_times(purchase: Purchase, miriams: Client) -> None:
    given = {
        "name": "המתנ״ס",
        "address": "הרצל 12",
        "day": "2099-05-03",
        "starts": "16:00",
        "ends": "18:00",
        "places": 9,
    }
    miriams.post(f"{AT}points/", given)
    miriams.post(f"{AT}points/", {**given, "starts": "18:00", "ends": "20:00"})
    assert miriams.post(f"{AT}points/", {**given, "ends": "15:00"}).status_code == 422
    assert [slot.point.pk for slot in PickupSlot.objects.all()] == [purchase.points.get().pk] * 2


def test_the_rules_are_fixed_once_pledging_began(purchase: Purchase, miriams: Client, miriam: Staff) -> None:
    given = {"language": "he", "title_he": TITLES["he"], "tie": "round", "proof": "1", "declared": "none"}
    assert miriams.post(f"{AT}edit/", given).status_code == 422
    miriams.post(f"{AT}edit/", {**given, "tie": "first", "title_he": "דודים"})
    purchase.refresh_from_db()
    assert (purchase.tie, purchase.titles["he"]) == ("first", "דודים")


def test_the_person_at_the_desk_shows_his_purchases(purchase: Purchase, ruths: Client, dana: Identity) -> None:
    buy(purchase, 2, dana)
    assert "דודי שמש לשכונה" in text(ruths, f"/desk/people/{dana.contact.key}/")
    boxed = a_purchase(box=4)
    assert boxed.title in text(ruths, f"/desk/purchases/{boxed.code}/allocation/")


def test_a_clerk_pledges_for_a_caller_whose_number_was_checked(
    purchase: Purchase, ruths: Client, ruth: Staff, sms: Account
) -> None:
    given = {"address": "050-555-0142", "name": "דנה לוי", "quantity": "2"}
    assert ruths.post(f"{AT}join/", given).status_code == 422  # nobody looked who it is
    assert not Pledge.objects.exists()
    ruths.post(f"{AT}join/", {**given, "checked": "on"})
    line = Pledge.objects.get()
    assert (line.quantity, line.door, line.participation.level) == (2, "desk", 1)
    assert (
        BroadcastRow.objects.filter(contact=line.participation.contact).count() == 1
    )  # the buyer gets what was written
    assert Audit.objects.filter(operation="pledge.take_part", actor_kind="staff", actor_id=ruth.pk).exists()


def test_interest_is_said_for_a_caller_before_there_is_an_offer(ruths: Client, sms: Account) -> None:
    demand = a_demand(code="61940")
    ruths.post("/desk/purchases/61940/join/", {"address": "050-555-0142", "checked": "on"})
    assert Participation.objects.get(action=demand.action).state == "counted"


def test_for_whom_the_desk_has_before_it_the_form_is_filled_in(
    purchase: Purchase, ruths: Client, dana: Identity
) -> None:
    assert dana.address in text(ruths, f"{AT}join/?contact={dana.contact.key}")


def test_nobody_joins_for_another_at_a_closed_door(
    purchase: Purchase, ruths: Client, sashas: Client, sms: Account
) -> None:
    given = {"address": "050-555-0142", "quantity": "2", "checked": "on"}
    assert sashas.post(f"{AT}join/", given).status_code == 403
    pass_deadline(purchase)
    assert ruths.post(f"{AT}join/", given).status_code == 302
    assert not Pledge.objects.exists()
