"""Keys that sort by time, and names that nobody guesses."""

from __future__ import annotations

import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.core.db import ids


def test_a_key_is_a_uuid_of_version_seven_of_now() -> None:
    made = ids.uuid7()
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert abs((made.int >> 80) - time.time() * 1000) < 5000


def test_keys_sort_in_the_order_in_which_they_were_made() -> None:
    made = [ids.uuid7_hex() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_keys_of_many_threads_are_all_different() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [key for keys in pool.map(lambda _n: [ids.uuid7_hex() for _ in range(500)], range(8)) for key in keys]
    assert len(set(made)) == len(made)


def test_a_child_process_draws_other_random_bits_than_its_parent() -> None:
    ids.uuid7_hex()
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.write(write, ids.uuid7_hex().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 32).decode()[17:] != ids.uuid7_hex()[17:]


def test_keys_go_on_although_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = ids.uuid7_hex()
    monkeypatch.setattr("kesher.core.db.ids.time.time_ns", lambda: 1_000_000_000)
    assert ids.uuid7_hex() > before


@given(st.integers(1, 64))
def test_a_token_has_only_letters_that_can_be_read_aloud(length: int) -> None:
    made = ids.token(length)
    assert len(made) == length
    assert not set(made) & set("01OIL")


@given(st.integers(2, 12))
def test_a_code_is_digits_that_no_keyboard_shortens(digits: int) -> None:
    made = ids.code(digits)
    assert len(made) == digits
    assert made.isdecimal()
    assert made[0] != "0"
