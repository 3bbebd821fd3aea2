"""The desk's watch over a purchase: interest and pledges voided and taken back, with their units; and its open data."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.contacts.services import get_or_create_identity
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.participation.models import Action, Voiding
from kesher.participation.open_data_document import write_rows
from kesher.participation.services import (
    Condition,
    drain_deltas,
    read_tallies,
    recount_action,
    reverse_voiding,
    run_voidings,
    void_many,
)
from kesher.participation.tests.voiding import void_counted
from kesher.purchases import services
from kesher.purchases.models import Pledge, Purchase
from kesher.purchases.tests.factories import a_demand, a_purchase, buy, interested, pass_deadline

WATCH = "/desk/purchases/52712/watch/"
GIVEN = {"begins": "+97254777", "reason": "מכונה אחת"}


def machines(count: int) -> list[Any]:
    return [get_or_create_identity(Address("tel", f"+9725477700{number:02}"), assurance=1) for number in range(count)]


def work() -> None:
    while run_voidings() + drain_deltas() + services.settle_places():
        pass


def total(action: Action) -> int:
    assert recount_action(action).wrong == {}
    return read_tallies(action).get("total", {}).get("", 0)


def taken(purchase: Purchase) -> int:
    units = Purchase.objects.get(pk=purchase.pk).taken
    assert units == sum(line.holds for line in Pledge.objects.of(purchase).current())
    return units


def test_interest_is_voided_and_taken_back(miriams: Client, city: Agency) -> None:
    purchase = a_demand(code="52712")
    for person in machines(3):
        interested(purchase, person)
    work()
    assert void_counted(miriams, f"{WATCH}interest/", **GIVEN) == 302
    work()
    assert total(purchase.action) == 0
    miriams.post(f"{WATCH}interest/voidings/{Voiding.objects.get().pk}/")
    work()
    assert total(purchase.action) == 3


def test_voided_pledges_give_their_units_back_and_get_them_again(miriams: Client, purchase: Purchase) -> None:
    buy(purchase, 2)
    for person in machines(3):
        buy(purchase, 3, person)
    work()
    assert void_counted(miriams, f"{WATCH}pledges/", **GIVEN) == 302
    work()
    assert (total(purchase.pledging), taken(purchase)) == (1, 2)
    miriams.post(f"{WATCH}pledges/voidings/{Voiding.objects.get().pk}/")
    work()
    assert (total(purchase.pledging), taken(purchase)) == (4, 11)


def test_who_waits_gets_the_place_of_a_voided_pledge(miriam: Staff, city: Agency) -> None:
    purchase = a_purchase(stock=3)
    buy(purchase, 3, machines(1)[0])
    waits = buy(purchase, 2, wait=True).line.participation
    void_many(purchase.pledging, Condition(prefix="+97254777"), reason="x", staff=miriam)
    work()
    line = services.find_entry(waits)
    assert line is not None
    assert (line.standing, taken(purchase)) == ("offered", 2)


def test_the_deadline_waits_for_a_voiding_that_is_at_work(miriam: Staff, purchase: Purchase) -> None:
    buy(purchase, 5)
    for person in machines(2):
        buy(purchase, 4, person)
    void_many(purchase.pledging, Condition(prefix="+97254777"), reason="x", staff=miriam)
    assert pass_deadline(purchase).state == "open"
    assert run_voidings() == 2
    assert pass_deadline(purchase).state == "open"  # void, but their units are not free yet
    work()
    assert pass_deadline(purchase).allotted == 5


def test_after_the_deadline_no_pledge_is_voided_or_comes_back(
    miriams: Client, miriam: Staff, purchase: Purchase
) -> None:
    buy(purchase, 5)
    for person in machines(2):
        buy(purchase, 4, person)
    voiding = void_many(purchase.pledging, Condition(prefix="+97254777"), reason="x", staff=miriam)
    work()
    pass_deadline(purchase)
    assert void_counted(miriams, f"{WATCH}pledges/", **GIVEN) == 422
    with pytest.raises(Refused):
        reverse_voiding(voiding, staff=miriam)
    assert (Voiding.objects.count(), total(purchase.pledging)) == (1, 1)


def test_a_clerk_and_another_bodys_clerk_void_nothing(ruths: Client, sashas: Client, purchase: Purchase) -> None:
    buy(purchase, 2, machines(1)[0])
    work()
    for part in ("interest", "pledges"):
        assert void_counted(ruths, f"{WATCH}{part}/", **GIVEN) == 403
        assert void_counted(sashas, f"{WATCH}{part}/", **GIVEN) == 403
    assert not Voiding.objects.exists()
    assert total(purchase.pledging) == 1


def test_the_desk_leads_to_both_watches_and_to_nothing_else(miriams: Client, purchase: Purchase) -> None:
    page = miriams.get("/desk/purchases/52712/").content.decode()
    assert f"{WATCH}interest/" in page
    assert f"{WATCH}pledges/" in page
    assert miriams.get(f"{WATCH}everything/").status_code == 404


def test_the_open_data_is_of_pledgers_once_there_are_any(client: Client, purchase: Purchase) -> None:
    buy(purchase, 2)
    work()
    told = client.get("/api/v1/purchases/52712/data.json").json()["data"]
    assert (told["id"], told["attributes"]["signature_count"], told["attributes"]["units"]) == (52712, 1, 2)
    assert client.get("/api/v1/purchases/52712/data.csv").status_code == 503
    write_rows()
    answer: Any = client.get("/api/v1/purchases/52712/data.csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[1].partition(",")[2] == "1,sms,other,"
    assert "/api/v1/purchases/52712/data.csv" in client.get("/purchases/52712/").content.decode()


@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_what_is_not_reviewed_gives_no_data(client: Client, purchase: Purchase, state: str) -> None:
    Purchase.objects.filter(pk=purchase.pk).update(state=state)
    write_rows()
    found = {client.get(f"/api/v1/purchases/52712/data.{kind}").status_code for kind in ("json", "csv")}
    assert found == {404}
