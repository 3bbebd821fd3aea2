"""What the public gets counts the same as what pages show; and the British petitions' files are read as ours."""

from __future__ import annotations

import json
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from kesher.agencies.models import Agency
from kesher.contacts.services import know
from kesher.core.address import Address
from kesher.core.audit import SYSTEM
from kesher.participation.export import areas_of, count_csv, document, names_of, rows_csv
from kesher.participation.models import Action, Tally
from kesher.participation.services import create_action, drain, take_part, tallies, totals
from kesher.participation.services.counting import change_tallies

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "participation" / "a50"
FILES = sorted(DATA.glob("*.json"))
AREAS = ("E14000530", "E14000530", "GB", "FR", "north", "")


@pytest.fixture
def action(city: Agency) -> Action:
    """Six signatures from six kinds of places."""
    found = create_action(city.pk, "petition")
    for number, area in enumerate(AREAS):
        person = know(Address("tel", f"+9725455500{number:02}"), assurance=1 + number % 2)
        take_part(found, person, level=person.assurance, channel=("web", "sms")[number % 2], by=SYSTEM, area=area)
    drain()
    return found


def test_the_rows_that_the_public_gets_count_to_what_pages_show(action: Action) -> None:
    lines = list(rows_csv(action))
    found = count_csv(iter(lines))
    assert all(found[name] == Counter(tallies(action)[name]) for name in ("total", "level", "channel", "area"))
    assert lines[1:] == sorted(lines[1:])
    assert "".join(lines) != "".join(rows_csv(action))  # another salt each time
    assert "0545550" not in "".join(lines)


def test_the_json_has_the_british_shape_and_adds_up(action: Action) -> None:
    told = document(action, {"FR": "France"}, {"action": "Shade"})["data"]["attributes"]
    assert (told["action"], told["signature_count"]) == ("Shade", 6)
    countries = {item["code"]: item["signature_count"] for item in told["signatures_by_country"]}
    assert countries == {"GB": 3, "FR": 1}
    assert told["signatures_by_constituency"] == [{"name": "E14000530", "ons_code": "E14000530", "signature_count": 2}]
    others = sum(item["signature_count"] for item in told["signatures_by_area"])
    assert sum(countries.values()) + others == 6
    assert told["signatures_by_channel"] == [
        {"name": "sms", "code": "sms", "signature_count": 3, "levels": {"2": 3}},
        {"name": "web", "code": "web", "signature_count": 3, "levels": {"1": 3}},
    ]
    assert areas_of({"data": {"attributes": told}}) == Counter(tallies(action)["area"])


@pytest.mark.skipif(not FILES, reason="the petition of 2019: ../shared/data/participation is absent")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_british_files_come_back_as_they_went_in(city: Agency, file: Path) -> None:
    theirs = json.loads(file.read_text())
    ours = create_action(city.pk, "petition", str(theirs["data"]["id"]))
    total = theirs["data"]["attributes"]["signature_count"]
    cells = {(ours.pk, "area", key): n for key, n in areas_of(theirs).items()}
    change_tallies(city.pk, {**cells, (ours.pk, "total", ""): total})
    again = document(ours, names_of(theirs))["data"]
    assert (again["id"], again["attributes"]["signature_count"]) == (theirs["data"]["id"], total)
    for name in ("signatures_by_country", "signatures_by_constituency"):
        assert counts_of(again["attributes"][name]) == counts_of(theirs["data"]["attributes"][name])
    assert sum(tallies(ours)["area"].values()) == total


def counts_of(items: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    return {(item.get("ons_code") or item["code"], item["name"]): item["signature_count"] for item in items}


def test_a_recount_finds_what_is_wrong_and_puts_it_right(action: Action) -> None:
    Tally.objects.filter(action=action, dimension="total").update(n=9)
    Tally.objects.filter(action=action, dimension="channel", key="sms").delete()
    one_more = know(Address("tel", "+972545550099"), assurance=1)
    take_part(action, one_more, level=1, channel="sms", by=SYSTEM)  # its delta waits
    said = StringIO()
    call_command("recount", action.code, stdout=said)
    told = json.loads(said.getvalue())
    assert told["at_level"] == {"1": 6, "2": 3, "3": 0}
    assert (told["ok"], told["rows"], told["wrong"]) == (False, 7, {"total:": -3, "channel:sms": 3})
    drain()
    assert totals([action]) == {action.pk: 7}
    said = StringIO()
    call_command("recount", stdout=said)
    assert json.loads(said.getvalue())["ok"]


def test_an_export_is_two_files(action: Action, tmp_path: Path) -> None:
    call_command("export", action.code, folder=str(tmp_path), stdout=StringIO())
    told = json.loads((tmp_path / f"{action.code}.json").read_text())
    assert told["data"]["attributes"]["signature_count"] == 6
    assert len((tmp_path / f"{action.code}.csv").read_text().splitlines()) == 7
