"""One spelling an address, and hints that only its owner understands."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from kesher.contacts.addresses import (
    format_address,
    mask_address,
    normalize_address,
    normalize_email,
    normalize_phone,
    parse_address,
)
from kesher.core.contact_address import Address

DANA = "+972505550142"
VARIANTS = ["050-555-0142", "0505550142", "(050) 555 0142", "+972-50-555-0142", "+972505550142", "00972505550142"]
VARIANTS += ["972505550142", "٠٥٠٥٥٥٠١٤٢", "۰۵۰ ۵۵۵ ۰۱۴۲", "\u200e+972 50-555-0142", " 050.555.0142 "]


@pytest.mark.parametrize("text", VARIANTS)
def test_a_number_has_one_spelling(text: str) -> None:
    assert normalize_phone(text) == DANA


@given(st.text(" -.()", max_size=3), st.integers(500000000, 599999999))
def test_what_people_put_between_digits_changes_nothing(between: str, number: int) -> None:
    digits = f"0{number}"
    assert normalize_phone(between.join([digits[:3], digits[3:6], digits[6:]])) == f"+972{number}"


@pytest.mark.parametrize("text", ["", "12", "hello", "050", "+", "05055501429999999"])
def test_what_is_no_number_is_told_so(text: str) -> None:
    with pytest.raises(ValidationError):
        normalize_phone(text)


@pytest.mark.parametrize("text", ["", "@", "dana@", "dana example.org", "a@b"])
def test_what_is_no_mail_address_is_told_so(text: str) -> None:
    with pytest.raises(ValidationError):
        normalize_email(text)


def test_an_address_is_a_number_or_a_mailbox() -> None:
    assert parse_address(" Dana@Example.ORG ") == Address("mailto", "dana@example.org")
    assert parse_address("050-555-0142") == Address("tel", DANA)


def test_what_a_provider_sent_and_we_cannot_read_stays_as_it_came() -> None:
    odd = Address("tel", "NeveYam", "the city")
    assert normalize_address(odd) == odd
    assert normalize_address(Address("tg", "Dana@X")) == Address("tg", "Dana@X")


def test_addresses_are_shown_as_people_write_them() -> None:
    assert format_address("tel", DANA) == "050-555-0142"
    assert format_address("tel", "+12025550142").startswith("+1 ")
    assert format_address("mailto", "dana@example.org") == "dana@example.org"
    assert format_address("call", DANA) == "050-555-0142"


def test_a_hint_gives_nothing_away() -> None:
    assert mask_address("tel", DANA) == "•••0142"
    assert mask_address("mailto", "dana@example.org") == "d•••@e•••.org"
