"""A person's name: nothing unseen in it, no link, no number."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from kesher.core.i18n.person_names import check_name, clean_name, is_address_like, name_or_empty

NAMES = ["דנה לוי", "ד״ר ד. כהן", "ג׳ון סמית", "عمر حدّاد", "Анна-Мария О’Нил", "Dr.Cohen", "J.R.R. Tolkien", "St.John Smith",
         "Louis XIV", "דנה 1985", "ועד כיתה ג׳2", "А.С.Пушкин", "M.A. Levi", "Ben & Jerry", "גן־ילדים 12", ""]  # fmt: skip
ADDRESSES = ["050-555-0142", "דנה 0505550142", "call +972 50 555 0142", "٠٥٠٥٥٥٠١٤٢", "０５０５５５０１４２", "0 5 0 5 5 5", "12345",
             "https://evil.example", "buy at evil.com", "EVIL.COM", "evil.co.il/x", "t.me/evil", "www.evil", "a@b.example",
             "@dana", "дом.рф", "evil.xn--p1ai", "e\u202evil.com", "cheap.shop now"]  # fmt: skip


def test_names_of_people_are_taken_as_they_are() -> None:
    for name in NAMES:
        assert check_name(name) == name
        assert name_or_empty(name) == name


def test_what_reads_as_an_address_is_no_name() -> None:
    for name in ADDRESSES:
        assert is_address_like(name), name
        assert name_or_empty(name) == ""
        with pytest.raises(ValidationError):
            check_name(name)


def test_nothing_unseen_stays_and_sixty_letters_are_enough() -> None:
    assert check_name("\u202eדנה\u202c\x00\u200b \n לוי\u2066") == "דנה לוי"
    assert check_name("x" * 60)
    with pytest.raises(ValidationError):
        check_name("x" * 61)


@given(st.text(max_size=80))
def test_a_name_that_was_taken_is_taken_again(text: str) -> None:
    try:
        name = check_name(text)
    except ValidationError:
        return
    assert check_name(name) == name == clean_name(name)
    assert len(name) <= 60
