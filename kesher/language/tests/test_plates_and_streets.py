"""Licence plates and street numbers, which have no place in what everybody can read."""

from __future__ import annotations

import pytest

from kesher.language import find_identifying_data, mask


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("הרכב 12-345-67 חונה על המדרכה", "plate", "12-345-67"),
        ("לוחית 123-45-678", "plate", "123-45-678"),
        ("מספר רישוי 1234567", "plate", "1234567"),
        ("a car, plate 12345678, blocks the road", "plate", "12345678"),
        ("سيارة رقم ١٢٣٤٥٦٧", "plate", "١٢٣٤٥٦٧"),
        ("машина с номером 12 345 67", "plate", "12 345 67"),
        ("יש בור ברחוב הרצל 5", "street", "ברחוב הרצל 5"),
        ("רח' יהודה המכבי 12 א, קומה שנייה", "street", "רח' יהודה המכבי 12 א"),
        ("גרים בדירה 4", "street", "בדירה 4"),
        ("شارع الزيتون رقم 12", "street", "شارع الزيتون رقم 12"),
        ("на улице Герцль, дом 7", "street", "улице Герцль, дом 7"),
        ("ул. Бялика 14", "street", "ул. Бялика 14"),
        ("the lamp at 12 Herzl Street is out", "street", "12 Herzl Street"),
        ("King George Street 40", "street", "King George Street 40"),
        ("התקשרו אליי 050-5550142", "phone", "050-5550142"),
        ("dana@example.org", "email", "dana@example.org"),
    ],
)
def test_what_tells_who_or_where_somebody_is_is_found(text: str, kind: str, said: str) -> None:
    found = [(name, text[start:end]) for start, end, name in find_identifying_data(text)]
    assert found == [(kind, said)]


@pytest.mark.parametrize(
    "text",
    [
        "תודה שפניתם, הצוות יגיע ברחוב הרצל עד 17:00",
        "אפשר לפנות דרך המוקד 106 בכל שעה",
        "הפח ברחוב הרצל יפונה בעוד 3 ימים",
        "ברחוב הרצל 3 שעות בלי חשמל",
        "הפנייה שלכם היא 20417",
        "נפתח ב-12.3.2026 בשעה 9:30",
        "The road will be closed for 3 days",
        "שיפוץ של 1,200,000 ₪ בשנת 2026",
        "שירות הרכב פתוח בימים א-ה בין 8 ל-16",
        "Автобус 12 снова ходит",
    ],
)
def test_ordinary_answers_pass(text: str) -> None:
    assert find_identifying_data(text) == []


def test_what_people_tell_us_of_a_street_is_not_masked() -> None:
    assert mask("בור ברחוב הרצל 5, רכב 12-345-67") == "בור ברחוב הרצל 5, רכב 12-345-67"


def test_a_long_text_takes_no_time() -> None:
    for text in ("ברחוב " + "א " * 3_000, "A-" * 3_000, "Aa " * 3_000, "ул. " + "а-" * 3_000, "רכב " * 3_000):
        assert find_identifying_data(text) == []
