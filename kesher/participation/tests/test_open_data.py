"""What the public gets counts the same as what pages show; and the British petitions' files are read as ours."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kesher.agencies.models import Agency
from kesher.contacts.services import get_or_create_identity
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import scope
from kesher.participation.action_kinds import KINDS, Kind, PublicData, register
from kesher.participation.models import Action, Tally
from kesher.participation.open_data_document import (
    DAY,
    build_document,
    count_csv,
    fold_small_areas,
    read_area_counts,
    read_area_names,
    rows_csv,
    rows_path,
    write_rows,
)
from kesher.participation.services import counts_at, create_action, drain_deltas, read_tallies, take_part
from kesher.participation.services.tallies import change_tallies

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "participation" / "a50"
FILES = sorted(DATA.glob("*.json"))
AREAS = ("E14000530", "E14000530", "GB", "FR", "north", "")


@pytest.fixture
def action(city: Agency) -> Action:
    """Six signatures from six kinds of places."""
    found = create_action(city.pk, "petition")
    for number, area in enumerate(AREAS):
        person = get_or_create_identity(Address("tel", f"+9725455500{number:02}"), assurance=1 + number % 2)
        take_part(found, person, level=person.assurance, channel=("web", "sms")[number % 2], by=SYSTEM, area=area)
    drain_deltas()
    return found


def test_the_rows_that_the_public_gets_count_to_what_pages_show(action: Action) -> None:
    lines = list(rows_csv(action, least=1))
    found = count_csv(iter(lines))
    assert all(found[name] == Counter(read_tallies(action)[name]) for name in ("total", "level", "channel", "area"))
    said = [line.partition(",")[2] for line in lines[1:]]
    assert said == sorted(said)  # sorted by content, so the order reveals nothing
    assert "".join(lines) != "".join(rows_csv(action, least=1))  # other ids each time
    assert "0545550" not in "".join(lines)


def test_the_rows_cost_one_query_that_adds_up_however_many_there_are(
    action: Action, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert len({line.partition(",")[0] for line in rows_csv(action)}) == 7


@pytest.mark.parametrize(
    ("areas", "left"),
    [
        ({"a": 400, "b": 30, "unknown": 50}, {"a": 400, "b": 30, "unknown": 50}),
        ({"a": 400, "b": 6, "c": 7}, {"a": 400, "other": 13}),
        (
            {"a": 400, "b": 3, "unknown": 50},
            {"a": 400, "other": 53},
        ),  # a single small area could be computed from the total
        ({"a": 400, "b": 30, "c": 3}, {"a": 400, "other": 33}),
        ({"a": 3, "b": 1}, {"other": 4}),
        ({"a": 0}, {}),
    ],
)
def test_an_area_of_a_handful_is_folded_and_never_alone(areas: dict[str, int], left: dict[str, int]) -> None:
    assert fold_small_areas(areas) == Counter(left)


def test_a_row_names_its_area_only_among_ten_that_are_the_same(city: Agency) -> None:
    found = create_action(city.pk, "petition")
    for number in range(14):
        person = get_or_create_identity(Address("tel", f"+9725455510{number:02}"), assurance=1)
        channel = "sms" if number == 13 else "web"
        take_part(found, person, level=1, channel=channel, by=SYSTEM, area="north" if number > 1 else "south")
    drain_deltas()
    rows = Counter(line.partition(",")[2].strip() for line in list(rows_csv(found))[1:])
    assert rows == {"1,sms,other,": 1, "1,web,other,": 13}
    told = build_document(found)["data"]["attributes"]["signatures_by_area"]
    assert told == [{"name": "other", "code": "other", "signature_count": 14}]
    assert build_document(found, least=1)["data"]["attributes"]["signatures_by_area"][0]["signature_count"] == 12


def test_a_row_that_says_what_was_chosen_says_nothing_of_who_chose(city: Agency) -> None:
    found = create_action(city.pk, "contest_vote")
    for number, value in enumerate(("7", "7", "3 7")):
        person = get_or_create_identity(Address("tel", f"+9725455520{number:02}"), assurance=1)
        take_part(found, person, level=1, channel="sms", by=SYSTEM, value=value, area="north")
    rows = Counter(line.partition(",")[2].strip() for line in list(rows_csv(found, chosen=True))[1:])
    assert rows == {",,,7": 2, ",,,3 7": 1}
    assert not any("7" in line.rpartition(",")[2] for line in rows_csv(found))


def test_the_json_has_the_british_shape_and_adds_up(action: Action) -> None:
    told = build_document(action, {"FR": "France"}, {"action": "Shade"}, least=1)["data"]["attributes"]
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
    assert read_area_counts({"data": {"attributes": told}}) == Counter(read_tallies(action)["area"])


@pytest.mark.skipif(not FILES, reason="the petition of 2019: ../shared/data/participation is absent")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_british_files_come_back_as_they_went_in(city: Agency, file: Path) -> None:
    theirs = json.loads(file.read_text())
    ours = create_action(city.pk, "petition", str(theirs["data"]["id"]))
    total = theirs["data"]["attributes"]["signature_count"]
    cells = {(ours.pk, "area", key): n for key, n in read_area_counts(theirs).items()}
    change_tallies(city.pk, {**cells, (ours.pk, "total", ""): total})
    again = build_document(ours, read_area_names(theirs), least=1)["data"]
    assert (again["id"], again["attributes"]["signature_count"]) == (theirs["data"]["id"], total)
    for name in ("signatures_by_country", "signatures_by_constituency"):
        assert counts_of(again["attributes"][name]) == counts_of(theirs["data"]["attributes"][name])
    assert sum(read_tallies(ours)["area"].values()) == total


def counts_of(items: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    return {(item.get("ons_code") or item["code"], item["name"]): item["signature_count"] for item in items}


def test_a_recount_finds_what_is_wrong_and_puts_it_right(action: Action) -> None:
    Tally.objects.filter(action=action, dimension="total").update(n=9)
    Tally.objects.filter(action=action, dimension="channel", key="sms").delete()
    one_more = get_or_create_identity(Address("tel", "+972545550099"), assurance=1)
    take_part(action, one_more, level=1, channel="sms", by=SYSTEM)  # its delta waits
    said = StringIO()
    call_command("recount", action.code, stdout=said)
    told = json.loads(said.getvalue())
    assert told["at_level"] == {"1": 6, "2": 3, "3": 0}
    assert (told["ok"], told["rows"], told["wrong"]) == (False, 7, {"total:": -3, "channel:sms": 3})
    drain_deltas()
    assert counts_at([action]) == {action.pk: 7}
    said = StringIO()
    call_command("recount", stdout=said)
    assert json.loads(said.getvalue())["ok"]


@pytest.fixture
def fair() -> Iterator[dict[str, PublicData | None]]:
    """A kind of action of which the public gets what stands here."""
    public: dict[str, PublicData | None] = {"told": PublicData({"action": "Shade"})}
    before = KINDS["petition"]
    register(Kind("petition", public_data=lambda action: public["told"]))
    yield public
    register(before)


def test_an_export_is_two_files(action: Action, fair: dict[str, PublicData | None], tmp_path: Path) -> None:
    call_command("export", action.code, folder=str(tmp_path), stdout=StringIO())
    told = json.loads((tmp_path / f"{action.code}.json").read_text())
    assert told["data"]["attributes"]["signature_count"] == 6
    assert len((tmp_path / f"{action.code}.csv").read_text().splitlines()) == 7


def test_an_export_asks_what_the_public_may_have(
    action: Action, fair: dict[str, PublicData | None], tmp_path: Path
) -> None:
    fair["told"] = PublicData(rows=False)
    call_command("export", action.code, folder=str(tmp_path), stdout=StringIO())
    assert [path.suffix for path in tmp_path.iterdir() if path.is_file()] == [".json"]
    fair["told"] = None
    (tmp_path / f"{action.code}.json").unlink()
    with pytest.raises(CommandError):
        call_command("export", action.code, folder=str(tmp_path), stdout=StringIO())
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_an_export_is_of_one_body_where_two_have_the_code(
    action: Action, town: Agency, fair: dict[str, PublicData | None], tmp_path: Path
) -> None:
    with scope(town):
        Action.objects.create(agency=town, kind="petition", code=action.code)
    with pytest.raises(CommandError, match="--agency"):
        call_command("export", action.code, folder=str(tmp_path), stdout=StringIO())
    call_command("export", action.code, agency="neve-yam", folder=str(tmp_path), stdout=StringIO())
    assert json.loads((tmp_path / f"{action.code}.json").read_text())["data"]["attributes"]["signature_count"] == 6


def test_the_rows_are_written_once_a_day_and_only_where_the_count_changed(
    action: Action, fair: dict[str, PublicData | None]
) -> None:
    now = time.time()
    assert [write_rows(now), write_rows(now + 3600), write_rows(now + 2 * DAY)] == [1, 0, 0]
    first = rows_path(action).read_text()
    take_part(
        action, get_or_create_identity(Address("tel", "+972545550055"), assurance=1), level=1, channel="web", by=SYSTEM
    )
    drain_deltas()
    assert write_rows(now + 2 * DAY + 60) == 0
    assert rows_path(action).read_text() == first
    assert write_rows(now + 4 * DAY) == 1
    assert len(rows_path(action).read_text().splitlines()) == 8


def test_what_is_not_public_any_more_is_no_file_any_more(action: Action, fair: dict[str, PublicData | None]) -> None:
    write_rows()
    fair["told"] = None
    write_rows(time.time() + 2 * DAY)
    assert not rows_path(action).exists()
