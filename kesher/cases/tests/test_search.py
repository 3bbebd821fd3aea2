"""The desk's search: people, numbers, words; bounded, and never beyond the agency."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.cases.search import HITS, search
from kesher.cases.tests.factories import a_person, crowd, waits, writes
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity, merge_contacts
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import scope


def people(words: str, staff: Staff) -> list[str]:
    return [row.name for row in search(words, staff).people]


@pytest.mark.parametrize(
    "spelling", ["050-5550142", "0505550142", "+972 50 555 0142", "972505550142", "5550142", "٠٥٠٥٥٥٠١٤٢"]
)
def test_a_number_is_found_in_every_spelling(dana: Identity, ruth: Staff, spelling: str) -> None:
    assert people(spelling, ruth) == ["דנה לוי"]


def test_who_called_is_found_by_the_number(city: Agency, ruth: Staff) -> None:
    get_or_create_identity(Address("call", "+972505550142", "מי שהתקשרה"))
    assert people("050-5550142", ruth) == ["מי שהתקשרה"]


def test_people_are_found_by_a_part_of_the_name_and_of_the_mail(dana: Identity, ruth: Staff) -> None:
    get_or_create_identity(Address("mailto", "tamar@neighbours.example", "תמר רוזן"))
    assert people("לוי", ruth) == ["דנה לוי"]
    assert people("neighbours", ruth) == ["תמר רוזן"]


def test_russian_names_are_found_in_small_letters(city: Agency, ruth: Staff) -> None:
    get_or_create_identity(Address("tg", "77", "Анна Соловей"))
    assert people("анна", ruth) == ["Анна Соловей"]


def test_a_merged_person_is_found_once(dana: Identity, ruth: Staff) -> None:
    twin = a_person("דנה לוי הצעירה")
    merge_contacts(dana.contact, twin, reason="clerk", by=SYSTEM)
    assert people("דנה", ruth) == ["דנה לוי"]


def test_a_case_is_found_by_its_number(whatsapp: Account, ruth: Staff) -> None:
    case = waits(whatsapp)
    assert search(f"#{case.number}", ruth).case == case


def test_words_are_found_with_what_stands_around_them(whatsapp: Account, ruth: Staff) -> None:
    writes(whatsapp, "שלום, ליד הבית שלי יש פנס כבוי כבר שבוע")
    [hit] = search("פנס כבוי", ruth).hits
    assert (hit.before.endswith("יש "), hit.found, hit.after.startswith(" כבר")) == (True, "פנס כבוי", True)


def test_only_the_newest_are_shown(city: Agency, whatsapp: Account, ruth: Staff) -> None:
    crowd(city, whatsapp, people=2, messages=40)
    found = search("הודעה", ruth)
    assert len(found.hits) == HITS
    assert found.full


def test_a_percent_sign_is_a_percent_sign(city: Agency, whatsapp: Account, ruth: Staff) -> None:
    crowd(city, whatsapp, people=1, messages=5)
    writes(whatsapp, "הנחה של 50%")
    assert len(search("50%", ruth).hits) == 1
    assert search("%%", ruth).nothing
    assert search("__", ruth).nothing


def test_one_letter_finds_nothing(dana: Identity, ruth: Staff) -> None:
    assert search("ד", ruth).nothing


def test_another_agencys_people_may_not_be_found(dana: Identity, town: Agency, sasha: Staff) -> None:
    with scope(town):
        writes(open_account("demo", address="d"), "פנס של העיירה", person=a_person("תושבת"))
        assert search("דנה", sasha).nothing
        assert search("0505550142", sasha).nothing
        assert len(search("פנס", sasha).hits) == 1


def test_the_page_shows_what_was_found_or_says_what_to_try(ruths: Client, whatsapp: Account) -> None:
    writes(whatsapp, "פנס כבוי")
    assert "<mark>פנס</mark>" in ruths.get("/desk/?q=פנס").content.decode()
    assert 'class="empty"' in ruths.get("/desk/?q=אין+כזה").content.decode()


def test_a_search_costs_the_same_however_many_there_are(
    city: Agency, whatsapp: Account, ruths: Client, django_assert_max_num_queries: Any
) -> None:
    crowd(city, whatsapp, people=60, messages=3)
    with django_assert_max_num_queries(14):
        ruths.get("/desk/?q=הודעה")
