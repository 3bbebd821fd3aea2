"""The open judged messages of slots: the figures do not fall below their floors, with a model of few examples."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bench.judged_slots import SETS, judge, load
from kesher.agencies.models import Agency, Place
from kesher.agencies.place_files import read_places
from kesher.agencies.services import import_places
from kesher.cases.models import Topic
from kesher.core.audit import SYSTEM
from kesher.demo.data_files import read_text, read_topics
from kesher.understanding.learning.model_store import Model
from kesher.understanding.slots.place_index import forget_places
from kesher.understanding.tests.conftest import model, model_folder
from kesher.understanding.understand import understand

__all__ = ["model", "model_folder"]

NOW = datetime(2026, 11, 28, 12, tzinfo=ZoneInfo("Asia/Jerusalem"))
# Below what `script/bench slots` prints, because this model learned an eighth of what there is.
FLOORS = {
    "topic": 0.55, "topic3": 0.7, "place": 0.9, "house": 0.95, "date": 0.95, "hour": 0.95, "amount": 0.95,
    "count": 0.95, "name": 0.9,
}  # fmt: skip


@pytest.fixture
def town_of_the_demo(city: Agency) -> None:
    """Give the agency the demo's places and topics."""
    import_places(read_places(read_text("places.tsv")), by=SYSTEM)
    Topic.objects.bulk_create(
        Topic(agency=city, code=row["code"], names=row["names"], synonyms=row.get("synonyms", {}))
        for row in read_topics()
    )
    forget_places()


@pytest.mark.usefixtures("town_of_the_demo")
def test_the_open_messages_are_understood_as_well_as_before(model: Model) -> None:
    right: dict[str, list[bool]] = defaultdict(list)
    for one in load(sorted((SETS / "open").glob("*.jsonl"))):
        found = understand(one["text"], one["lang"], model=model, now=NOW).slots
        for slot, is_right in judge(one, found).items():
            right[slot].append(is_right)
    shares = {slot: sum(right[slot]) / len(right[slot]) for slot in FLOORS}
    assert not {slot: share for slot, share in shares.items() if share < FLOORS[slot]}, shares


def test_each_label_names_what_there_is() -> None:
    codes = {row.code for row in read_places(read_text("places.tsv")).rows}
    topics = {row["code"] for row in read_topics()}
    messages = load(sorted((SETS / "open").glob("*.jsonl")))
    assert len(messages) >= 200
    for one in messages:
        assert {one[key] for key in ("place", "cross") if key in one} <= codes, one
        assert {one["topic"], *one.get("topic_also", [])} <= topics if "topic" in one else True, one


@pytest.mark.usefixtures("town_of_the_demo")
def test_a_changed_place_is_found_by_its_new_name(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kesher.understanding.slots.place_index.FRESH", 0.0)
    assert "place_code" not in understand("hole on Quillfeather street 4", "en", model=model).slots
    import_places(read_places("code,kind,en\nherzl,street,Quillfeather\n"), by=SYSTEM)
    assert understand("hole on Quillfeather street 4", "en", model=model).slots["place_code"] == "herzl"
    Place.objects.filter(code="herzl").delete()
    assert "place_code" not in understand("hole on Quillfeather street 4", "en", model=model).slots
