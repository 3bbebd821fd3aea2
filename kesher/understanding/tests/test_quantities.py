"""Dates, hours, amounts, counts and names in messages; numbers that are none of them."""

from __future__ import annotations

from datetime import date

import pytest

from kesher.understanding.slots.person_name import find_name
from kesher.understanding.slots.quantities import find_quantities

TODAY = date(2026, 11, 28)  # a Saturday


def find(text: str, *, report: bool = False) -> dict[str, str]:
    return find_quantities(text, [], TODAY, report=report)[0]


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("three tickets for next Thursday", {"count": "3", "date": "2026-12-03"}),
        ("45 שקל לכרטיס, שלושה כרטיסים", {"amount": "45", "count": "3"}),
        ("оплатила 49.90 шек", {"amount": "49.90"}),
        ("דרישה של מאתיים חמישים שקל", {"amount": "250"}),
        ("احجزولي تذكرتين بكرا الساعة 5 العصر", {"count": "2", "date": "2026-11-29", "hour": "17:00"}),
        ("I earn 5200 a month", {"amount": "5200"}),
        ("we are 12 families", {"count": "12"}),
    ],
)
def test_a_number_is_one_thing(text: str, slots: dict[str, str]) -> None:
    assert find(text) == slots


@pytest.mark.parametrize(
    "text",
    [
        "I'm 79 and live alone",
        "bus 25 never comes",
        "דירה 4 קומה 2",
        "мне 74 года",
        "the website says error 500",
        "call me 050-5550123",
        "פנייה מספר 44718",
        "בין 8 ל12",
        "ani rotze et kav 4",
        "the house has 20 floors",
    ],
)
def test_other_numbers_are_no_slot(text: str) -> None:
    assert not {"amount", "count"} & set(find(text))


def test_a_bare_weekday_is_behind_in_a_report_and_ahead_in_a_wish() -> None:
    assert find("the market was dirty on Friday")["date"] == "2026-11-27"
    assert find("I want a meeting on Wednesday", report=True)["date"] == "2026-12-02"
    assert find("flooded on Thursday", report=True)["date"] == "2026-11-26"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("קוראים לי דליה מהתמר 14", "דליה"),
        ("مساء الخير أنا اسمي محمود من حي الميناء", "محمود"),
        ("اسمي أبو علاء من شارع جولاني", "أبو علاء"),
        ("Меня зовут Люда, живу тут", "Люда"),
        ("my name is Hannah Cohen. I'd like", "Hannah Cohen"),
        ("at 14:00 if possible. I'm Yossi", "Yossi"),
        ("I'm three bills behind", ""),
        ("take my name off the list", ""),
        ("تورידو اسمي عن القائمة".replace("تورידו", "شيلوا"), ""),
        ("תורידו את השם שלי מהעצומה", ""),
        ("I am Not Happy with this", ""),
    ],
)
def test_a_name_is_what_a_person_says_is_theirs(text: str, name: str) -> None:
    assert find_name(text, lambda _word: False) == name
