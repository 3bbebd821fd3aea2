"""Places and times of handing out: changed where somebody chose them, removed where nobody did."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.conversations.models import Broadcast
from kesher.core.audit import SYSTEM, Actor
from kesher.core.errors import Refused
from kesher.participation.models import Participation
from kesher.participation.services import reinstate
from kesher.purchases import services
from kesher.purchases.forms.pledges import free_slots
from kesher.purchases.models import Allotment, PickupPoint, PickupSlot, Pledge, Purchase
from kesher.purchases.tests.factories import buy, pass_deadline

AT = "/desk/purchases/52712/points/"
NEIGHBOUR = Actor("contact", None, "web")
NOON = datetime(2099, 5, 3, 9, 0, tzinfo=timezone.get_fixed_timezone(0))
NEW: dict[str, Any] = {"starts": NOON + timedelta(days=1), "ends": NOON + timedelta(days=1, hours=2), "places": 9}


@pytest.fixture
def point(purchase: Purchase) -> PickupPoint:
    return services.add_point(purchase, names={"he": "המתנ״ס"}, address="הרצל 12", by=SYSTEM)


@pytest.fixture
def slot(point: PickupPoint) -> PickupSlot:
    return services.add_slot(point, starts=NOON, ends=NOON + timedelta(hours=2), places=9, by=SYSTEM)


def chosen(purchase: Purchase, slot: PickupSlot) -> Allotment:
    """A share whose owner comes at this time."""
    buy(purchase, 4)
    pass_deadline(purchase)
    return services.choose_slot(Allotment.objects.get(), slot, by=SYSTEM)


def told() -> list[str]:
    return [row.texts["en"] for row in Broadcast.objects.order_by("id")]


def test_whoever_chose_a_time_is_told_of_another(purchase: Purchase, slot: PickupSlot) -> None:
    chosen(purchase, slot)
    before = len(told())
    services.change_slot(slot, **NEW, by=SYSTEM)
    assert "12:00–14:00" in told()[-1]
    assert len(told()) == before + 1


def test_more_room_is_no_news(purchase: Purchase, slot: PickupSlot) -> None:
    chosen(purchase, slot)
    before = told()
    services.change_slot(slot, starts=slot.starts, ends=slot.ends, places=20, by=SYSTEM)
    assert told() == before
    assert PickupSlot.objects.get().places == 20


def test_a_time_that_somebody_chose_stays(purchase: Purchase, slot: PickupSlot) -> None:
    chosen(purchase, slot)
    with pytest.raises(Refused):
        services.remove_slot(slot, by=SYSTEM)
    with pytest.raises(Refused):
        services.remove_point(slot.point, by=SYSTEM)


def test_a_time_that_nobody_chose_goes(purchase: Purchase, slot: PickupSlot) -> None:
    services.remove_slot(slot, by=SYSTEM)
    assert not PickupSlot.objects.exists()


def test_a_time_that_went_while_he_read_is_not_chosen(purchase: Purchase, slot: PickupSlot) -> None:
    buy(purchase, 4)
    pass_deadline(purchase)
    seen = PickupSlot.objects.select_related("point").get()
    services.remove_slot(slot, by=SYSTEM)
    with pytest.raises(Refused):
        services.choose_slot(Allotment.objects.get(), seen, by=SYSTEM)


def test_whoever_gave_his_share_up_holds_no_time(purchase: Purchase, slot: PickupSlot) -> None:
    share = chosen(purchase, slot)
    Allotment.objects.filter(pk=share.pk).update(state="given_up", quantity=0)
    services.remove_point(slot.point, by=SYSTEM)
    assert (purchase.points.get().is_active, free_slots(purchase)) == (False, [])


def test_a_place_that_a_pledge_names_stays_and_moving_it_is_told(purchase: Purchase, point: PickupPoint) -> None:
    buy(purchase, 2, point=point)
    with pytest.raises(Refused):
        services.remove_point(point, by=SYSTEM)
    services.change_point(point, names={"he": "הספרייה"}, address="הגפן 3", by=SYSTEM)
    assert "הגפן 3" in told()[-1]


def test_no_fewer_places_than_people(purchase: Purchase, slot: PickupSlot) -> None:
    chosen(purchase, slot)
    with pytest.raises(Refused):
        services.change_slot(slot, starts=slot.starts, ends=slot.ends, places=0, by=SYSTEM)


def test_what_is_over_is_not_arranged(purchase: Purchase, slot: PickupSlot) -> None:
    Purchase.objects.update(state="cancelled")
    for act in (services.remove_slot, services.change_slot):
        values: dict[str, Any] = NEW if act is services.change_slot else {}
        with pytest.raises(Refused):
            act(slot, **values, by=SYSTEM)


def test_the_desk_changes_and_removes(purchase: Purchase, slot: PickupSlot, miriams: Client) -> None:
    day = {"day": "2099-06-01", "starts": "16:00", "ends": "18:00", "places": 5}
    assert miriams.post(AT, {"verb": "change_time", "time": slot.pk, **day}).status_code == 302
    assert PickupSlot.objects.get().places == 5
    miriams.post(AT, {"verb": "remove_time", "time": slot.pk})
    miriams.post(AT, {"verb": "remove_point", "point": slot.point_id})
    assert (PickupSlot.objects.count(), purchase.points.get().is_active) == (0, False)


def test_the_desk_is_told_why_not(purchase: Purchase, slot: PickupSlot, miriams: Client) -> None:
    chosen(purchase, slot)
    answer = miriams.post(AT, {"verb": "remove_time", "time": slot.pk})
    assert (answer.status_code, PickupSlot.objects.count()) == (422, 1)
    wrong = miriams.post(AT, {"verb": "change_time", "time": slot.pk, "day": "x", "starts": "16:00", "ends": "15:00"})
    assert f'name="time" value="{slot.pk}"' in wrong.content.decode()
    assert "<details open>" in wrong.content.decode()


def test_the_page_of_places_asks_few_questions(
    purchase: Purchase, slot: PickupSlot, miriams: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        buy(purchase, 1, point=slot.point)
        services.add_point(purchase, names={"he": "עוד"}, address="הגפן", by=SYSTEM)
    miriams.get(AT)
    with django_assert_max_num_queries(14):
        miriams.get(AT)


@pytest.mark.parametrize("by", [NEIGHBOUR, SYSTEM])
def test_after_four_moves_a_day_nothing_moves(purchase: Purchase, slot: PickupSlot, by: Actor) -> None:
    chosen(purchase, slot)
    for number in range(3):
        services.change_point(slot.point, names={}, address=f"הגפן {number}", by=by)
    services.change_slot(slot, **NEW, by=by)
    before = len(told())
    with pytest.raises(Refused, match="מחר"):
        services.change_point(slot.point, names={}, address="הגפן 9", by=by)
    with pytest.raises(Refused):
        services.change_slot(slot, starts=NOON, ends=NOON + timedelta(hours=1), places=9, by=by)
    assert (len(told()), purchase.points.get().address) == (before, "הגפן 2")


@pytest.mark.parametrize(
    "words",
    ["bit.ly/x", "www.x", "https://x", "a@b", "054-1234567", "054 123 45 67", "٠٥٤١٢٣٤٥٦٧", "054_1234567", "*6789"],
)
def test_a_neighbour_names_a_street_and_no_link_or_number(point: PickupPoint, words: str) -> None:
    for names, address in (({"he": f"שלמו {words}"}, "הגפן 3"), ({"he": "הספרייה"}, f"הגפן 3 {words}")):
        with pytest.raises(Refused):
            services.change_point(point, names=names, address=address, by=NEIGHBOUR)
        with pytest.raises(Refused):
            services.add_point(point.purchase, names=names, address=address, by=NEIGHBOUR)
    services.change_point(point, names={}, address=f"הגפן 3 {words}", by=SYSTEM)


@pytest.mark.parametrize(
    "address", ["הרצל 12/3, ת.ד. 4567", "ул. Герцля 12, кв. 3", "St. Mary 7", "הרצל 12, 16:00–18:00"]
)
def test_a_street_is_a_street(point: PickupPoint, address: str) -> None:
    assert services.change_point(point, names={}, address=address, by=NEIGHBOUR).address == address


def test_a_place_that_was_removed_is_no_pledges_place(purchase: Purchase, point: PickupPoint) -> None:
    other = services.add_point(purchase, names={"he": "הספרייה"}, address="הגפן 3", by=SYSTEM)
    services.remove_point(point, by=SYSTEM)
    buy(purchase, 4, point=point)  # the page was read before
    assert Pledge.objects.get().point is None
    pass_deadline(purchase)
    assert Allotment.objects.get().point == other


def test_a_pledge_that_comes_back_is_not_at_a_place_that_went(purchase: Purchase, point: PickupPoint) -> None:
    row = buy(purchase, 4, point=point).line.participation
    Participation.objects.filter(pk=row.pk).update(state="void")
    services.settle_places()
    services.remove_point(point, by=SYSTEM)
    row.refresh_from_db()
    reinstate(row, by=SYSTEM)
    services.settle_places()
    line = services.find_entry(row)
    assert line is not None
    assert (line.standing, line.point) == ("in", None)


def test_the_only_place_is_everybodys(purchase: Purchase, point: PickupPoint) -> None:
    buy(purchase, 4)
    assert services.count_choices(purchase)[0][point.pk] == 1
    with pytest.raises(Refused):
        services.remove_point(point, by=SYSTEM)
    services.change_point(point, names={}, address="הגפן 3", by=SYSTEM)
    assert "הגפן 3" in told()[-1]


def test_a_place_that_came_after_the_deadline_is_everybodys(purchase: Purchase) -> None:
    buy(purchase, 4)
    pass_deadline(purchase)
    point = services.add_point(purchase, names={}, address="הרצל 12", by=SYSTEM)
    services.change_point(point, names={}, address="הגפן 3", by=SYSTEM)
    assert "הגפן 3" in told()[-1]
    with pytest.raises(Refused):
        services.remove_point(point, by=SYSTEM)


def test_who_was_not_asked_is_at_neither_of_two_places(purchase: Purchase, point: PickupPoint) -> None:
    buy(purchase, 4)
    services.add_point(purchase, names={}, address="הגפן 3", by=SYSTEM)
    before = told()
    services.change_point(point, names={}, address="הגפן 5", by=SYSTEM)
    services.remove_point(point, by=SYSTEM)
    assert told() == before


def test_what_went_while_he_read_is_not_changed(purchase: Purchase, slot: PickupSlot) -> None:
    point = PickupPoint.objects.get()
    services.remove_slot(PickupSlot.objects.get(), by=SYSTEM)
    with pytest.raises(Refused):
        services.change_slot(slot, **NEW, by=SYSTEM)
    services.remove_point(PickupPoint.objects.get(), by=SYSTEM)
    with pytest.raises(Refused):
        services.change_point(point, names={}, address="הגפן 3", by=SYSTEM)
    with pytest.raises(Refused):
        services.add_slot(point, **NEW, by=SYSTEM)
    assert (purchase.points.get().address, PickupSlot.objects.count()) == ("הרצל 12", 0)


def test_what_changed_while_he_read_is_kept(purchase: Purchase, point: PickupPoint) -> None:
    seen = PickupPoint.objects.get()
    services.change_point(point, names={"ar": "المكتبة"}, address=point.address, by=SYSTEM)
    services.change_point(seen, names={"he": "הספרייה"}, address=point.address, by=SYSTEM)
    assert purchase.points.get().names == {"he": "הספרייה", "ar": "المكتبة"}
