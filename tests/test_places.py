"""Names of streets, areas and landmarks in messages: spellings, evidence, house numbers, crossings."""

from __future__ import annotations

import pytest

from kesher.agencies.models import Place
from kesher.agencies.place_files import read_places
from kesher.demo.data_files import read_text
from kesher.understanding.slots.place_choice import FoundPlace, find_place
from kesher.understanding.slots.place_index import PlaceIndex, build_place_index

EVERY_DAY = {"hope", "peace", "sea", "market", "library", "שלום", "השלום", "הים", "תקווה", "надежда", "мир"}


@pytest.fixture(scope="module")
def index() -> PlaceIndex:
    """Return the index of the demo's places."""
    rows = read_places(read_text("places.tsv")).rows
    places = [Place(code=row.code, kind=row.kind, names=row.names, other_names=row.other_names) for row in rows]
    return build_place_index(places, rarity=lambda word: 5.0 if word in EVERY_DAY else 8.0)


def find(text: str, index: PlaceIndex, lang: str = "en") -> FoundPlace:
    return find_place(text, index, lambda word: word in EVERY_DAY, lang, reports=True)


@pytest.mark.parametrize(
    ("text", "code", "house"),
    [
        ("יש בור ברחוב הרצל 12א", "herzl", "12א"),
        ("בור בהרצל 5", "herzl", "5"),
        ("הפנס מהגפן לא דולק, הגפן 7", "hagefen", "7"),
        ("яма на Герцля 12", "herzl", "12"),
        ("на улице Бялика темно", "bialik", ""),
        ("живу на рехов Агефен 7", "hagefen", "7"),
        ("حفرة بشارع هرتسل ١٢".replace("١٢", "12"), "herzl", "12"),
        ("ساكن برحوب הגפן 9", "hagefen", "9"),
        ("pothole at 12 Herzl St", "herzl", "12"),
        ("bin on rehov hagefen 7", "hagefen", "7"),
        ("23b Weizmann, water leak", "weizmann", "23b"),
        ("הרצל שתים עשרה, אבן שבורה", "herzl", "12"),
        ("broken lamp on Jabotinski street 4", "jabotinsky", "4"),
        ("у рынка не вывозят мусор", "market", ""),
        ("יתושים בשכונת הכרמים", "vineyards", ""),
    ],
)
def test_a_place_is_found_in_any_script_and_form(index: PlaceIndex, text: str, code: str, house: str) -> None:
    found = find(text, index).slots
    assert (found.get("place_code"), found.get("house", "")) == (code, house)


@pytest.mark.parametrize(
    "text",
    [
        "שלום, אפשר לקבל עזרה?",
        "יש לי תקווה שתטפלו",
        "I hope for peace by the sea",
        "when does the library open?",
        "мир вам, добрый день",
        "הבן שלי בגולני כבר שנתיים",
        "bus 25 was late, flat 4, floor 3",
        "I saw 3 boars last night",
    ],
)
def test_no_street_is_found_where_none_is_named(index: PlaceIndex, text: str) -> None:
    assert "place_code" not in find_place(text, index, lambda word: word in EVERY_DAY, "en", reports=False).slots


@pytest.mark.parametrize(
    ("text", "place", "cross"),
    [
        ("פנס שרוף סוקולוב פינת ויצמן", "sokolov", "weizmann"),
        ("light out, corner of Rashi & Rambam", "rashi", "rambam"),
        ("Угол Бялика и Соколова", "bialik", "sokolov"),
        ("ضو مطفي زاوية الزهراء وعمر بن الخطاب", "al-zahra", "omar"),
        ("hole at Herzl 5 by the library", "herzl", "library"),
        ("between Herzl and Bialik the lights are off", "herzl", "bialik"),
        ("בין הרצל לביאליק אין תאורה", "herzl", "bialik"),
    ],
)
def test_a_crossing_and_a_landmark_are_named_beside_the_street(
    index: PlaceIndex, text: str, place: str, cross: str
) -> None:
    found = find(text, index).slots
    assert (found["place_code"], found["cross"]) == (place, cross)


def test_a_place_is_written_in_the_readers_language(index: PlaceIndex) -> None:
    assert find("light out, corner of Rashi and Rambam", index, "he").slots["place"] == "רש״י פינת רמב״ם"
    assert find("яма на Герцля", index, "ar").slots["place"] == "هرتسل"
    assert find("garbage by the market", index, "en").slots["place"] == "Near City market"


@pytest.mark.parametrize(
    ("text", "place", "house"),
    [
        ("הרמזור ברחוב הסביונים 12 מהבהב", "רחוב הסביונים", "12"),
        ("ул. Сиреневая, 10 — мешки", "ул. Сиреневая", "10"),
        ("nobody sweeps Lavender Lane", "Lavender Lane", ""),
        ("at 12 Poplar street", "Poplar street", "12"),
    ],
)
def test_another_place_is_found_by_the_word_that_announces_it(
    index: PlaceIndex, text: str, place: str, house: str
) -> None:
    for each in (index, build_place_index([], rarity=lambda _word: 8.0)):
        found = find(text, each).slots
        assert (found.get("place"), found.get("house", ""), "place_code" in found) == (place, house, False)


def test_other_names_are_names(index: PlaceIndex) -> None:
    place = Place(code="mall", kind="landmark", names={"en": "Harbour Mall"}, other_names={"en": ["the Big Fish"]})
    own = build_place_index([place], rarity=lambda _word: 8.0)
    assert find("rats behind the big fish", own).slots["place_code"] == "mall"
