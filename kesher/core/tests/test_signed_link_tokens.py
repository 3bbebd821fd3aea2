"""Short signed numbers: what we signed is read, whatever else somebody writes is not."""

from __future__ import annotations

from typing import Any

from django.core import signing
from hypothesis import given
from hypothesis import strategies as st

from kesher.core.signed_link_tokens import TAG, read_number, sign_number

SALT, OTHER = "kesher.tests.one", "kesher.tests.other"
ENOUGH = 80  # bits


@given(number=st.integers(0, 2**63 - 1), place=st.integers(0, 100), letter=st.sampled_from("aZ09-_:é"))
def test_a_signed_number_is_read_and_a_changed_one_is_not(number: int, place: int, letter: str) -> None:
    key = sign_number(number, SALT)
    assert read_number(key, SALT) == number
    assert TAG * 6 >= ENOUGH
    changed = key[: place % len(key)] + letter + key[place % len(key) + 1 :]
    assert read_number(changed, SALT) == (number if changed == key else None)
    assert read_number(key, OTHER) is None


@given(written=st.text(max_size=60))
def test_what_anybody_writes_is_no_number(written: str) -> None:
    assert read_number(written, SALT) is None


def test_links_of_before_and_keys_of_before_are_good(settings: Any) -> None:
    assert read_number(signing.dumps(12345, salt=SALT), SALT) == 12345
    assert read_number(signing.dumps("12345", salt=SALT), SALT) is None
    assert read_number(signing.dumps(12345, salt=OTHER), SALT) is None
    key = sign_number(12345, SALT)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert read_number(key, SALT) == 12345
    settings.SECRET_KEY_FALLBACKS = []
    assert read_number(key, SALT) is None
